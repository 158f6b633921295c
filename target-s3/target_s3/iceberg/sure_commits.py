"""Commits whose answer was lost: they took place or they did not, and the catalog knows."""

from __future__ import annotations

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitStateUnknownException
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.update import AddSnapshotUpdate, TableRequirement, TableUpdate


def make_sure(catalog: Catalog) -> Catalog:
    """Let a commit that seems to have failed be looked up before anyone believes it.

    A service may have done what it was asked for although its answer was lost. Asked once more
    (clients do that by themselves) it reports a conflict with the very commit. Taking that for a
    failure would have its files removed, or its rows appended a second time.

    Args:
        catalog: The catalog; its `commit_table` is another afterwards.
    """
    commit = catalog.commit_table

    def commit_table(
        table: Table,
        requirements: tuple[TableRequirement, ...],
        updates: tuple[TableUpdate, ...],
    ) -> CommitTableResponse:
        try:
            return commit(table, requirements, updates)
        except Exception as fault:
            wanted = {
                update.snapshot.snapshot_id
                for update in updates
                if isinstance(update, AddSnapshotUpdate)
            }
            if not wanted:
                raise
            there = _looked_up(catalog, table, fault)
            if not wanted <= {snapshot.snapshot_id for snapshot in there.snapshots()}:
                raise
            return CommitTableResponse.model_validate(
                {"metadata": there.metadata, "metadata-location": there.metadata_location}
            )

    catalog.commit_table = commit_table  # type: ignore[method-assign]  # of whichever class it is
    return catalog


def _looked_up(catalog: Catalog, table: Table, fault: Exception) -> Table:
    """The table as it is now.

    Raises:
        CommitStateUnknownException: It cannot be seen, so nobody knows.
    """
    try:
        return catalog.load_table(table.name())
    except Exception as blindness:  # noqa: BLE001 - whichever it is, nobody knows
        raise CommitStateUnknownException(
            f"whether table {'.'.join(table.name()[-2:])} took the rows could not be found out "
            f"({type(fault).__name__}, then {type(blindness).__name__})"
        ) from fault
