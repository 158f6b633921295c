"""What a table holds, whoever wrote it: a hash over its rows that knows no order."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

Content = Mapping[str, str]
"""By table: `<rows> rows, <hash>`."""

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "songs": {
        **dict.fromkeys(
            ("track_id", "title", "song_id", "release", "artist_id", "artist_mbid", "artist_name"),
            "varchar",
        ),
        **dict.fromkeys(("duration", "artist_familiarity", "artist_hotttnesss"), "float"),
        **dict.fromkeys(("year", "track_7digitalid", "shs_perf", "shs_work"), "int"),
    },
    "sessions": {
        "session_id": "varchar",
        "user_id": "varchar",
        "session_start_time": "timestamp",
        "user_agent": "varchar",
        "item_count": "int",
    },
    "session_items": {
        "session_id": "varchar",
        "item_index": "int",
        "user_id": "varchar",
        "session_start_time": "timestamp",
        **dict.fromkeys(("song_id", "song_name", "artist_id", "artist_name"), "varchar"),
        "price": "decimal(10, 2)",
        "currency": "varchar",
        "liked": "boolean",
        "liked_since": "timestamp",
    },
}
"""The source's columns, and the types in which all results are compared."""


def fingerprints(tables: Mapping[str, str], like: Content) -> Content:
    """Read tables and hash their rows.

    Args:
        tables: What to read, in DuckDB's SQL, by the table's name.
        like: The tables that are asked for.
    """
    return {name: fingerprint(tables[name], name) for name in like}


def fingerprint(relation: str | pa.RecordBatchReader, table: str) -> str:
    """Count and hash the rows of one relation, over the source's columns and in their types.

    Args:
        relation: What to read: DuckDB's SQL, or Arrow as it comes.
        table: Whose columns it has.
    """
    if not isinstance(relation, str):
        _database().register("given", relation)
        relation = "given"
    values = ", ".join(_canonical(name, kind) for name, kind in COLUMNS[table].items())
    row = (
        _database()
        .execute(
            # a sum, not an exclusive or, in which a row that is there twice would vanish
            f"select count(*), coalesce(sum(hash({values})::hugeint), 0) from {relation}"
        )
        .fetchone()
    )
    count, total = row or (0, 0)
    return f"{count:,} rows, {total % 2**64:016x}"


def _canonical(name: str, kind: str) -> str:
    # by way of text, for DuckDB makes another float of a decimal than of its digits
    return (
        f"cast(cast({name} as varchar) as float)" if kind == "float" else f"cast({name} as {kind})"
    )


def iceberg(lake: Path, namespace: str, table: str) -> str:
    """An Iceberg table as DuckDB's own reader sees it.

    Args:
        lake: With a SQLite catalog, or without any (then the latest metadata counts).
        namespace: The table's.
        table: Its name.
    """
    return f"iceberg_scan('{_metadata(lake, namespace, table)}')"


def _metadata(lake: Path, namespace: str, table: str) -> str:
    catalog = lake / "catalog.db"
    if not catalog.exists():
        versions = (lake / namespace / table / "metadata").glob("*.metadata.json")
        return str(max(versions, key=lambda path: path.name))
    with sqlite3.connect(catalog) as connection:
        (location,) = connection.execute(
            "select metadata_location from iceberg_tables "
            "where table_namespace = ? and table_name = ?",
            [namespace, table],
        ).fetchone()
    connection.close()
    return str(location)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    for name in ("avro", "iceberg"):
        folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
        database.execute(f"load '{folder / name}.duckdb_extension'")
    database.execute("set TimeZone = 'UTC'")
    database.execute("set memory_limit = '2GB'")
    # a contestant's files have the same paths in each turn: what was in them before must not count
    database.execute("set enable_external_file_cache = false")
    return database
