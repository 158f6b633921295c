"""Branches of a table: `main` is what readers see, an audit branch what it may become."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from types import MappingProxyType

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.update import (
    AssertRefSnapshotId,
    AssertTableUUID,
    RemoveSnapshotRefUpdate,
    SetPropertiesUpdate,
    SetSnapshotRefUpdate,
    TableUpdate,
)

ATTEMPTS = 5
AUDIT = "audit_"
"""What the names of branches begin with that a load makes."""

AUDIT_PROPERTY = "target-s3.audit"
"""Of a snapshot: the branch that a load made for it. Others may call theirs alike."""


def head(table: Table) -> int | None:
    """The snapshot that readers see; None before the first."""
    return table.metadata.current_snapshot_id


def free_branch(table: Table, run_id: str) -> str:
    """A name for a run's audit branch: a process of the same run may have left one."""
    name, number = f"{AUDIT}{run_id}", 1
    while name in table.metadata.refs:
        number += 1
        name = f"{AUDIT}{run_id}_{number}"
    return name


def is_published(table: Table, snapshot_id: int) -> bool:
    """Whether what readers see is a snapshot, or descends from it."""
    return descends(table, head(table), snapshot_id)


def descends(table: Table, snapshot_id: int | None, ancestor_id: int) -> bool:
    """Whether a snapshot is another one, or grew out of it."""
    while snapshot_id is not None and snapshot_id != ancestor_id:
        snapshot = table.snapshot_by_id(snapshot_id)
        snapshot_id = None if snapshot is None else snapshot.parent_snapshot_id
    return snapshot_id is not None


def move_main(
    catalog: Catalog,
    table: Table,
    *,
    base: int | None,
    snapshot_id: int,
    branch: str | None,
    properties: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Let readers see another snapshot, and drop the branch that held it; one commit.

    Args:
        catalog: The table's.
        table: The table; it is refreshed.
        base: The snapshot that readers must still see.
        snapshot_id: The one that they see from now on.
        branch: The branch to drop, if any.
        properties: Kept in the table from then on.

    Raises:
        CommitFailedException: Another writer has moved `main`.
    """
    drop = () if branch is None else (_removal(branch),)
    keep = (SetPropertiesUpdate(updates=dict(properties)),) if properties else ()
    show = branch_at(MAIN_BRANCH, snapshot_id)
    _commit(catalog, table, MAIN_BRANCH, base, (show, *drop, *keep))


def drop_branch(catalog: Catalog, table: Table, branch: str) -> None:
    """Forget a branch; its snapshot goes when snapshots are expired.

    Raises:
        CommitFailedException: Another writer has moved it, or dropped it.
    """
    at = table.metadata.refs[branch].snapshot_id
    _commit(catalog, table, branch, at, (_removal(branch),))


def _commit(
    catalog: Catalog, table: Table, branch: str, at: int | None, updates: tuple[TableUpdate, ...]
) -> None:
    """Change references, if a branch is where it was; what happens to others is no conflict."""
    requirements = (
        AssertTableUUID(uuid=table.metadata.table_uuid),
        is_at(branch, at),
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            catalog.commit_table(table, requirements, updates)
        except CommitFailedException:
            table.refresh()
            reference = table.metadata.refs.get(branch)
            if attempt == ATTEMPTS or at != (reference.snapshot_id if reference else None):
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - not a secret
        else:
            table.refresh()
            return


def is_at(branch: str, snapshot_id: int | None) -> AssertRefSnapshotId:
    """The requirement that a branch names a snapshot; None: that there is no such branch."""
    return AssertRefSnapshotId.model_validate({"ref": branch, "snapshot-id": snapshot_id})


def branch_at(branch: str, snapshot_id: int) -> SetSnapshotRefUpdate:
    """The update that lets a branch name a snapshot."""
    return SetSnapshotRefUpdate.model_validate(
        {"ref-name": branch, "type": SnapshotRefType.BRANCH, "snapshot-id": snapshot_id}
    )


def _removal(branch: str) -> RemoveSnapshotRefUpdate:
    return RemoveSnapshotRefUpdate.model_validate({"ref-name": branch})
