"""What stands for an external table in PostgreSQL: a view over a function over its files' tables.

A new snapshot replaces the function alone, for which PostgreSQL waits for nobody: not even for the
session whose next statement is to see it. Files' rows are loaded frozen, so that also a
transaction that began before sees them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from deftunes_redshift.backend import Backend
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.external.beside import BRIEFLY, LOCKED
from deftunes_redshift.external.glue import GlueDatabase
from deftunes_redshift.external.snapshots import DataFile, Snapshot
from deftunes_redshift.external.types import ExternalColumn
from deftunes_redshift.external.unions import ensure_loaded, field, union
from deftunes_redshift.transfer.target import quoted

_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('rs_catalog.external_snapshots'))"
_KNOWN = (
    "select metadata_location, columns from rs_catalog.external_snapshots "
    "where schemaname = $1 and tablename = $2"
)
_FORGET = "delete from rs_catalog.external_snapshots where schemaname = $1 and tablename = $2"
_GRACE = "60 seconds"


async def bring_up_to_date(
    schema: str, table: str, database: GlueDatabase, backend: Backend
) -> str:
    """Have an external table show the snapshot that Glue names, or be gone if Glue has it no more.

    Args:
        schema: The external schema.
        table: The table.
        database: Where Glue has it.
        backend: The session's connection; all is done beside its transaction.

    Returns:
        What tells its columns from others; empty if it is gone.

    Raises:
        RedshiftError: It is no table that Redshift reads, or its columns are others and a
            transaction that has read it is still open.
    """
    async with backend.aside() as beside:
        await beside.run(BRIEFLY)
        await beside.rows(_ONE_AT_A_TIME)
        # asked within the lock, so that no session that asked earlier puts back what was
        described = await asyncio.to_thread(database.table, table)
        known = await beside.rows(_KNOWN, schema, table)
        if described is None:
            await _hide(schema, table, known, beside)
            await beside.rows(_FORGET, schema, table)
            return ""
        location = described.metadata_location
        if known and known[0][0] == location:
            return str(known[0][1])  # another session was quicker
        snapshot = await asyncio.to_thread(Snapshot, location, database.aws)
        files = await asyncio.to_thread(snapshot.files)
        for file in files:
            await ensure_loaded(file, snapshot, beside)
        columns = _fingerprint(snapshot.columns)
        function = _function(schema, table, columns)
        are_others = not known or known[0][1] != columns
        if are_others:
            await _hide(schema, table, known, beside)
        await beside.run(await union(function, snapshot.columns, files, beside))
        if are_others:
            await _show(schema, table, function, snapshot.columns, beside)
        await _note(schema, table, location, columns, files, beside)
        await beside.rows("select rs_catalog.sweep_external($1)", _GRACE)
        return columns


async def _show(
    schema: str, table: str, function: str, columns: Sequence[ExternalColumn], beside: Backend
) -> None:
    view = f"{quoted(schema)}.{quoted(table)}"
    fields = ", ".join(
        f"{field(column)}::{column.shown} as {quoted(column.name)}" for column in columns
    )
    await beside.run(f"create view {view} as select {fields} from {function}()")  # noqa: S608 - quoted
    await beside.run(f"grant select on {view} to public")


async def _hide(schema: str, table: str, known: Sequence[tuple[Any, ...]], beside: Backend) -> None:
    """Drop the view and its function, as they are until now."""
    try:
        await beside.run(f"drop view if exists {quoted(schema)}.{quoted(table)}")
        for _, columns in known:
            await beside.run(f"drop function {_function(schema, table, columns)}()")
    except RedshiftError as error:
        if error.sqlstate != LOCKED:
            raise
        raise RedshiftError(
            f"external table {table} has other columns now or is gone, and a transaction that has "
            "read it is still open: end it first",
            LOCKED,
        ) from error


async def _note(
    schema: str, table: str, location: str, columns: str, files: Sequence[DataFile], beside: Backend
) -> None:
    names = [file.table for file in files]
    await beside.rows(
        "insert into rs_catalog.external_snapshots values ($1, $2, $3, $4, $5) "
        "on conflict (schemaname, tablename) do update set "
        "metadata_location = excluded.metadata_location, columns = excluded.columns, "
        "files = excluded.files",
        schema,
        table,
        location,
        columns,
        names,
    )


def _function(schema: str, table: str, columns: str) -> str:
    told = f"{schema}\n{table}\n{columns}"
    return f"rs_catalog.rows_{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _fingerprint(columns: Sequence[ExternalColumn]) -> str:
    return hashlib.sha256(repr(list(columns)).encode()).hexdigest()
