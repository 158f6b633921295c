"""Meltano as a process: its words into a log, its blocks one by one, its failure in a sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import uuid
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from deftunes_sandbox.processes import bound_to_us
from meltano_words import KEPT_LINES, reason
from process_group import process_group

MELTANO = "meltano"

_BLOCK_DONE = re.compile(r"Block run completed.*duration_seconds=([\d.]+) success=True")


class MeltanoError(Exception):
    """Meltano failed; the text says why, in the words of the plugin that knows."""


def surroundings(root: Path) -> dict[str, str]:
    """Give the environment variables for one run: ours, and a run id for every plugin.

    Args:
        root: The project's folder.
    """
    return {
        **os.environ,
        "MELTANO_RUN_ID": str(uuid.uuid4()),
        "NO_COLOR": "1",
        # Meltano keeps its own logs there: below the project, for a home may be missing
        "XDG_STATE_HOME": str(root / ".meltano" / "state"),
    }


def follow(
    root: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: TextIO,
    keep: Sequence[int] = (),
) -> Generator[float, None, None]:
    """Run Meltano and yield the seconds of each block that succeeds; exhaust it, or close it.

    Args:
        root: The project's folder.
        arguments: What to type after `meltano`.
        environment: Its environment.
        log: Gets every line.
        keep: File descriptors that Meltano inherits.

    Raises:
        MeltanoError: Meltano ended with another status than 0.
    """
    last: deque[str] = deque(maxlen=KEPT_LINES)
    # Should we be killed: to Meltano SIGTERM means to stop its plugins, then itself.
    command = [*bound_to_us(signal.SIGTERM), str(root / ".venv/bin/meltano"), *arguments]
    with process_group(
        command,
        cwd=root,
        env=environment,
        gently=signal.SIGINT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        keep=keep,
    ) as process:
        for line in process.stdout or ():
            log.write(line)
            last.append(line)
            done = _BLOCK_DONE.search(line)
            if done:
                yield float(done[1])
        status = process.wait()
    if status:
        raise MeltanoError(
            f"{reason(last)}\n`meltano {' '.join(arguments[:3])} ...` ended with exit status "
            f"{status}; all of its words are in {Path(log.name).relative_to(root)}."
        )
