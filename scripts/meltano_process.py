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
from process_group import process_group

MELTANO = "meltano"
KEPT_LINES = 400
"""Enough to hold a plugin's own sentence and the traceback that may follow it."""

_BLOCK_DONE = re.compile(r"Block run completed.*duration_seconds=([\d.]+) success=True")
_LOGGED = re.compile(r"^\S+Z \[(?P<level>\w+) *\] (?P<who>\S+) +(?P<what>.*\S)")
_OUTCOME = re.compile(r"\] meltano +(?:Block run|Run) completed")
_EXCEPTION = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Exit)\b.*: .*\S")
_DBT_CLOCK = re.compile(r"^\d\d:\d\d:\d\d +")
_DBT_FAULT = re.compile(r"^(\w[\w ]* in \w+ .+\))\n(.+)$", re.MULTILINE)
_FAULTS = ("critical", "error")


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
            f"{_reason(last)}\n`meltano {' '.join(arguments[:3])} ...` ended with exit status "
            f"{status}; all of its words are in {Path(log.name).relative_to(root)}."
        )


def _reason(lines: Sequence[str]) -> str:
    """Pick the line that explains: a plugin's own, else an exception, Meltano's, the last."""
    told = [line.strip() for line in lines if line.strip() and not _OUTCOME.search(line)]
    logged = [found for found in map(_LOGGED.match, told) if found]
    faults = [found for found in logged if found["level"] in _FAULTS]
    of_plugins = [f"{found['who']}: {found['what']}" for found in faults if found["who"] != MELTANO]
    # an exception nobody foresaw comes bare, or as what a plugin wrote to its stderr
    bare = [found["what"] if (found := _LOGGED.match(line)) else line for line in told]
    exceptions = [line for line in bare if _EXCEPTION.match(line)]
    # of Meltano's own words the first say the cause, the others what came of it
    of_meltano = [found["what"] for found in reversed(faults) if found["who"] == MELTANO]
    last = _of_dbt(bare) or bare or ["Meltano said nothing."]
    return next(words[-1] for words in (of_plugins, exceptions, of_meltano, last) if words)


def _of_dbt(lines: Sequence[str]) -> list[str]:
    """Pick what dbt failed at; it logs that like all else, and what it says of it below."""
    told = "\n".join(line[found.end() :] for line in lines if (found := _DBT_CLOCK.match(line)))
    return [": ".join(each) for each in _DBT_FAULT.findall(told)]
