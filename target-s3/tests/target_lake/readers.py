"""What two readers, which share no code, see of a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa
from pyiceberg.table import Table

from .lakes import LOAD_COLUMNS

Row = dict[str, Any]


def by_pyiceberg(table: Table) -> list[Row]:
    return _rows(table, table.scan().to_arrow())


def by_duckdb(table: Table) -> list[Row]:
    """By DuckDB's own Iceberg reader; it numbers names that differ in case only."""
    query = f"select * from iceberg_scan('{table.metadata_location}')"
    return _rows(table, duckdb_with_iceberg().execute(query).to_arrow_table())


READERS: dict[str, Callable[[Table], list[Row]]] = {
    "pyiceberg": by_pyiceberg,
    "duckdb": by_duckdb,
}


@cache
def duckdb_with_iceberg() -> duckdb.DuckDBPyConnection:
    """DuckDB with the extension files of the wheels, loaded without an installation."""
    database = duckdb.connect()
    for name in ("avro", "iceberg"):
        database.execute(f"load '{_extension(name)}'")
    database.execute("set TimeZone = 'UTC'")
    return database


def _extension(name: str) -> str:
    folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
    return str(folder / f"{name}.duckdb_extension")


def _rows(table: Table, read: pa.Table) -> list[Row]:
    """Rows by the table's own names, in the order of their text, the load's columns aside."""
    names = table.schema().column_names
    assert len(names) == read.num_columns
    columns = [column.to_pylist() for column in read.columns]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    kept = [{name: row[name] for name in row if name not in LOAD_COLUMNS} for row in rows]
    return sorted(kept, key=repr)
