"""The floor: DuckDB alone reads PostgreSQL and writes Parquet; pyiceberg only names the file."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from duck import extension, iceberg_copy, made_table


def main(dsn: str, folder: str, kind: str) -> None:
    """Copy the table.

    Args:
        dsn: A `postgresql://` URL.
        folder: Where the result goes.
        kind: `iceberg`, or `parquet` for the file alone.
    """
    database = duckdb.connect()
    database.execute(f"load '{extension('postgres_scanner')}'")
    database.execute(f"attach '{dsn}' as source (type postgres, read_only)")
    # without it, DuckDB keeps all rows to write them in their order
    database.execute("set preserve_insertion_order = false")
    songs = "select * from source.deftunes.songs"
    if kind == "parquet":
        database.execute(f"copy ({songs}) to '{folder}/songs.parquet' (format parquet)")
        return
    schema = database.execute(f"{songs} limit 0").to_arrow_table().schema
    table = made_table(Path(folder) / "lake", "songs", schema)
    table.add_files([iceberg_copy(database, songs, table, "first")], check_duplicate_files=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
