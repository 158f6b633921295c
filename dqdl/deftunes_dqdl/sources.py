"""Data named on a command line: files, a glob of them, or an Iceberg table."""

from __future__ import annotations

from pathlib import Path

import duckdb

from deftunes_dqdl.errors import DataError
from deftunes_dqdl.sql import literal, quoted
from deftunes_dqdl.table import Relation

_READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv"}


def open_source(connection: duckdb.DuckDBPyConnection, name: str, source: str) -> Relation:
    """Make data known to a connection.

    Args:
        connection: Where they are to be read.
        name: What an Iceberg table is called there.
        source: A path or glob that ends in .parquet, .csv or .tsv (also .csv.gz), or the path of
            an Iceberg table's `*.metadata.json`.

    Raises:
        DataError: There are none, or they are of another kind.
    """
    if source.endswith(".metadata.json"):
        return _open_iceberg(connection, name, source)
    suffix = Path(source.removesuffix(".gz")).suffix
    if suffix not in _READERS:
        raise DataError(
            f"{source} is no data that can be checked: name a .parquet or .csv file, a glob of "
            "them, or an Iceberg table's .metadata.json."
        )
    relation = Relation(f"{_READERS[suffix]}({literal(source)})")
    try:
        connection.execute(f"describe select * from {relation.sql}")
    except duckdb.Error as fault:
        raise DataError(f"{source} cannot be read: {_reason(fault)}.") from fault
    return relation


def _open_iceberg(connection: duckdb.DuckDBPyConnection, name: str, source: str) -> Relation:
    try:
        from pyiceberg.exceptions import NoSuchTableError  # noqa: PLC0415 - not everyone needs it
        from pyiceberg.table import StaticTable  # noqa: PLC0415
    except ImportError as fault:
        raise DataError(
            f"{source} is an Iceberg table: pip install 'deftunes-dqdl[iceberg]' to read one."
        ) from fault
    try:
        rows = StaticTable.from_metadata(source).scan().to_arrow_batch_reader()
    except (OSError, ValueError, NoSuchTableError) as fault:
        raise DataError(
            f"{source} cannot be read as an Iceberg table ({type(fault).__name__})."
        ) from fault
    # a reader is used up by one scan, and there may be several
    view = f"iceberg {name}"
    connection.register("incoming iceberg rows", rows)
    connection.execute(
        f"create temp table {quoted(view)} as from {quoted('incoming iceberg rows')}"
    )
    connection.unregister("incoming iceberg rows")
    return Relation(quoted(view))


def _reason(fault: duckdb.Error) -> str:
    if isinstance(fault, duckdb.IOException):
        return "there is no such file, or it may not be read"
    return f"it is damaged, or of another kind ({type(fault).__name__})"
