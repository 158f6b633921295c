"""Processes: started so that they cannot outlive their parent, known by more than a pid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deftunes_sandbox import bound

_POLL = 0.02  # seconds
_STATE, _START_TIME = 0, 19  # fields of /proc/<pid>/stat, counted after the command's name
_ZOMBIE_OR_DEAD = "ZXx"
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ProcessId:
    """A pid, and when it was started: a pid alone may by now be someone else's."""

    pid: int
    started: int  # clock ticks since the machine's start

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """Identify a living process.

        Raises:
            ProcessLookupError: If there is none of this pid.
        """
        fields = _stat(pid)
        if fields is None:
            raise ProcessLookupError(pid)
        return cls(pid, int(fields[_START_TIME]))

    def is_alive(self) -> bool:
        """Tell whether this very process still runs."""
        fields = _stat(self.pid)
        return (
            fields is not None
            and fields[_STATE] not in _ZOMBIE_OR_DEAD
            and int(fields[_START_TIME]) == self.started
        )

    def seconds_up(self) -> float:
        """Tell for how long the process has been running."""
        uptime = float(Path("/proc/uptime").read_text("ascii").split()[0])
        return round(uptime - self.started / _TICKS_PER_SECOND, 1)

    def stop(self, gently: signal.Signals, grace: float) -> None:
        """Ask the process to end, and end it when the grace (seconds) is over."""
        for signum, patience in ((gently, grace), (signal.SIGKILL, grace)):
            if not self.is_alive():
                return
            os.kill(self.pid, signum)
            wait_until(lambda: not self.is_alive(), patience)


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Poll until something is so; tell whether it became so in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def start(
    command: Sequence[str],
    log: Path,
    *,
    dies_by: signal.Signals,
    user: int | None = None,
    keep: Sequence[int] = (),
    environ: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that gets a signal when the calling thread dies, however it dies.

    Args:
        command: What to run.
        log: File that its output is appended to.
        dies_by: The signal that it gets when its parent is no more.
        user: Run it as this user (and as the group of the same number).
        keep: File descriptors that it inherits.
        environ: Its environment; ours, if not given.

    Raises:
        OSError: If it cannot be run.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [*bound_to_us(dies_by, user), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a terminal's Ctrl-C is for the parent to handle
            pass_fds=keep,
            env=environ,
            cwd="/",  # ours may be closed to the child's user
        )


def bound_to_us(dies_by: signal.Signals, user: int | None = None) -> list[str]:
    """Give the words before a command that bind it to the calling thread.

    Args:
        dies_by: The signal that the command gets when the thread is no more.
        user: Run it as this user (and as the group of the same number).
    """
    as_whom = "-" if user is None else str(user)
    binding = [str(int(dies_by)), str(os.getpid()), as_whom]
    return [sys.executable, "-I", "-S", bound.__file__, *binding]


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
