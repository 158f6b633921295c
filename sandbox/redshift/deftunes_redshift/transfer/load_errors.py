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
    "starttime": "timestamp", "session": "int4", "query": "int8", "tbl": "int4",
    "filename": "text", "line_number": "int8", "colname": "text", "type": "text",
    "col_length": "text", "position": "int4", "raw_line": "text", "raw_field_value": "text",
    "err_code": "int4", "err_reason": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """A load, as its errors name it.

    Attributes:
        target: The table that is to be filled.
        session: The session's process.
        statement: The COPY's number.
        started: When it began, in UTC.
    """

    target: Target
    session: int
    statement: int
    started: dt.datetime

    @classmethod
    def of(cls, target: Target, session: SessionState) -> Attempt:
        """The load that begins now."""
        started = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
        return cls(target, session.process, session.statement, started)


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
        attempt.started.isoformat(" "),
        attempt.session,
        attempt.statement,
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
