"""Processes without the cost of their imports: one that has them all forks one for each run.

What runs is the command's own script in a process of its own, which can be killed like any other.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.chaos import killed_at

if TYPE_CHECKING:
    from typing_extensions import Self

IMPORTS = (
    "tap_deftunes_api.tap",
    "target_s3.target",
    "pyiceberg.catalog.sql",
    "pyiceberg.io.pyarrow",
)


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (negative: the signal), and what it said."""

    status: int
    out: bytes
    err: bytes


class Forks:
    """Starts the process that forks; ends it with the block.

    Args:
        folder: For what runs read and say.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, command: list[str], messages: bytes, **chaos: str) -> Ended:
        """Run a Python command to its end, watched by `killed_at`.

        Args:
            command: The path of its script, and its arguments.
            messages: Its standard input.
            chaos: `CHAOS_AT` and the like.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        (self._folder / "in").write_bytes(messages)
        self._process.stdin.write(json.dumps([command, chaos]) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        out, err = ((self._folder / name).read_bytes() for name in ("out", "err"))
        return Ended(status, out, err)


def _child(folder: Path, command: list[str], chaos: Mapping[str, str]) -> NoReturn:
    for number, name in enumerate(("in", "out", "err")):
        flags = os.O_RDONLY if name == "in" else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = os.open(folder / name, flags)
        os.dup2(opened, number)
        os.close(opened)
    status = 0
    try:
        killed_at.run(command, chaos)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:  # noqa: BLE001 - said as the interpreter says it
        sys.excepthook(*sys.exc_info())
        status = 1
    # not by the interpreter's own end: libraries would wait there for threads of the parent
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _serve(folder: Path) -> None:
    for name in IMPORTS:
        __import__(name)
    # unbuffered: what is read ahead would be lost to a child, or read by it
    for line in iter(sys.stdin.readline, ""):
        command, chaos = json.loads(line)
        pid = os.fork()
        if not pid:
            _child(folder, command, chaos)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
