"""Where the songs database is, and how to connect to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from deftunes_sandbox.ports import HOST

USER = "postgres"
PASSWORD = "deftunes"  # noqa: S105 - a stand-in on 127.0.0.1: documented, not secret
DATABASE = "postgres"
_CONNECT_SECONDS = 5


@dataclass(frozen=True)
class SongsAddress:
    """The songs database's address."""

    port: int
    host: str = HOST
    user: str = USER
    password: str = PASSWORD
    database: str = DATABASE

    def dsn(self) -> dict[str, str | int]:
        """Give keyword arguments for `psycopg.connect`."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
        }

    def url(self) -> str:
        """Give a `postgresql://` URL."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection[Any]]:
        """Connect, each statement being a transaction of its own.

        Raises:
            psycopg.Error: If the server does not answer, or as soon as a statement fails.
        """
        with psycopg.connect(
            self.url(), autocommit=True, connect_timeout=_CONNECT_SECONDS
        ) as connection:
            yield connection
