"""What the floors share: DuckDB's extensions from their wheels, and Iceberg tables beside it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.table import Table

NAMESPACE = "default"


def extension(name: str) -> str:
    """The file of a DuckDB extension; INSTALL would need the network."""
    folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
    return str(folder / f"{name}.duckdb_extension")


def catalog_of(lake: Path) -> Catalog:
    """The SQLite catalog of a lake in a folder."""
    lake.mkdir(parents=True, exist_ok=True)
    return load_catalog(
        "default", type="sql", uri=f"sqlite:///{lake}/catalog.db", warehouse=f"file://{lake}"
    )


def made_table(lake: Path, name: str, schema: pa.Schema) -> Table:
    """A new table."""
    catalog = catalog_of(lake)
    catalog.create_namespace_if_not_exists(NAMESPACE)
    return catalog.create_table((NAMESPACE, name), schema)


def iceberg_copy(database: duckdb.DuckDBPyConnection, rows: str, table: Table, name: str) -> str:
    """Write a query's rows as a file that a table can take as its own.

    DuckDB's own compression is snappy: cheaper to write than the zstd of Iceberg's writers, and
    larger.

    Args:
        database: Where the query's relations live.
        rows: The query; its columns are named as the table's.
        table: The table, for its field ids and its place.
        name: The file's.

    Returns:
        The file's path.
    """
    ids = ", ".join(f'"{field.name}": {field.field_id}' for field in table.schema().fields)
    folder = Path(table.location().removeprefix("file://")) / "data"
    folder.mkdir(parents=True, exist_ok=True)
    path = f"{folder}/{name}.parquet"
    database.execute(f"copy ({rows}) to '{path}' (format parquet, field_ids {{{ids}}})")
    return path
