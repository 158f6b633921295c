"""What two independent readers see of a lake, and whether its files are whole."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchNamespaceError

LOAD_COLUMNS = ("ingest_on", "processing_timestamp", "source_from")

Row = dict[str, Any]


def read_tables(lake: Path, namespace: str = "default") -> dict[str, list[Row]]:
    """Every table's rows, the load's own columns aside, in the order of their text.

    pyiceberg and DuckDB must agree on them, value by value.
    """
    if not (lake / "catalog.db").exists():
        return {}
    found: dict[str, list[Row]] = {}
    with (
        load_catalog("default", type="sql", uri=f"sqlite:///{lake}/catalog.db") as catalog,
        _duckdb() as database,
    ):
        try:
            identifiers = catalog.list_tables(namespace)
        except NoSuchNamespaceError:
            return {}
        for identifier in identifiers:
            table = catalog.load_table(identifier)
            rows = _ordered(table.scan().to_arrow().to_pylist())
            assert rows == _ordered(_by_duckdb(database, table.metadata_location)), identifier
            found[identifier[-1]] = rows
    return found


def assert_files_are_whole(lake: Path) -> None:
    """Every file under its final name can be read, and holds what its run's record says."""
    for file in lake.glob("[!_]*/**/*.parquet"):
        pq.read_table(file)
    for file in lake.glob("landing_zone/_runs/*"):
        for load in json.loads(file.read_bytes())["loads"]:
            for stream in load["streams"].values():
                rows = [pq.read_metadata(lake / name).num_rows for name in stream["files"]]
                assert sum(rows) == stream["rows_landed"], file


def assert_nothing_is_left(lake: Path) -> None:
    """No file under way outlives the next load."""
    assert list((lake / "_staging").iterdir()) == []


def _duckdb() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    for name in ("avro", "iceberg"):
        database.execute(f"load '{_extension(name)}'")
    database.execute("set TimeZone = 'UTC'")
    return database


def _by_duckdb(database: duckdb.DuckDBPyConnection, metadata: str) -> list[Row]:
    rows = database.execute(f"from iceberg_scan('{metadata}')").to_arrow_table().to_pylist()
    return list(rows)


def _extension(name: str) -> str:
    """The extension's file of the wheel; it is loaded without an installation."""
    folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
    return str(folder / f"{name}.duckdb_extension")


def _ordered(rows: list[Row]) -> list[Row]:
    kept = ({name: row[name] for name in row if name not in LOAD_COLUMNS} for row in rows)
    return sorted(kept, key=repr)
