"""A table's past: the snapshots that readers saw, and which loads they have."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from target_s3.lake.past_loads import PastLoad
from target_s3.lake.runs import timestamp
from target_s3.publishing.preparation import RUN_ID_PROPERTY

MAINTENANCE = "target-s3.maintenance"
"""In the summary of a snapshot whose rows are those of the one before."""

UNDONE_PROPERTY = "target-s3.rolled-back"
"""A table's property: run and start of each load that the last roll back has undone."""


@dataclass(frozen=True)
class Point:
    """A snapshot that readers see or saw.

    Attributes:
        snapshot_id: Its id.
        time: When it was made (UTC).
        run_id: The run that made it, as far as it says.
        rows: How many rows it has, as far as it says.
    """

    snapshot_id: int
    time: str
    run_id: str | None
    rows: int | None

    @classmethod
    def of(cls, snapshot: Snapshot) -> Point:
        """A snapshot in short."""
        said, rows = summary(snapshot), summary(snapshot).get("total-records")
        return cls(
            snapshot.snapshot_id,
            time_of(snapshot),
            said.get(RUN_ID_PROPERTY),
            None if rows is None else int(rows),
        )

    def __str__(self) -> str:
        rows = "" if self.rows is None else f", {self.rows} rows"
        return f"{self.snapshot_id} ({self.time}, run {self.run_id or 'unknown'}{rows})"


def summary(snapshot: Snapshot | None) -> Mapping[str, str]:
    """What a snapshot says of itself."""
    if snapshot is None or snapshot.summary is None:
        return {}
    return snapshot.summary.additional_properties


def time_of(snapshot: Snapshot) -> str:
    """When a snapshot was made, as records write it."""
    return timestamp(dt.datetime.fromtimestamp(snapshot.timestamp_ms / 1000, dt.timezone.utc))


def is_upkeep(snapshot: Snapshot) -> bool:
    """Whether a snapshot has the rows of the one before."""
    return MAINTENANCE in summary(snapshot)


def lineage(table: Table, snapshot_id: int | None) -> Iterator[Snapshot]:
    """A snapshot and those that it grew out of, as far as they are still there; newest first."""
    snapshot = None if snapshot_id is None else table.snapshot_by_id(snapshot_id)
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parent_snapshot_id
        snapshot = None if parent is None else table.snapshot_by_id(parent)


def once_seen(table: Table) -> list[Snapshot]:
    """The snapshots that readers see or saw, as far as they are still there; newest first.

    Others were checked and never published, or are about to be.
    """
    head = table.metadata.current_snapshot_id
    seen = {entry.snapshot_id for entry in table.metadata.snapshot_log}
    seen |= {snapshot.snapshot_id for snapshot in lineage(table, head)}
    there = [snapshot for snapshot in table.snapshots() if snapshot.snapshot_id in seen]
    return sorted(there, key=lambda snapshot: snapshot.sequence_number or 0, reverse=True)


def undone_by(loads: Iterable[PastLoad], table: Table, snapshot: Snapshot) -> list[PastLoad]:
    """The loads whose rows a snapshot does not have.

    Args:
        loads: Loads that were published.
        table: The table.
        snapshot: One of its snapshots.
    """
    there = {each.snapshot_id for each in table.snapshots()}
    ids = {ancestor.snapshot_id for ancestor in lineage(table, snapshot.snapshot_id)}
    return [
        load
        for load in loads
        # of one whose snapshot has been expired since, its time tells
        if (load.seen_at not in ids if load.seen_at in there else load.place > time_of(snapshot))
    ]


def undone_last(table: Table) -> set[tuple[str, str]]:
    """The names of the loads that the last roll back of a table has undone."""
    said = json.loads(table.properties.get(UNDONE_PROPERTY, "[]"))
    return {(run_id, started) for run_id, started in said}
