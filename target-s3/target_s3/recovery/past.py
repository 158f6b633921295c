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

RECOVERY_PROPERTY = "target-s3.recovery"
"""In the summary of a snapshot that a rebuild made."""

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


class Ancestry:
    """What a snapshot has grown out of, to ask for many loads.

    Args:
        table: The table.
        snapshot_id: One of its snapshots; None for what readers see.
    """

    def __init__(self, table: Table, snapshot_id: int | None = None) -> None:
        line = list(lineage(table, snapshot_id or table.metadata.current_snapshot_id))
        self._there = {each.snapshot_id: each for each in table.snapshots()}
        self._ids = {each.snapshot_id for each in line}
        # where a snapshot between was expired, an older one may be an ancestor all the same
        self._known_from = (line[-1].sequence_number or 0) if line else 0

    def knows(self, load: PastLoad) -> bool:
        """Whether the snapshot with a load's rows is still there."""
        return load.seen_at in self._there

    def has(self, load: PastLoad) -> bool:
        """Whether a load's rows are surely in it."""
        return load.seen_at in self._ids

    def lacks(self, load: PastLoad) -> bool:
        """Whether a load's rows are surely not in it."""
        seen = self._there.get(load.seen_at or 0)
        if seen is None or self.has(load) or not self._ids:
            return False
        return (seen.sequence_number or 0) > self._known_from


def undone_by(loads: Iterable[PastLoad], table: Table, snapshot: Snapshot) -> list[PastLoad]:
    """The loads whose rows a snapshot does not have.

    Args:
        loads: Loads that were published.
        table: The table.
        snapshot: One of its snapshots.
    """
    ancestry, made = Ancestry(table, snapshot.snapshot_id), time_of(snapshot)
    return [
        load
        for load in loads
        # of one whose snapshot has been expired since, its time tells
        if (ancestry.lacks(load) if ancestry.knows(load) else load.place > made)
    ]


def undone_last(table: Table) -> set[tuple[str, str]]:
    """The names of the loads that the last roll back of a table has undone."""
    said = json.loads(table.properties.get(UNDONE_PROPERTY, "[]"))
    return {(run_id, started) for run_id, started in said}
