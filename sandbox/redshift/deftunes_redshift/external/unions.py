"""The rows of data files as tables, and the function that is the union of a snapshot's."""

from __future__ import annotations

from collections.abc import Sequence

from deftunes_redshift.backend import Backend
from deftunes_redshift.external.snapshots import DataFile, Snapshot
from deftunes_redshift.external.types import ExternalColumn
from deftunes_redshift.transfer.target import quoted


async def ensure_loaded(file: DataFile, snapshot: Snapshot, beside: Backend) -> None:
    """Have a file's rows in a table, such that every transaction sees them."""
    if await _columns_of(file, beside):
        return
    name = _name(file)
    columns = ", ".join(f"{field(column)} {column.stored}" for column in snapshot.columns)
    await beside.run(f"create unlogged table {name} ({columns})")
    await beside.run(f"grant select on {name} to public")
    await beside.copy_in(
        f"copy {name} from stdin (format csv, freeze, encoding 'utf8')", snapshot.rows(file)
    )
    await beside.run(f"analyze {name}")


async def _columns_of(file: DataFile, beside: Backend) -> set[str]:
    found = await beside.rows(
        "select attname::text from pg_attribute "
        "where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
        _name(file),
    )
    return {name for (name,) in found}


async def union(
    function: str, columns: Sequence[ExternalColumn], files: Sequence[DataFile], beside: Backend
) -> str:
    """Define the function that gives files' rows; a column younger than a file is null in it."""
    parts = []
    for file in files:
        has = await _columns_of(file, beside)
        fields = ", ".join(
            f"{field(column) if field(column) in has else 'null'}::{column.stored}"
            for column in columns
        )
        parts.append(f"select {fields} from {_name(file)}")  # noqa: S608 - names that we made
    if not parts:
        nothing = ", ".join(f"null::{column.stored}" for column in columns)
        parts.append(f"select {nothing} where false")
    returned = ", ".join(f"{field(column)} {column.stored}" for column in columns)
    return (
        f"create or replace function {function}() returns table ({returned}) "
        f"language sql stable rows 1000000 as $${' union all '.join(parts)}$$"
    )


def field(column: ExternalColumn) -> str:
    """Where a column is kept: by its number, for its name may change."""
    return f"f{column.id}"


def _name(file: DataFile) -> str:
    return f"rs_catalog.{quoted(file.table)}"
