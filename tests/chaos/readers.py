"""What independent readers see of a lake, have seen of it, and whether its files are whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchNamespaceError
from pyiceberg.table import StaticTable, Table

LOADS_OWN = (
    "ingest_on",
    "processing_timestamp",
    "source_from",
    "_quarantine_run_id",
    "_quarantined_at",
)

Row = dict[str, Any]


def read_tables(lake: Path, namespace: str = "default") -> dict[str, list[Row]]:
    """Every table's rows, the load's own columns aside, in the order of their text.

    pyiceberg and DuckDB must agree on them, value by value.
    """
    found: dict[str, list[Row]] = {}
    with _catalog(lake) as catalog, _duckdb().cursor() as database:
        for table in _tables(catalog, namespace):
            rows = _ordered(table.scan().to_arrow().to_pylist())
            assert rows == _ordered(_by_duckdb(database, table.metadata_location)), table.name()
            found[table.name()[-1]] = rows
    return found


def read_shown(lake: Path, namespace: str = "default") -> dict[str, list[list[Row]]]:
    """What readers could see of each table at any moment, each version once, the oldest first.

    Each commit leaves a metadata file that says what was current from then on; the catalog knows
    the last, which names those before.
    """
    found: dict[str, list[list[Row]]] = {}
    with _catalog(lake) as catalog:
        for table in _tables(catalog, namespace):
            shown: dict[int, list[Row]] = {}
            entries = [entry.metadata_file for entry in table.metadata.metadata_log]
            for location in (*entries, table.metadata_location):
                version = StaticTable.from_metadata(location)
                current = version.metadata.current_snapshot_id
                if current is not None and current not in shown:
                    shown[current] = _ordered(version.scan().to_arrow().to_pylist())
            found[table.name()[-1]] = list(shown.values())
    return found


def read_branches(lake: Path, namespaces: tuple[str, ...]) -> set[str]:
    """Names of all tables' branches."""
    with _catalog(lake) as catalog:
        tables = [table for name in namespaces for table in _tables(catalog, name)]
        return {branch for table in tables for branch in table.metadata.refs}


def read_loads(lake: Path) -> dict[str, dict[str, Any]]:
    """What is recorded of runs that had one load each, by their ids."""
    records = [json.loads(file.read_bytes()) for file in lake.glob("landing_zone/_runs/*.json")]
    assert all(len(record["loads"]) == 1 for record in records)
    return {record["run_id"]: record["loads"][0] for record in records}


def journals(lake: Path) -> list[str]:
    """Names of the publications that have begun and are not done."""
    return sorted(file.name for file in lake.glob("_publish/*"))


def assert_files_are_whole(lake: Path) -> None:
    """Every file under its final name can be read, and holds what its run's record says.

    pyiceberg writes those of the results in place: of these, it holds for what is referred to.
    """
    for file in lake.glob("[!_]*/**/*.parquet"):
        if "tables_quality" not in file.parts:
            pq.read_table(file)
    read_tables(lake, "default_quality")
    for file in lake.glob("landing_zone/_runs/*.json"):
        for load in json.loads(file.read_bytes())["loads"]:
            for stream in load["streams"].values():
                rows = [pq.read_metadata(lake / name).num_rows for name in stream["files"]]
                assert sum(rows) == stream["rows_landed"], file
    for file in lake.glob("_publish/*"):
        assert file.suffix == ".json"
        json.loads(file.read_bytes())


def assert_nothing_is_left(lake: Path) -> None:
    """Nothing under way outlives the next load: neither files nor publications."""
    assert list((lake / "_staging").iterdir()) == []
    assert journals(lake) == []


@contextmanager
def _catalog(lake: Path) -> Iterator[Catalog | None]:
    """The lake's catalog; None as long as there is none."""
    if not (lake / "catalog.db").exists():
        yield None
        return
    with load_catalog("default", type="sql", uri=f"sqlite:///{lake}/catalog.db") as catalog:
        yield catalog


def _tables(catalog: Catalog | None, namespace: str) -> list[Table]:
    if catalog is None:
        return []
    try:
        return [catalog.load_table(name) for name in catalog.list_tables(namespace)]
    except NoSuchNamespaceError:
        return []


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    for name in ("avro", "iceberg"):
        database.execute(f"load '{_extension(name)}'")
    database.execute("set global TimeZone = 'UTC'")
    return database


def _by_duckdb(database: duckdb.DuckDBPyConnection, metadata: str) -> list[Row]:
    rows = database.execute(f"from iceberg_scan('{metadata}')").to_arrow_table().to_pylist()
    return list(rows)


def _extension(name: str) -> str:
    """The extension's file of the wheel; it is loaded without an installation."""
    folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
    return str(folder / f"{name}.duckdb_extension")


def _ordered(rows: list[Row]) -> list[Row]:
    kept = ({name: row[name] for name in row if name not in LOADS_OWN} for row in rows)
    return sorted(kept, key=repr)
