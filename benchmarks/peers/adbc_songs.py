"""Another floor: ADBC reads PostgreSQL as Arrow, pyiceberg writes it."""

from __future__ import annotations

import sys
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc  # type: ignore[import-untyped]  # ships no types
from duck import made_table


def main(dsn: str, folder: str) -> None:
    """Append the table's rows as they come.

    Args:
        dsn: A `postgresql://` URL.
        folder: Where the lake goes.
    """
    with adbc.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("select * from deftunes.songs")
        rows = cursor.fetch_record_batch()
        made_table(Path(folder) / "lake", "songs", rows.schema).append(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
