"""The seam between the wire and what answers statements that PostgreSQL does not know.

A handler gets the statement as it was written, the session's own PostgreSQL connection (in the
session's transaction, so that a rollback undoes what the handler did), and where S3 and Glue are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import boto3

from deftunes_redshift.errors import RedshiftError

__all__ = ["Aws", "Backend", "Outcome", "RedshiftError", "SessionState"]


class Backend(Protocol):
    """One PostgreSQL connection of one session, in its transaction.

    Every method raises `RedshiftError` with PostgreSQL's words and SQLSTATE when it refuses. The
    transaction, if one was open, is then aborted: let the error go on to the session.
    """

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and give its rows.

        Args:
            sql: One statement; `$1`, `$2` … stand for the values.
            values: None, bool, int, float, Decimal, str, bytes, date, datetime, or a list of them.

        Returns:
            Rows with bool, int, float, Decimal, str, bytes and None; other types as their text.
        """
        ...

    async def run(self, sql: str) -> str:
        """Run one statement and give its tag, such as `INSERT 0 3`."""
        ...

    async def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Run `COPY … FROM STDIN …` with these bytes and give the number of rows loaded."""
        ...

    def copy_out(self, sql: str) -> AsyncIterator[bytes]:
        """Run `COPY … TO STDOUT …` and give its bytes, a row at a time; read it to its end."""
        ...

    def aside(self) -> AbstractAsyncContextManager[Backend]:
        """Give a connection beside the session's, as the database's owner.

        A transaction is open in it. It is committed on leaving, or undone if an error leaves, and
        the session's own transaction has no part in it: what is written there outlives a rollback,
        and is seen by every session. Load errors and the rows of external tables go this way.
        """
        ...


@dataclass
class SessionState:
    """What a session is, beside its transaction.

    Attributes:
        user: Who connected.
        database: To which database.
        process: The session's process id, as `pg_backend_pid()` gives it.
        statement: The statement's number in the whole server, as `pg_last_query_id()` gives it.
        last_statement: The number of the one before it; -1: there was none.
        last_copy: The statement number of the last COPY, as `pg_last_copy_id()` gives it.
        last_unload: The same of the last UNLOAD.
        in_block: Whether a transaction is open that holds more than the present statement.
    """

    user: str
    database: str
    process: int = 0
    statement: int = -1
    last_statement: int = -1
    last_copy: int = -1
    last_unload: int = -1
    in_block: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a handler answers.

    Attributes:
        tag: The command's tag, such as `COPY` or `UNLOAD`.
        notices: Sentences that the client is shown, such as `Load into table 't' completed, …`.
    """

    tag: str
    notices: Sequence[str] = ()


@dataclass(frozen=True)
class Aws:
    """Where S3 and Glue are; their clients are made when first needed.

    Attributes:
        endpoint: Such as `http://127.0.0.1:5000`; empty: as boto3 finds it in the environment.
        region: The region of the warehouse.
        access_key: The key's id; empty: as boto3 finds it.
        secret_key: The key's secret.
    """

    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)

    @cached_property
    def s3(self) -> Any:
        """A client of S3."""
        return self._client("s3")

    @cached_property
    def glue(self) -> Any:
        """A client of Glue."""
        return self._client("glue")

    def _client(self, service: str) -> Any:
        return boto3.session.Session().client(
            service,
            endpoint_url=self.endpoint or None,
            region_name=self.region,
            aws_access_key_id=self.access_key or None,
            aws_secret_access_key=self.secret_key or None,
        )
