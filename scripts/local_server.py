"""A server of this project on 127.0.0.1, of which there is one at a time in a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_POLL = 0.2  # seconds


class ServerError(Exception):
    """The server cannot run; the text says why, and what to do."""


@dataclass(frozen=True)
class LocalServer:
    """A server and the script that runs it.

    Attributes:
        script: The script's file; a process is ours if its command line names it.
        folder: Where the server keeps everything.
        port: Where it listens, on 127.0.0.1.
        port_variable: What sets the port.
        stop_command: What stops it from elsewhere.
        log: What it says goes there.
    """

    script: Path
    folder: Path
    port: int
    port_variable: str
    stop_command: str
    log: Path

    def refuse_taken_port(self) -> None:
        """Refuse before a second server talks to whatever is there.

        Raises:
            ServerError: Something listens on the port.
        """
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as fault:
                raise ServerError(
                    f"port {self.port} is taken: stop what listens there (a server of this folder "
                    f"by `{self.stop_command}`), or set {self.port_variable} to another."
                ) from fault

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Leave word meanwhile that this process runs the server."""
        file = self._pid_file
        file.write_text(f"{os.getpid()}", encoding="ascii")
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    def await_health(
        self, process: subprocess.Popen[str], is_healthy: Callable[[], bool], patience: float
    ) -> float:
        """Wait until it is up.

        Args:
            process: The server's.
            is_healthy: Asks it.
            patience: Seconds to wait at most.

        Returns:
            The seconds that it took.

        Raises:
            ServerError: It ended, or was not up in time.
        """
        started = time.monotonic()
        while time.monotonic() - started < patience:
            if process.poll() is not None:
                raise ServerError(f"it ended before it was up: {self.log} says why.")
            if is_healthy():
                return time.monotonic() - started
            time.sleep(_POLL)
        raise ServerError(f"it was not up after {patience:.0f} s: {self.log} says how far it came.")

    def stop(self) -> bool:
        """Stop the one that runs in this folder, and wait for its end.

        Returns:
            Whether there was one.
        """
        pid = self._running()
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        while self._is_ours(pid):
            time.sleep(_POLL)
        return True

    @property
    def _pid_file(self) -> Path:
        return self.folder / "up.pid"

    def _running(self) -> int | None:
        """The process that runs the server here."""
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        """Whether a process is one of the script; its number may be another's by now."""
        try:
            return self.script.name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False
