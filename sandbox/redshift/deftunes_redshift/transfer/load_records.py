"""What system views tell of loads: that they were, and what was wrong.

See SYS_LOAD_HISTORY, STL_LOAD_ERRORS, SYS_LOAD_ERROR_DETAIL and PG_LAST_COPY_ID.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deftunes_redshift.backend import Backend, SessionState
from deftunes_redshift.transfer.copy_statement import CopyStatement
from deftunes_redshift.transfer.faults import Fault
from deftunes_redshift.transfer.s3 import SourceFile
from deftunes_redshift.transfer.target import Target

_COLUMNS = {
    "starttime": "timestamp", "session": "int4", "query": "int8", "tbl": "int4",
    "filename": "text", "line_number": "int8", "colname": "text", "type": "text",
    "col_length": "text", "position": "int4", "raw_line": "text", "raw_field_value": "text",
    "err_code": "int4", "err_reason": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """A load that has begun.

    Attributes:
        target: The table that is to be filled.
        read: The COPY.
        files: The files that it loads.
        session: The session's process.
        statement: The COPY's number.
        started: When it began, in UTC.
    """

    target: Target
    read: CopyStatement
    files: Sequence[SourceFile]
    session: int
    statement: int
    started: dt.datetime

    @classmethod
    def of(
        cls,
        target: Target,
        read: CopyStatement,
        files: Sequence[SourceFile],
        session: SessionState,
    ) -> Attempt:
        """The load that begins now; from now on it is the session's last COPY."""
        session.last_copy = session.statement
        return cls(target, read, files, session.process, session.statement, _now())


async def keep(
    attempt: Attempt, faults: Sequence[Fault], loaded: int | None, backend: Backend
) -> None:
    """Keep what became of a load, beside the session's transaction: no rollback undoes it.

    Args:
        attempt: The load.
        faults: What was wrong.
        loaded: Rows loaded; None: it failed.
        backend: The session's connection.
    """
    size = sum(file.size for file in attempt.files)
    async with backend.aside() as beside:
        await beside.rows(
            "insert into rs_catalog.load_history (query_id, session_id, status, table_name, "
            "start_time, end_time, data_source, file_format, loaded_rows, loaded_bytes, "
            "source_file_count, source_file_bytes, error_count) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            attempt.statement,
            attempt.session,
            "aborted" if loaded is None else "completed",
            attempt.target.table,
            attempt.started.isoformat(" "),
            _now().isoformat(" "),
            attempt.read.source,
            attempt.read.format.lower(),
            loaded or 0,
            0 if loaded is None else size,
            len(attempt.files),
            size,
            len(faults),
        )
        if faults:
            await _keep_faults(attempt, faults, beside)


async def _keep_faults(attempt: Attempt, faults: Sequence[Fault], beside: Backend) -> None:
    places = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_COLUMNS.values(), 1))
    columns = zip(*(_entry(fault, attempt) for fault in faults), strict=True)
    await beside.rows(
        f"insert into rs_catalog.load_errors ({', '.join(_COLUMNS)}) "  # noqa: S608 - our names
        f"select * from unnest({places})",
        *map(list, columns),
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)


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
