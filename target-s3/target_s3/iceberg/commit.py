"""One commit to an Iceberg table: files out, files in, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyiceberg.expressions import AlwaysTrue
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table, Transaction
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update import UpdatesAndRequirements
from pyiceberg.table.update.snapshot import _OverwriteFiles

from target_s3.iceberg.branches import AUDIT_PROPERTY, branch_at, is_at


def replace_files(
    table: Table,
    removed: Sequence[DataFile],
    added: Sequence[DataFile],
    *,
    snapshot_properties: Mapping[str, str],
    branch: str | None = None,
) -> int:
    """Replace data files of a table in one snapshot.

    Args:
        table: The table, as it was when it was read.
        removed: Files that no longer belong to it.
        added: Files that do from now on.
        snapshot_properties: Kept in the snapshot's summary.
        branch: A branch to make, so that `main` stays as it is; None changes `main`.

    Returns:
        The snapshot's id.

    Raises:
        CommitFailedException: Another writer changed the table since it was read.
        ValidationException: The same.
    """
    properties = dict(snapshot_properties)
    with (
        table.transaction() as transaction,
        (
            transaction.update_snapshot(snapshot_properties=properties).overwrite()
            if branch is None
            else _OverwriteAside(transaction, properties, branch)
        ) as snapshot,
    ):
        # any change of the table since it was compared is a conflict, wherever its rows are: an
        # added one may carry a key that this commit inserts, a removed one may be one that it
        # left alone as unchanged
        snapshot.delete_by_predicate(AlwaysTrue())
        for data_file in removed:
            snapshot.delete_data_file(data_file)
        for data_file in added:
            snapshot.append_data_file(data_file)
    return snapshot.snapshot_id


class _OverwriteAside(_OverwriteFiles):
    """Makes a child of `main`'s snapshot and a branch that names it, in one commit.

    pyiceberg writes to a branch that is there, or makes a snapshot that no branch names, which
    the next expiry of snapshots takes away.
    """

    def __init__(self, transaction: Transaction, properties: dict[str, str], branch: str) -> None:
        current = transaction.table_metadata.current_snapshot_id
        properties = {**properties, AUDIT_PROPERTY: branch}
        super().__init__(
            Operation.APPEND if current is None else Operation.OVERWRITE,
            transaction,
            transaction._table.io,  # noqa: SLF001 - as `Transaction.update_snapshot` does
            snapshot_properties=properties,
            branch=None,
        )
        self._name = branch

    def _commit(self) -> UpdatesAndRequirements:
        updates, requirements = super()._commit()
        named = branch_at(self._name, self.snapshot_id)
        if not self._transaction.table_metadata.snapshots:
            return (*updates, named), requirements  # pyiceberg lets nobody ask it for a branch
        return (*updates, named), (*requirements, is_at(self._name, None))
