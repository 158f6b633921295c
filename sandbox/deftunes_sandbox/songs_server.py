"""The songs database as a process: started, filled, stopped."""

from __future__ import annotations

from pathlib import Path

import psycopg

from deftunes_sandbox.cluster import SONGS, ensure_cluster
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.postgres_server import PostgresServer
from deftunes_sandbox.settings import SandboxSettings, env_of
from deftunes_sandbox.songs_address import SongsAddress
from deftunes_sandbox.songs_table import ensure_songs


class SongsServer:
    """A running songs database."""

    def __init__(self, settings: SandboxSettings, directory: Path, log: Path) -> None:
        """Start the database, wait until it answers and see that it holds the songs.

        Raises:
            SandboxError: If its port is taken, or it cannot be made, started or filled.
        """
        self._log = log
        self._server = PostgresServer(
            ensure_cluster(directory, log),
            SONGS,
            port=settings.songs_port,
            variable=env_of("songs_port"),
            remedy="`sandbox reset` makes it anew",
            answers=lambda port: answers(SongsAddress(port)),
            log=log,
        )
        self.id = self._server.id
        self.address = SongsAddress(self._server.port)
        try:
            self._fill(settings)
        except BaseException:
            self.stop()
            raise

    def has_ended(self) -> bool:
        """Tell whether the server has ended."""
        return self._server.has_ended()

    def stop(self) -> None:
        """Stop the server; its clients are disconnected."""
        self._server.stop()

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
