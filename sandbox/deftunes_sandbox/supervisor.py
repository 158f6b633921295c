"""The process that stays: it starts the sources, watches them, and stops them when asked."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from deftunes_sandbox.emulated import Emulated
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.processes import ProcessId
from deftunes_sandbox.sandbox import Sandbox
from deftunes_sandbox.settings import SandboxSettings, env_of
from deftunes_sandbox.state import Service, State, state_file, write_state

READY = "ready"
_WATCH = 0.5  # seconds


def supervise(settings: SandboxSettings, directory: Path, report: int) -> int:
    """Run the sandbox until SIGTERM or until a source ends.

    Args:
        settings: What to serve.
        directory: The sandbox's folder, where the state is kept.
        report: File descriptor that is told `ready`, or in one line what went wrong.

    Returns:
        Exit status: 0 when asked to stop, 1 otherwise.
    """
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _stop)
    try:
        with ExitStack() as stack:
            sandbox = stack.enter_context(Sandbox(settings))
            emulated = None
            if settings.emulated:
                emulated = stack.enter_context(Emulated(settings, directory))
            me = ProcessId.of(os.getpid())
            write_state(directory, _state(me, sandbox, emulated))
            try:
                _tell(report, READY)
                while not (ended := sandbox.ended() + (emulated.ended() if emulated else [])):
                    time.sleep(_WATCH)
            finally:
                state_file(directory).unlink(missing_ok=True)
    except SandboxError as error:
        _tell(report, str(error))
        return 1
    except OSError as error:
        _tell(
            report,
            f"The sandbox in {directory} cannot be kept ({error}): make room there, or set "
            f"{env_of('directory')} to another folder.",
        )
        return 1
    sys.stderr.write(f"stopping, because {' and '.join(ended)} ended\n")
    return 1


def _stop(_signum: int, _frame: FrameType | None) -> None:
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_IGN)  # the clean-up is under way: let it finish
    raise SystemExit(0)


def _state(me: ProcessId, sandbox: Sandbox, emulated: Emulated | None) -> State:
    return State(
        supervisor=me,
        settings=sandbox.settings,
        api=Service(sandbox.api.id, sandbox.api.port),
        songs=Service(sandbox.songs_server.id, sandbox.songs.port),
        aws=Service(*emulated.aws) if emulated else None,
        redshift=Service(*emulated.redshift) if emulated else None,
    )


def _tell(report: int, line: str) -> None:
    try:
        os.write(report, f"{line}\n".encode())
    except BrokenPipeError:
        return  # whoever asked is gone; the sandbox stays
    finally:
        os.close(report)


def main() -> int:
    """Run as `python -m deftunes_sandbox.supervisor FD SETTINGS`."""
    settings = SandboxSettings.from_json(sys.argv[2])
    if settings.directory is None:
        raise SandboxError("A supervisor needs a folder for its state: set `directory`.")
    return supervise(settings, settings.directory, int(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
