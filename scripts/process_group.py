"""A child and all that it starts, as one group that ends together."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from interruption import held_back

PATIENCE = 5.0
"""Seconds between one signal and the next, harder one."""
_POLL = 0.02  # seconds


@contextmanager
def process_group(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    gently: signal.Signals,
    stdout: int | None = None,
    stderr: int | None = None,
    keep: Sequence[int] = (),
    begin: Callable[[], None] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a session of its own; on leaving, however, none of it is left.

    Args:
        command: What to run.
        cwd: Where.
        env: Its environment.
        gently: The first signal that what is left gets; SIGTERM and SIGKILL follow.
        stdout: As `subprocess.Popen` takes it; text, UTF-8.
        stderr: The same.
        keep: File descriptors that the command inherits.
        begin: Called in the new process before the command takes it over; only by a program of
            one thread, as others may hold locks.

    Yields:
        The process that leads the group.
    """
    with ExitStack() as cleanup:
        with held_back():  # an interruption between the start and the next line would lose it
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=keep,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                preexec_fn=begin,  # noqa: PLW1509 - see `begin`
            )
            if process.stdout:
                cleanup.callback(process.stdout.close)
            cleanup.callback(_end, process, gently)
        yield process


def _end(process: subprocess.Popen[str], gently: signal.Signals) -> None:
    for signum in (gently, signal.SIGTERM, signal.SIGKILL):
        process.poll()  # a leader that has ended is not waited for by anyone else
        if not _anyone_in(process.pid):
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signum)
        deadline = time.monotonic() + PATIENCE
        while _anyone_in(process.pid) and time.monotonic() < deadline:
            process.poll()
            time.sleep(_POLL)


def _anyone_in(group: int) -> bool:
    """Whether a process of the group is alive; one that only waits to be reaped is not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, _, its_group, *_ = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(its_group) == group and state not in "ZX":
                return True
    return False
