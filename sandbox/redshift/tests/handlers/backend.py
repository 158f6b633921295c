"""A session's connection without the proxy: psycopg to a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor

from deftunes_redshift.errors import RedshiftError


class PsycopgBackend:
    """What the proxy's own connection does, by psycopg.

    Args:
        connection: A connection that commits when told to.
        address: Where to connect beside it.
    """

    def __init__(self, connection: AsyncConnection[Any], address: str) -> None:
        self.connection = connection
        self._address = address

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = await self._execute(sql, values)
        return await cursor.fetchall() if cursor.description else []

    async def run(self, sql: str) -> str:
        return str((await self._execute(sql, ())).statusmessage)

    async def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        cursor = AsyncRawCursor(self.connection)
        try:
            async with cursor.copy(sql) as copy:
                for chunk in chunks:
                    await copy.write(chunk)
        except psycopg.Error as error:
            raise _refusal(error) from error
        return cursor.rowcount

    async def copy_out(self, sql: str) -> AsyncIterator[bytes]:
        try:
            async with AsyncRawCursor(self.connection).copy(sql) as copy:
                async for chunk in copy:
                    yield bytes(chunk)
        except psycopg.Error as error:
            raise _refusal(error) from error

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[PsycopgBackend]:
        async with await AsyncConnection.connect(self._address) as connection:
            yield PsycopgBackend(connection, self._address)

    async def _execute(self, sql: str, values: tuple[object, ...]) -> AsyncRawCursor[Any]:
        cursor = AsyncRawCursor(self.connection)
        try:
            await cursor.execute(sql, values or None)
        except psycopg.Error as error:
            raise _refusal(error) from error
        return cursor


def _refusal(error: psycopg.Error) -> RedshiftError:
    return RedshiftError(str(error.diag.message_primary or error), error.sqlstate or "XX000")
