"""Commits whose answer was lost: they took place or they did not, and the catalog knows."""

from __future__ import annotations

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update import (
    AddSnapshotUpdate,
    AssertRefSnapshotId,
    SetSnapshotRefUpdate,
    TableRequirement,
    TableUpdate,
)

from target_s3.iceberg.branches import descends, is_published


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
            added = [u.snapshot for u in updates if isinstance(u, AddSnapshotUpdate)]
            shown = [
                update.snapshot_id
                for update in updates
                if isinstance(update, SetSnapshotRefUpdate) and update.ref_name == MAIN_BRANCH
            ]
            if not (added or shown):
                raise
            there = _looked_up(catalog, table, fault)
            if not _took_place(there, added, shown, _main_required(requirements)):
                if _number_is_taken(fault, there, added):
                    raise CommitFailedException("another branch was first") from fault
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


def _main_required(requirements: tuple[TableRequirement, ...]) -> int | None:
    """The snapshot that a commit requires readers to see until then."""
    for requirement in requirements:
        if isinstance(requirement, AssertRefSnapshotId) and requirement.ref == MAIN_BRANCH:
            return requirement.snapshot_id
    return None


def _took_place(there: Table, added: list[Snapshot], shown: list[int], base: int | None) -> bool:
    """Whether the table has a commit's snapshots, and readers have seen what it shows them."""
    has_all = {snapshot.snapshot_id for snapshot in added} <= {
        snapshot.snapshot_id for snapshot in there.snapshots()
    }
    return has_all and all(_was_shown(there, snapshot_id, base) for snapshot_id in shown)


def _was_shown(there: Table, snapshot_id: int, base: int | None) -> bool:
    """Whether readers came from one snapshot to another."""
    if base is not None and descends(there, base, snapshot_id):  # back to an earlier one
        return is_published(there, snapshot_id) and not is_published(there, base)
    return is_published(there, snapshot_id)


def _number_is_taken(fault: Exception, there: Table, added: list[Snapshot]) -> bool:
    """Whether pyiceberg takes a conflict with another branch for a wrong value.

    Snapshots of all branches are numbered in one row. Where another writer, on a branch of its
    own, was first to take a number, nothing that the commit requires has changed.
    """
    taken = {snapshot.sequence_number for snapshot in there.snapshots()}
    return isinstance(fault, ValueError) and any(
        snapshot.sequence_number in taken for snapshot in added
    )
