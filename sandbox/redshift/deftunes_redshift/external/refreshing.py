"""Before a statement reads external tables: each shows the snapshot that Glue names now."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from deftunes_redshift.backend import Aws, Backend
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.external import listing
from deftunes_redshift.external.glue import GlueDatabase

Name = tuple[str | None, str]
"""A relation's schema, if a statement names it, and its name."""


async def refresh(names: Collection[Name], backend: Backend, aws: Aws) -> str:
    """Bring what a statement names up to date, and nothing else.

    Args:
        names: The relations that it names. External tables are among them only with their schema,
            for Redshift does not look for them along the search path.
        backend: The session's connection; what changes is committed beside its transaction.
        aws: Where Glue and S3 are.

    Returns:
        What tells the columns and the snapshots of the external tables from what they were before;
        empty if none is named. A statement that was prepared when it was another must be prepared
        anew: PostgreSQL's own plan of it may have the rows of the snapshot before.

    Raises:
        RedshiftError: Glue or S3 refuse, or a table is none that Redshift reads.
    """
    if any(listing.is_list(name) for _, name in names):
        await listing.refresh(backend, aws)
    schemas = sorted({schema for schema, _ in names if schema is not None})
    if not schemas:
        return ""
    databases = dict(
        await backend.rows(
            "select schemaname, databasename from rs_catalog.external_schemas "
            "where schemaname = any($1)",
            schemas,
        )
    )
    found = [
        await _refresh_table(schema, name, GlueDatabase(aws, databases[schema]), backend)
        for schema, name in sorted({name for name in names if name[0] in databases}, key=str)
        if schema is not None
    ]
    return " ".join(found)


async def _refresh_table(schema: str, name: str, database: GlueDatabase, backend: Backend) -> str:
    table, known = await asyncio.gather(
        asyncio.to_thread(database.table, name), _known(schema, name, backend)
    )
    if table is None and known is None:
        return ""  # PostgreSQL says that there is no such relation
    location = "" if table is None else table.metadata_location
    if known is not None and known[0] == location:
        return f"{location} {known[1]}"
    # importing pyiceberg takes most of a second, which only those pay who need it
    from deftunes_redshift.external.shadows import bring_up_to_date  # noqa: PLC0415
    from deftunes_redshift.external.snapshots import UNREADABLE  # noqa: PLC0415

    try:
        return f"{location} {await bring_up_to_date(schema, name, database, backend)}"
    except UNREADABLE as error:
        raise RedshiftError(f"external table {schema}.{name} cannot be read: {error}") from error


async def _known(schema: str, name: str, backend: Backend) -> tuple[str, str] | None:
    found = await backend.rows(
        "select metadata_location, columns from rs_catalog.external_snapshots "
        "where schemaname = $1 and tablename = $2",
        schema,
        name,
    )
    return None if not found else (found[0][0], found[0][1])
