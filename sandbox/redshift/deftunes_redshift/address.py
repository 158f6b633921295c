"""Where the stand-in is, and how to connect to it."""

from __future__ import annotations

from dataclasses import dataclass

from deftunes_redshift.settings import DATABASE, PASSWORD, USER
from deftunes_sandbox.ports import HOST


@dataclass(frozen=True)
class RedshiftAddress:
    """The stand-in's address; the password is documented, not secret."""

    port: int
    host: str = HOST
    user: str = USER
    password: str = PASSWORD
    database: str = DATABASE

    def keywords(self) -> dict[str, str | int | bool]:
        """Give keyword arguments for `redshift_connector.connect`."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "ssl": False,
        }

    def url(self) -> str:
        """Give a `postgresql://` URL, as psycopg takes it."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"
