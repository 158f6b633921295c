"""Rows from PostgreSQL through ADBC: as they come, in one statement, and nothing held after it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from typing import Any

import adbc_driver_postgresql.dbapi as adbc  # type: ignore[import-untyped]  # ships no types
import pyarrow as pa

from deftunes_tap_postgres.errors import TapError

_TELLING = ("08", "28", "42", "57")
"""SQLSTATE classes about connections, passwords, SQL and shut-downs: their words hold no value."""

_PIECE_BYTES = 4 * 1024 * 1024
"""About so much is read before it is handed on: its memory is used again for what comes next."""
_PIECE_OPTION = "adbc.postgresql.batch_size_hint_bytes"


def rows_of(dsn: str, sql: str, table: str) -> Generator[pa.RecordBatch, None, None]:
    """Read what a query gives, some megabytes at a time.

    The server sends only as fast as this is iterated. The read is a single statement in a
    connection of its own that commits by itself and may not write; closing the iterator, or the
    end of the process, ends both.

    Args:
        dsn: A connection string of libpq's.
        sql: The query.
        table: What is read, for messages.

    Raises:
        TapError: The query failed, or the connection ended.
    """
    try:
        with (
            adbc.connect(dsn, autocommit=True) as connection,
            ThreadPoolExecutor(max_workers=1) as worker,
            closing(connection.cursor()) as cursor,
        ):
            wait_for = partial(_wait_for, worker, connection)
            cursor.adbc_statement.set_options(**{_PIECE_OPTION: str(_PIECE_BYTES)})
            wait_for(cursor.execute, "SET default_transaction_read_only = on")
            wait_for(cursor.execute, sql)
            with cursor.fetch_record_batch() as reader:
                while (batch := wait_for(_next, reader)) is not None:
                    yield batch
    except adbc.Error as fault:
        state = fault.sqlstate
        told = state is None or state.startswith(_TELLING)
        raise _failure(table, str(fault) if told else f"SQLSTATE {state}") from None
    except OSError as fault:  # what Arrow makes of a fault amid the rows
        words = str(fault)
        told = "ERROR:" not in words
        raise _failure(table, words if told else "the server broke the query off") from None


def _wait_for(
    worker: Executor, connection: adbc.Connection, call: Callable[..., Any], *arguments: Any
) -> Any:
    """Make a call that waits for the server elsewhere: a signal could not end such a wait here."""
    answer = worker.submit(call, *arguments)
    try:
        return answer.result()
    finally:
        if not answer.done():
            connection.adbc_cancel()
            wait([answer])


def _next(reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
    return next(reader, None)


def _failure(table: str, reason: str) -> TapError:
    # after a line break, libpq repeats the query
    line = reason.splitlines()[0] if reason else "no reason was given"
    return TapError(
        f"Table {table} could not be read to its end ({line}): see the server's log, and run "
        "again, for what was not read to its end is read anew."
    )
