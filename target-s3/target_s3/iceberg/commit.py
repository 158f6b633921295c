"""One commit to an Iceberg table: files out, files in, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyiceberg.expressions import AlwaysTrue
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table


def replace_files(
    table: Table,
    removed: Sequence[DataFile],
    added: Sequence[DataFile],
    *,
    snapshot_properties: Mapping[str, str],
) -> None:
    """Replace data files of a table in one snapshot.

    Args:
        table: The table, as it was when it was read.
        removed: Files that no longer belong to it.
        added: Files that do from now on.
        snapshot_properties: Kept in the snapshot's summary.

    Raises:
        CommitFailedException: Another writer changed the table since it was read.
        ValidationException: The same.
    """
    with (
        table.transaction() as transaction,
        transaction.update_snapshot(
            snapshot_properties=dict(snapshot_properties)
        ).overwrite() as snapshot,
    ):
        # any change of the table since it was compared is a conflict, wherever its rows are: an
        # added one may carry a key that this commit inserts, a removed one may be one that it
        # left alone as unchanged
        snapshot.delete_by_predicate(AlwaysTrue())
        for data_file in removed:
            snapshot.delete_data_file(data_file)
        for data_file in added:
            snapshot.append_data_file(data_file)
