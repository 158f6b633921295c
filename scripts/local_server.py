"""A server of this project on 127.0.0.1, of which there is one at a time in a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dies_with_parent import die_with
from lock_file import held
from process_group import process_group

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 120.0
"""Seconds until it must be up."""
_POLL = 0.2  # seconds


class ServerError(Exception):
    """The server cannot run; the text says why, and what to do."""


def folder_and_port(
    environment: Mapping[str, str], folder: str, port: str, *, typed: str, described: str
) -> tuple[Path, int]:
    """Read where a server keeps its things, and where it listens.

    Args:
        environment: What Meltano sets.
        folder: Name of the variable that holds the folder.
        port: Name of the one that holds the port.
        typed: What to type so that both are set.
        described: Meltano's file that says both.

    Raises:
        ServerError: It was not Meltano that started us.
    """
    try:
        return Path(environment[folder]), int(environment[port])
    except (KeyError, ValueError) as fault:
        raise ServerError(
            f"{fault} is not set as it should be: type `{typed}`, which reads it from {described}."
        ) from fault


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

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"http://127.0.0.1:{self.port}"

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        gently: signal.Signals,
        is_healthy: Callable[[], bool],
        up: Callable[[], None],
    ) -> None:
        """Run it until this process is interrupted; then nothing of it is left.

        Args:
            command: What starts it.
            environment: What its processes get.
            gently: The first signal that they get in the end.
            is_healthy: Asks it.
            up: Called once it is.

        Raises:
            ServerError: It did not come up, or it ended by itself.
        """
        with (
            self.log.open("w", encoding="utf-8") as words,
            process_group(
                command,
                cwd=ROOT,
                env=environment,
                gently=gently,
                stdout=words.fileno(),
                stderr=subprocess.STDOUT,
                # should this process be killed, too: some end what they started on this one only
                begin=partial(die_with, os.getpid(), gently),
            ) as process,
        ):
            self._await_health(process, is_healthy)
            up()
            status = process.wait()
        raise ServerError(f"it ended by itself, with exit status {status}: {self.log} says why.")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others out, from before it is made until it has ended.

        Raises:
            ServerError: Something listens on the port, or another one runs in this folder.
        """
        self._refuse_taken_port()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held(self.folder / "up.lock", self._refuse_another), self._noted():
            yield

    def _refuse_another(self) -> None:
        raise ServerError(
            f"another one runs in {self.folder}, or is just made there: `{self.stop_command}` "
            "stops it."
        )

    def _refuse_taken_port(self) -> None:
        """Refuse before a second server talks to whatever is there."""
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
    def _noted(self) -> Iterator[None]:
        """Leave word meanwhile that this process runs the server."""
        file = self._pid_file
        file.write_text(f"{os.getpid()}", encoding="ascii")
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    def _await_health(self, process: subprocess.Popen[str], is_healthy: Callable[[], bool]) -> None:
        started = time.monotonic()
        while time.monotonic() - started < _PATIENCE:
            if process.poll() is not None:
                raise ServerError(f"it ended before it was up: {self.log} says why.")
            if is_healthy():
                return
            time.sleep(_POLL)
        raise ServerError(
            f"it was not up after {_PATIENCE:.0f} s: {self.log} says how far it came."
        )

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
