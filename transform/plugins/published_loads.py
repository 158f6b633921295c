"""What target-s3's run records say was published, as a table in the warehouse.

Landing holds every version that ever arrived, rows of loads that failed, and rows that came
after the last state of a tap that died. The records tell them apart.
"""

# ruff: noqa: INP001 - a module beside the plugin, found by its name in this folder.

from __future__ import annotations

import re
from pathlib import Path

import duckdb
from dbt_common.exceptions import DbtRuntimeError

RECORDS = "landing_zone/_runs"
"""Folder of the run records below the lake."""

QUERY = """
select
    outcome."table" as table_name,
    row_number() over (order by load.ended asc, load.started asc) as load_number,
    cast(load.started as timestamptz) at time zone 'UTC' as started,
    cast(load.ended as timestamptz) at time zone 'UTC' as ended,
    list_transform(outcome.files, lambda file: {lake} || '/' || file) as files,
    outcome.rows_merged
from (
    select
        load,
        unnest(map_values(load.streams)) as outcome
    from (
        select unnest(loads) as load
        from read_json(
            [{records}],
            columns = {{
                loads: 'struct(
                    started varchar,
                    ended varchar,
                    streams map(varchar, struct(
                        "table" varchar,
                        files varchar[],
                        rows_merged bigint,
                        published boolean
                    ))
                )[]'
            }}
        )
    )
)
where outcome.published
"""


def published_loads(lake: Path) -> str | None:
    """A query for each published load of each table, oldest first.

    Args:
        lake: Folder of the lake.

    Returns:
        SQL with the columns `table_name`, `load_number`, `started` and `ended` (UTC), `files`
        (whole paths in the order of arrival) and `rows_merged` (how many of the files' rows,
        from the first, were published); None before the first load.
    """
    records = sorted((lake / RECORDS).glob("*.json"))
    if not records:
        return None
    # DuckDB would take these for wildcards, also in the name of a folder.
    names = ", ".join(literal(re.sub(r"([*?\[])", r"[\1]", str(name))) for name in records)
    return QUERY.format(lake=literal(str(lake)), records=names)


def create_published_loads(
    connection: duckdb.DuckDBPyConnection, relation: str, lake: Path, *, otherwise: str
) -> None:
    """Write the published loads down.

    Args:
        connection: The warehouse.
        relation: Name of the table to make or replace.
        lake: Folder of the lake.
        otherwise: Query for the table's rows before the first load.

    Raises:
        DbtRuntimeError: A run record cannot be read.
    """
    try:
        connection.execute(
            f"create or replace table {relation} as {published_loads(lake) or otherwise}"
        )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DbtRuntimeError(
            f"a run record below {lake / RECORDS} cannot be read ({reason}): "
            "it is written by target-s3, move a damaged one away"
        ) from error


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"
