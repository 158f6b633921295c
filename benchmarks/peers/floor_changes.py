"""The floor of a merge: DuckDB compares, writes the table anew if anything differs; one commit."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

import duckdb
import pyarrow.dataset as ds
from duck import NAMESPACE, catalog_of, iceberg_copy, made_table
from pyiceberg.expressions import AlwaysTrue


def main(lake: str, files: str) -> None:
    """Merge files of rows into the table `songs`, by `track_id`; make it if there is none.

    Args:
        lake: A folder.
        files: A folder of Arrow files.
    """
    database = duckdb.connect()
    database.execute("set preserve_insertion_order = false")
    arriving = ds.dataset(files, format="ipc")
    database.register("arriving", arriving)
    catalog = catalog_of(Path(lake))
    if not catalog.table_exists((NAMESPACE, "songs")):
        table = made_table(Path(lake), "songs", arriving.schema)
        table.add_files([iceberg_copy(database, "select * from arriving", table, "first")])
        return
    table = catalog.load_table((NAMESPACE, "songs"))
    there = [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]
    database.execute(f"create view there as select * from read_parquet({there})")
    names = [field.name for field in table.schema().fields]
    differs = " or ".join(f"old.{name} is distinct from new.{name}" for name in names)
    database.execute(
        f"create table changed as select new.* from arriving as new left join there as old "
        f"on old.track_id = new.track_id where {differs}"
    )
    if database.execute("select count(*) from changed").fetchone() == (0,):
        return
    rows = "select * from there anti join changed using (track_id) union all from changed"
    file = iceberg_copy(database, rows, table, str(uuid.uuid4()))
    with table.transaction() as transaction:
        transaction.delete(AlwaysTrue())
        transaction.add_files([file])


if __name__ == "__main__":
    main(*sys.argv[1:])
