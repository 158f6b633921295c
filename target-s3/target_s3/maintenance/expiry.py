"""Snapshots that nobody uses any more."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterable
from itertools import pairwise

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import AssertRefSnapshotId, UpdatesAndRequirements
from pyiceberg.table.update.snapshot import ExpireSnapshots

ATTEMPTS = 5


def expirable(
    metadata: TableMetadata,
    *,
    before: dt.datetime,
    keep: Collection[int],
    without: Collection[str] = (),
) -> list[int]:
    """The snapshots that have been out of use since before a moment.

    What counts is when a snapshot was replaced, not when it was made: the one that was current
    until a minute ago may be a month old, and a reader that opened it then is still at work.

    Args:
        metadata: The table's metadata.
        before: The moment.
        keep: Ids of snapshots that stay in any case, as those of branches and tags do.
        without: Branches to be taken for gone.
    """
    named = (ref.snapshot_id for name, ref in metadata.refs.items() if name not in without)
    kept = {*keep, *named}
    limit = before.timestamp() * 1000
    return [
        snapshot_id
        for snapshot_id, replaced in _replaced_at(metadata).items()
        if replaced < limit and snapshot_id not in kept
    ]


def expire(
    table: Table, *, before: dt.datetime, keep: Collection[int], logger: logging.Logger
) -> int | None:
    """Take snapshots out of a table's metadata; their files stay for now.

    Args:
        table: The table; it is refreshed where another writer was first.
        before: Snapshots out of use since before this moment go.
        keep: Ids of snapshots that stay in any case.
        logger: Where a repeated attempt is told.

    Returns:
        How many went; None if other writers were faster every time.
    """
    for _ in range(ATTEMPTS):
        expired = expirable(table.metadata, before=before, keep=keep)
        if not expired:
            return 0
        try:
            _ExpireIfUnmoved(Transaction(table, autocommit=True), expired).commit()
        except (CommitFailedException, ValueError) as fault:
            # ValueError: other maintenance expired the same snapshots
            logger.debug("Expiring snapshots of %s again: %s", table.name()[-1], fault)
            table.refresh()
        else:
            return len(expired)
    return None


class _ExpireIfUnmoved(ExpireSnapshots):
    """Expires nothing if a branch or a tag has moved: pyiceberg would remove it as well."""

    def __init__(self, transaction: Transaction, expired: Iterable[int]) -> None:
        super().__init__(transaction)
        # `by_ids` copies the whole metadata twice for each
        self._snapshot_ids_to_expire = set(expired)

    def _commit(self) -> UpdatesAndRequirements:
        updates, requirements = super()._commit()
        references = self._transaction.table_metadata.refs
        return updates, (
            *requirements,
            *(
                AssertRefSnapshotId.model_validate(
                    {"ref": name, "snapshot-id": reference.snapshot_id}
                )
                for name, reference in references.items()
            ),
        )


def _replaced_at(metadata: TableMetadata) -> dict[int, int]:
    """When each snapshot went out of use: a child followed it, or another became current.

    One that was never followed counts from its making. In milliseconds since 1970.
    """
    moments = {snapshot.snapshot_id: snapshot.timestamp_ms for snapshot in metadata.snapshots}
    successions = [
        *((made.parent_snapshot_id, made.timestamp_ms) for made in metadata.snapshots),
        *((a.snapshot_id, b.timestamp_ms) for a, b in pairwise(metadata.snapshot_log)),
    ]
    for snapshot_id, moment in successions:
        if snapshot_id in moments:
            moments[snapshot_id] = max(moments[snapshot_id], moment)
    return moments
