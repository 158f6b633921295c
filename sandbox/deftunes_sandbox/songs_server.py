"""The songs database as a process: start it, wait until it answers, fill it, stop it."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import psycopg

from deftunes_sandbox.cluster import ENVIRON, STOP_SECONDS, Cluster, ensure_cluster
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.ports import HOST, listen, port_of
from deftunes_sandbox.processes import ProcessId, start, wait_until
from deftunes_sandbox.settings import SandboxSettings, env_of
from deftunes_sandbox.songs_address import SongsAddress
from deftunes_sandbox.songs_table import ensure_songs

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


class SongsServer:
    """A running songs database."""

    def __init__(self, settings: SandboxSettings, directory: Path, log: Path) -> None:
        """Start the database, wait until it answers and see that it holds the songs.

        Raises:
            SandboxError: If its port is taken, or it cannot be made, started or filled.
        """
        cluster = ensure_cluster(directory, log)
        self._log = log
        for tries_left in reversed(range(_FREE_PORT_TRIES)):
            self.address = SongsAddress(_free_port(settings))
            self._process: subprocess.Popen[bytes] = start(
                _command(cluster, self.address.port),
                log,
                dies_by=signal.SIGINT,
                user=cluster.user,
                environ=ENVIRON,
            )
            try:
                self.id = ProcessId.of(self._process.pid)
                if self._comes_up(may_fail=settings.songs_port == 0 and tries_left > 0):
                    self._fill(settings)
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
        wait_until(lambda: self.has_ended() or answers(self.address), START_SECONDS)
        if not self.has_ended() and answers(self.address):
            return True
        if not (self.has_ended() and may_fail):
            raise SandboxError(
                f"The songs database did not start: read the end of {self._log}; "
                "`sandbox reset` makes it anew."
            )
        return False

    def _fill(self, settings: SandboxSettings) -> None:
        try:
            with self.address.connect() as connection:
                ensure_songs(connection, settings)
        except psycopg.Error as error:
            reason = error.diag.message_primary or type(error).__name__
            raise SandboxError(
                f"The songs could not be loaded ({reason}): make room or set "
                f"{env_of('directory')} to another folder; see {self._log}."
            ) from error


def answers(address: SongsAddress) -> bool:
    """Tell whether the songs database answers a query."""
    try:
        with address.connect() as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def _free_port(settings: SandboxSettings) -> int:
    with listen(settings.songs_port, env_of("songs_port"), "songs database") as listener:
        return port_of(listener)


def _command(cluster: Cluster, port: int) -> list[str]:
    options = [f"--{name}={value}" for name, value in {**_OPTIONS, "port": str(port)}.items()]
    return [str(cluster.programs / "postgres"), "-D", str(cluster.data), *options]
