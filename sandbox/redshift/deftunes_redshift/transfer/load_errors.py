"""What STL_LOAD_ERRORS and SYS_LOAD_ERROR_DETAIL show of a load that failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deftunes_redshift.backend import Backend, SessionState
from deftunes_redshift.transfer.faults import Fault
from deftunes_redshift.transfer.target import Target

_COLUMNS = {
    "user_name": "text", "database_name": "text", "session_id": "int4", "query_id": "int8",
    "transaction_id": "int8", "start_time": "timestamp", "table_id": "int4", "file_name": "text",
    "line_number": "int8", "column_name": "text", "column_type": "text", "column_length": "text",
    "position": "int4", "raw_line": "text", "raw_field_value": "text", "error_code": "int4",
    "error_message": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """A load, as its errors name it.

    Attributes:
        target: The table that is to be filled.
        session: Whose load it is.
        statement: The COPY's number.
        transaction: The transaction's.
        started: When it began, in UTC.
    """

    target: Target
    session: SessionState
    statement: int
    transaction: int
    started: dt.datetime


async def begin(target: Target, backend: Backend, session: SessionState) -> Attempt:
    """Note what a load's errors will tell of it, while its transaction still answers."""
    ((transaction,),) = await backend.rows("select pg_current_xact_id()::text::int8")
    started = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    return Attempt(target, session, session.statement, int(transaction), started)


async def keep(faults: Sequence[Fault], attempt: Attempt, backend: Backend) -> None:
    """Keep what was wrong beside the session's transaction, such that no rollback undoes it."""
    if not faults:
        return
    places = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_COLUMNS.values(), 1))
    columns = zip(*(_entry(fault, attempt) for fault in faults), strict=True)
    async with backend.aside() as beside:
        await beside.rows(
            f"insert into rs_catalog.load_errors ({', '.join(_COLUMNS)}) "  # noqa: S608 - our names
            f"select * from unnest({places})",
            *map(list, columns),
        )


def _entry(fault: Fault, attempt: Attempt) -> tuple[Any, ...]:
    column = fault.column
    return (
        attempt.session.user,
        attempt.session.database,
        attempt.session.process,
        attempt.statement,
        attempt.transaction,
        attempt.started.isoformat(" "),
        attempt.target.oid,
        fault.file,
        fault.line,
        column.name if column else "",
        column.type if column else "",
        column.length if column else "",
        fault.position,
        _shown(fault.line_text),
        _shown(fault.value),
        fault.code,
        fault.reason,
    )


def _shown(text: str) -> str:
    """At most 1024 characters, without what PostgreSQL cannot hold."""
    return text[:1024].replace("\0", ".")
