"""What SVV_EXTERNAL_TABLES and SVV_EXTERNAL_COLUMNS list: all tables of the Glue databases."""

from __future__ import annotations

import asyncio
import json

from deftunes_redshift.backend import Aws, Backend
from deftunes_redshift.external.glue import GlueDatabase, GlueTable

_LISTS = (
    "svv_external_tables",
    "svv_external_columns",
    "svv_tables",
    "svv_columns",
    "svv_all_tables",
    "svv_all_columns",
)


def is_list(relation: str) -> bool:
    """Whether a system view lists external tables."""
    return relation in _LISTS


async def refresh(backend: Backend, aws: Aws) -> None:
    """List the tables of every external schema anew."""
    schemas = await backend.rows(
        "select schemaname, databasename from rs_catalog.external_schemas order by schemaname"
    )
    tables = [
        (schema, table)
        for schema, database in schemas
        for table in await asyncio.to_thread(list, GlueDatabase(aws, database).tables())
    ]
    if await _is_listed(tables, backend):
        return  # a client that looks tables up does so many times a minute
    async with backend.aside() as beside:
        # those who list at the same time would find each other's rows
        await beside.run("lock table rs_catalog.external_tables in share row exclusive mode")
        await beside.run("delete from rs_catalog.external_tables")
        await beside.run("delete from rs_catalog.external_columns")
        for schema, table in tables:
            await _list(schema, table, beside)


async def _is_listed(tables: list[tuple[str, GlueTable]], backend: Backend) -> bool:
    listed = await backend.rows(
        "select t.schemaname, t.tablename, t.location, t.parameters, array_to_json(array("
        "select array[c.columnname, c.external_type] from rs_catalog.external_columns as c "
        "where (c.schemaname, c.tablename) = (t.schemaname, t.tablename) order by c.columnnum"
        ")) from rs_catalog.external_tables as t"
    )
    return sorted(map(list, listed)) == sorted(
        [
            schema,
            table.name,
            table.location,
            json.dumps(table.parameters),
            json.dumps(list(table.columns.items()), separators=(",", ":")),
        ]
        for schema, table in tables
    )


async def _list(schema: str, table: GlueTable, beside: Backend) -> None:
    await beside.rows(
        "insert into rs_catalog.external_tables (schemaname, tablename, location, parameters) "
        "values ($1, $2, $3, $4)",
        schema,
        table.name,
        table.location,
        json.dumps(table.parameters),
    )
    await beside.rows(
        "insert into rs_catalog.external_columns "
        "(schemaname, tablename, columnname, external_type, columnnum) "
        "select $1, $2, name, type, place from unnest($3::text[], $4::text[]) "
        "with ordinality as of (name, type, place)",
        schema,
        table.name,
        list(table.columns),
        list(table.columns.values()),
    )
