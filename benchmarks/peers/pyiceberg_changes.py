"""pyiceberg: songs in Arrow files merged into an Iceberg table by `Table.upsert`."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.dataset as ds
from duck import NAMESPACE, catalog_of, made_table


def main(lake: str, files: str) -> None:
    """Merge files of rows into the table `songs`, by `track_id`; make it if there is none.

    Args:
        lake: A folder.
        files: A folder of Arrow files.
    """
    rows = ds.dataset(files, format="ipc").to_table()
    catalog = catalog_of(Path(lake))
    if catalog.table_exists((NAMESPACE, "songs")):
        catalog.load_table((NAMESPACE, "songs")).upsert(rows, join_cols=["track_id"])
    else:
        made_table(Path(lake), "songs", rows.schema).append(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
