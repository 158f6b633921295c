"""CREATE EXTERNAL SCHEMA and DROP SCHEMA of one.

Both are done beside the session's transaction: the rows of external tables are fetched there,
too, and could not be put into a schema that only the session sees.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.external.beside import BRIEFLY
from deftunes_redshift.external.glue import GlueDatabase
from deftunes_redshift.external.statement import DropSchema, read_create, read_drop
from deftunes_redshift.transfer.target import quoted


async def create_external_schema(
    statement: str, backend: Backend, aws: Aws, session: SessionState
) -> Outcome:
    """Run a CREATE EXTERNAL SCHEMA.

    Raises:
        RedshiftError: It cannot be read, there is such a schema, or no such Glue database.
    """
    create = read_create(statement)
    exists = await backend.rows("select 1 from pg_namespace where nspname = $1", create.name)
    if exists and create.if_not_exists:
        return Outcome("CREATE SCHEMA", [f'Schema "{create.name}" already exists and is skipped'])
    if exists:
        raise RedshiftError(f'schema "{create.name}" already exists', "42P06")
    notices = []
    database = GlueDatabase(aws, create.database)
    if create.create_database:
        made = await asyncio.to_thread(database.create)
        state = "created" if made else "already exists"
        notices.append(f'External database "{create.database}" {state}')
    elif not await asyncio.to_thread(database.exists):
        raise RedshiftError(
            f'database "{create.database}" does not exist in the external catalog', "3D000"
        )
    async with backend.aside() as beside:
        await beside.run(BRIEFLY)
        await beside.run(
            f"create schema {quoted(create.name)} authorization {quoted(session.user)}"
        )
        await beside.rows(
            "insert into rs_catalog.external_schemas values ($1, $2, $3)",
            create.name,
            create.database,
            create.options,
        )
    return Outcome("CREATE SCHEMA", notices)


async def drop_external_schema(
    statement: str, backend: Backend, aws: Aws, session: SessionState
) -> Outcome:
    """Run a DROP SCHEMA that names an external one.

    Raises:
        RedshiftError: It cannot be read, or a schema is not there.
    """
    del session
    drop = read_drop(statement)
    known = dict(
        await backend.rows("select schemaname, databasename from rs_catalog.external_schemas")
    )
    await _drop_others([name for name in drop.names if name not in known], drop, backend)
    external = [name for name in drop.names if name in known]
    async with backend.aside() as beside:
        await beside.run(BRIEFLY)
        for name in external:
            await beside.run(f"drop schema {quoted(name)} cascade")
        for table in (
            "rs_catalog.external_schemas",
            "rs_catalog.external_tables",
            "rs_catalog.external_columns",
            "rs_catalog.external_snapshots",
        ):
            await beside.rows(
                f"delete from {table} where schemaname = any($1)",  # noqa: S608 - our names
                external,
            )
    if drop.drop_database:
        for name in external:
            await asyncio.to_thread(GlueDatabase(aws, known[name]).drop)
    return Outcome("DROP SCHEMA")


async def _drop_others(names: Sequence[str], drop: DropSchema, backend: Backend) -> None:
    """Drop the schemas that are not external."""
    if not names:
        return
    if_exists = "if exists " if drop.if_exists else ""
    how = " cascade" if drop.cascade else ""
    await backend.run(f"drop schema {if_exists}{', '.join(map(quoted, names))}{how}")
