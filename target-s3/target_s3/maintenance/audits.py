"""Audit branches that nobody waits for: of loads that a rule stopped, or that were killed."""

from __future__ import annotations

import datetime as dt

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.refs import SnapshotRefType

from target_s3.iceberg.branches import AUDIT_PROPERTY, drop_branch


def stale_audits(table: Table, *, before: dt.datetime) -> list[str]:
    """The audit branches of a table that are old enough to go.

    Args:
        table: The table.
        before: Those made before this moment.
    """
    limit = before.timestamp() * 1000
    ours = {
        snapshot.summary.additional_properties.get(AUDIT_PROPERTY): snapshot.snapshot_id
        for snapshot in table.snapshots()
        if snapshot.summary is not None and snapshot.timestamp_ms < limit
    }
    return sorted(
        name
        for name, reference in table.metadata.refs.items()
        # a tag or branch of somebody else's may begin with the same word
        if reference.snapshot_ref_type == SnapshotRefType.BRANCH
        and ours.get(name) == reference.snapshot_id
    )


def drop_audits(catalog: Catalog, table: Table, names: list[str]) -> int:
    """Drop audit branches; how many went.

    Args:
        catalog: The table's.
        table: The table; it is refreshed.
        names: Of the branches.
    """
    dropped = 0
    for name in names:
        try:
            drop_branch(catalog, table, name)
        except (CommitFailedException, KeyError):  # others maintain it too
            table.refresh()
        else:
            dropped += 1
    return dropped
