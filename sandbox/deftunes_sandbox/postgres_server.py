"""A PostgreSQL server as a process: start it, wait until it answers, stop it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from deftunes_sandbox.cluster import ENVIRON, STOP_SECONDS, Cluster, Kind
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.ports import HOST, listen, port_of
from deftunes_sandbox.processes import ProcessId, start, wait_until

START_SECONDS = 60.0
_FREE_PORT_TRIES = 5  # another process may take a free port before the server does
_OPTIONS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "50",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",  # a failing statement may hold personal values
    # A stand-in need not outlive a power cut; it does outlive being killed.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresServer:
    """A running PostgreSQL.

    Args:
        cluster: Its files.
        kind: What it is for.
        port: Where it shall listen on 127.0.0.1; 0: a free one.
        variable: What changes the port, for the sentence.
        remedy: What helps when it does not start, for the sentence.
        answers: Tells whether the server on a port answers.
        log: File that its output is appended to.
        options: Server options that differ from those of every stand-in.

    Raises:
        SandboxError: If its port is taken, or it does not come up.
    """

    def __init__(
        self,
        cluster: Cluster,
        kind: Kind,
        *,
        port: int,
        variable: str,
        remedy: str,
        answers: Callable[[int], bool],
        log: Path,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._answers = answers
        self._sentence = f"The {kind.what} did not start: read the end of {log}; {remedy}."
        for tries_left in reversed(range(_FREE_PORT_TRIES)):
            with listen(port, variable, kind.what) as listener:
                self.port = port_of(listener)
            self._process: subprocess.Popen[bytes] = start(
                _command(cluster, {**_OPTIONS, **(options or {}), "port": str(self.port)}),
                log,
                dies_by=signal.SIGINT,
                user=cluster.user,
                environ=ENVIRON,
            )
            try:
                self.id = ProcessId.of(self._process.pid)
                if self._comes_up(may_fail=port == 0 and tries_left > 0):
                    return
            except BaseException:
                self.stop()
                raise

    def has_ended(self) -> bool:
        """Tell whether the server has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Stop the server; its clients are disconnected."""
        self.id.stop(signal.SIGINT, STOP_SECONDS)
        self._process.wait()

    def _comes_up(self, *, may_fail: bool) -> bool:
        wait_until(lambda: self.has_ended() or self._answers(self.port), START_SECONDS)
        if not self.has_ended() and self._answers(self.port):
            return True
        if not (self.has_ended() and may_fail):
            raise SandboxError(self._sentence)
        return False


def _command(cluster: Cluster, options: Mapping[str, str]) -> list[str]:
    words = [f"--{name}={value}" for name, value in options.items()]
    return [str(cluster.programs / "postgres"), "-D", str(cluster.data), *words]
