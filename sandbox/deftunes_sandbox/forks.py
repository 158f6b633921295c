"""Processes without the cost of their imports: one that has them all forks one for each run.

What runs is the command's own script in a process of its own, which can be killed like any other.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from typing_extensions import Self

ROOT = Path(__file__).resolve().parent.parent.parent
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
        imports: The modules that they need not import; `<module>:<function>` is called as well.
        env: The environment that those see; ours by default.
    """

    def __init__(
        self,
        folder: Path,
        imports: Sequence[str] = IMPORTS,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *imports],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, which ends when nobody can ask it any more."""
        self._process.communicate()

    def run(
        self,
        command: list[str],
        messages: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> Ended:
        """Run a Python script to its end.

        Args:
            command: The path of the script, and its arguments.
            messages: Its standard input.
            env: Its whole environment; that of `Forks` by default.
            cwd: The folder that it runs in.
        """
        stdin, stdout, stderr = (self._folder / name for name in ("in", "out", "err"))
        stdin.write_bytes(messages)
        for file in (stdout, stderr):
            file.write_bytes(b"")
        status = self.wait(self.start(command, stdin, stdout, stderr, env, cwd))
        return Ended(status, stdout.read_bytes(), stderr.read_bytes())

    def start(
        self,
        command: list[str],
        stdin: Path,
        stdout: Path,
        stderr: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> int:
        """Start a Python script, and do not wait for it.

        Args:
            command: The path of the script, and its arguments.
            stdin: A file or named pipe to read.
            stdout: A file or named pipe to append to.
            stderr: The same; several processes may share it.
            env: Its whole environment; that of `Forks` by default.
            cwd: The folder that it runs in.

        Returns:
            Its number, for `wait`.
        """
        files = [str(file) for file in (stdin, stdout, stderr)]
        return self._ask([command, files, env and dict(env), str(cwd)])

    def wait(self, pid: int) -> int:
        """The exit status of what was started, at its end; negative: the signal.

        That it is stopped, by SIGSTOP, is told too; then it can be waited for once more.
        """
        return self._ask(pid)

    def _ask(self, question: object) -> int:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("it was started with pipes")
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _child(
    command: list[str], files: list[str], env: Mapping[str, str] | None, cwd: str
) -> NoReturn:
    status = 0
    try:
        for number, file in enumerate(files):
            opened = os.open(file, os.O_WRONLY | os.O_APPEND if number else os.O_RDONLY)
            os.dup2(opened, number)
            os.close(opened)
        # ours may have read ahead
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8")
        sys.argv = command
        sys.path[0] = str(Path(command[0]).parent)
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
        os.chdir(cwd)
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:  # noqa: BLE001 - said as the interpreter says it
        sys.excepthook(*sys.exc_info())
        status = 1
    # not by the interpreter's own end: libraries would wait there for threads of the parent
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to run them
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _serve() -> None:
    with contextlib.redirect_stdout(sys.stderr):  # ours is for answers
        for name in sys.argv[1:]:
            module, _, function = name.partition(":")
            imported = importlib.import_module(module)
            if function:
                getattr(imported, function)()
    for line in iter(sys.stdin.readline, ""):
        question = json.loads(line)
        if isinstance(question, int):
            status = os.waitpid(question, os.WUNTRACED)[1]
            stopped = os.WIFSTOPPED(status)
            answer = -os.WSTOPSIG(status) if stopped else os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork() or _child(*question)
        print(answer, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    _serve()
