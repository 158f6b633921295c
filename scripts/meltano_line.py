"""Type a line of Meltano for a scheduler: `meltano_line.py run tap-x target-s3`.

The image's entry point, and what Airflow's tasks run on this machine. Beside what Meltano does:

- the exit status is 3 when a rule stopped the load, where Meltano says 1 for everything;
- the last line of a failure is its reason, in the words of the plugin that knows;
- one line at a time runs an extractor, as Meltano keeps its bookmark in a folder by its name;
- a line that was killed is taken for ended, and not for alive as Meltano does for five minutes;
- it ends with whoever started it, and all that it started ends with it;
- it ends after DEFTUNES_LINE_SECONDS, where that is set: in a container nobody else ends it.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from dies_with_parent import die_with
from interruption import Interrupted, raise_interruptions
from lock_file import held
from meltano_words import KEPT_LINES, loader_status, reason
from process_group import process_group

ROOT = Path(__file__).resolve().parent.parent
BLOCKED = 3
_ENDED_ITSELF = 127
"""The greatest exit status of what no signal ended."""
LIMIT = "DEFTUNES_LINE_SECONDS"
"""The variable that says how long a line may take, its waiting included."""

_OURS = {
    # its words are read here
    "NO_COLOR": "1",
    # Meltano keeps its own logs there: below the project, for a home may be missing
    "XDG_STATE_HOME": str(ROOT / ".meltano" / "state"),
}


def main(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Type the line.

    Args:
        words: What to type after `meltano`; that word itself may be among them.
        environment: The variables that Meltano gets, and one more for the run's id if need be.

    Returns:
        The exit status: 0 when all is done, 3 when a rule stopped the load, Meltano's own
        otherwise, 128 and the signal's number when interrupted.
    """
    words = words[1:] if words[:1] == ["meltano"] else words
    die_with(os.getppid())
    raise_interruptions()
    limit = environment.get(LIMIT) or "0"
    if not limit.isdecimal():
        _say(f"{LIMIT}={limit} is no number of seconds: set it to one, or not at all.")
        return 1
    signal.alarm(int(limit))
    try:
        with _alone(words) as lock:
            settings = {"MELTANO_RUN_ID": str(uuid.uuid4()), **environment, **_OURS}
            return _run_after(lock, words, settings)
    except Interrupted as interruption:
        too_slow = interruption.status == 128 + signal.SIGALRM
        why = f"it took more than {limit} s ({LIMIT})" if too_slow else "interrupted"
        _say(f"{why}; what it had started is stopped. The same line can be run again.")
        return interruption.status
    except OSError as fault:
        _say(
            f"{fault.filename or ROOT} cannot be used ({fault.strerror}): make room on the disk, "
            "or make the folder writable, and run the same line again."
        )
        return 1


def _run_after(notes: TextIO, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a line, and know when it is typed again whether it came to its end.

    Args:
        notes: Holds the lines that have begun and did not end by themselves.
        words: The line.
        environment: What Meltano gets.
    """
    line = shlex.join(word for word in words if word != "--force")
    begun = set(notes.read().splitlines())
    _write(notes, begun | {line})
    # Meltano takes what was killed for alive; what was not may be, typed by a person
    forced = line in begun and line.startswith("run ") and "--force" not in words
    status = _run(["run", "--force", *words[1:]] if forced else words, environment)
    if status <= _ENDED_ITSELF:
        _write(notes, begun - {line})
    return status


def _write(notes: TextIO, lines: Iterable[str]) -> None:
    notes.seek(0)
    notes.truncate()
    notes.writelines(f"{line}\n" for line in sorted(lines))
    notes.flush()


def _run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    last: deque[str] = deque(maxlen=KEPT_LINES)
    command = [str(ROOT / ".venv/bin/meltano"), *words]
    with process_group(
        command,
        cwd=ROOT,
        env=environment,
        gently=signal.SIGINT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        begin=partial(die_with, os.getpid()),
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last.append(line)
        status = process.wait()
    if status:
        _say(reason(last))
    if loader_status(last) == BLOCKED:
        return BLOCKED
    return status if status >= 0 else 128 - status


@contextmanager
def _alone(words: Sequence[str]) -> Iterator[TextIO]:
    """Wait for another line of the same first plugin, if one is under way in this folder."""
    plugin = next((word for word in words[1:] if not word.startswith("-")), "meltano")
    file = ROOT / ".meltano" / "lines" / f"{plugin.partition(':')[0]}.lock"
    with held(file, lambda: _say(f"another line runs {plugin}: waiting for its end ...")) as lock:
        yield lock


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
