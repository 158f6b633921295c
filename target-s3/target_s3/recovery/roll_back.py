"""`--roll-back`: a table shows what it showed before, and it is told what will come again.

`main` moves in one commit, which keeps the loads that it undoes as a property of the table. Their
records are marked, and the quarantine goes back, after that: killed in between, the same command
once more, or a rebuild, completes it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from columnar_target.errors import ConcurrentWriteError, SettingError
from target_s3.commands import Place
from target_s3.faults import foreseen
from target_s3.iceberg.branches import head, move_main
from target_s3.lake.past_loads import PastLoad, mark, past_loads
from target_s3.lake.runs import timestamp
from target_s3.publishing.preparation import STATE_PROPERTY
from target_s3.quality.quarantine import quarantine_namespace
from target_s3.recovery.past import (
    UNDONE_PROPERTY,
    Ancestry,
    Point,
    is_upkeep,
    lineage,
    once_seen,
    summary,
    undone_by,
    undone_last,
)
from target_s3.recovery.roll_back_report import QuarantineMove, RollBackReport, Undone
from target_s3.recovery.workbench import Workbench, workbench


@dataclass(frozen=True)
class RollBack:
    """A roll back of one table.

    Attributes:
        place: The lake.
        table: The table's name.
        to: The snapshot to show; None for the one before the latest load.
        dry_run: Whether it is only told what would be done.
        started: When it began (UTC).
    """

    place: Place
    table: str
    to: int | None
    dry_run: bool
    started: dt.datetime

    def run(self) -> RollBackReport:
        """Move the table's `main`, mark the loads that are undone, and take the quarantine along.

        Returns:
            What was done.

        Raises:
            SettingError: There is no such snapshot to show.
            ConcurrentWriteError: A load was faster.
        """
        settings = self.place.settings
        with (
            foreseen(settings.lake_url, doing="roll back in", kept="Nothing is lost"),
            workbench(self.place, self.started, finish=not self.dry_run) as bench,
        ):
            table = bench.table(self.table)
            loads = past_loads(self.place.storage, settings.runs_path, self.table)
            before, after = self._ends(table, loads)
            undone = self._undone(table, loads, after)
            restored = self._restored(table, loads, after)
            if before != after and not self.dry_run:
                self._move(bench, table, before, after, undone)
            quarantine = self._take_along(bench, undone)
            if not self.dry_run:
                mark(self.place.storage, undone, rolled_back=timestamp(self.started))
                mark(self.place.storage, restored, rolled_back=None)
            return RollBackReport(
                settings.lake_url,
                f"{settings.namespace}.{self.table}",
                self.dry_run,
                Point.of(before),
                Point.of(after),
                [Undone.of(load) for load in undone],
                [Undone.of(load) for load in restored],
                quarantine,
                _state(after),
                _state(before),
                [Point.of(snapshot) for snapshot in once_seen(table)],
            )

    def _ends(self, table: Table, loads: Sequence[PastLoad]) -> tuple[Snapshot, Snapshot]:
        """The snapshot that readers see, and the one that they are to see."""
        now = table.current_snapshot()
        if now is None:
            raise SettingError(f"Table {self.table} has no snapshot yet: there is nothing to undo.")
        choices = {snapshot.snapshot_id: snapshot for snapshot in once_seen(table)}
        last = undone_last(table)
        if self.to is None and any(load.outcome.published for load in loads if load.name in last):
            return now, now  # a roll back was killed: it is completed, not repeated
        if self.to is None:
            own = [each for each in lineage(table, now.snapshot_id) if not is_upkeep(each)]
            parent = own[0].parent_snapshot_id if own else None
            wanted, found = "the one before its last load", choices.get(parent or 0)
        else:
            wanted, found = f"snapshot {self.to}", choices.get(self.to)
        if found is None:
            listed = "; ".join(str(Point.of(choice)) for choice in choices.values())
            raise SettingError(
                f"Table {self.table} cannot go back to {wanted}: readers never saw it, or "
                f"maintenance has expired it. There are, newest first: {listed}. (What is older "
                "can only be read from the source again, or rebuilt from the landing zone.)"
            )
        return now, found

    def _undone(self, table: Table, loads: Sequence[PastLoad], after: Snapshot) -> list[PastLoad]:
        """The loads that count as published, and whose rows readers are not to see."""
        if head(table) == after.snapshot_id:  # only what a killed one has left to do
            last = undone_last(table)
            return [load for load in loads if load.name in last and load.outcome.published]
        standing = [load for load in loads if load.outcome.published]
        return undone_by(standing, table, after)

    @staticmethod
    def _restored(table: Table, loads: Sequence[PastLoad], after: Snapshot) -> list[PastLoad]:
        ancestry = Ancestry(table, after.snapshot_id)
        return [
            load for load in loads if load.outcome.rolled_back is not None and ancestry.has(load)
        ]

    def _move(
        self,
        bench: Workbench,
        table: Table,
        before: Snapshot,
        after: Snapshot,
        undone: Sequence[PastLoad],
    ) -> None:
        try:
            move_main(
                bench.catalog,
                table,
                base=before.snapshot_id,
                snapshot_id=after.snapshot_id,
                branch=None,
                properties={UNDONE_PROPERTY: json.dumps([load.name for load in undone])},
            )
        except CommitFailedException as fault:
            raise ConcurrentWriteError(
                f"A load changed table {self.table} just now, so nothing was rolled back: stop "
                "what loads it, look again with --dry-run, and give --to."
            ) from fault

    def _take_along(self, bench: Workbench, undone: Sequence[PastLoad]) -> QuarantineMove | None:
        """Let the quarantine go back as far as the loads that are undone have changed it last."""
        table = bench.find(quarantine_namespace(self.place.settings), self.table)
        theirs = {load.outcome.quarantine_snapshot_id for load in undone} - {None}
        if table is None:
            return None
        first = None
        for snapshot in lineage(table, head(table)):
            if snapshot.snapshot_id in theirs:
                first = snapshot
            elif not is_upkeep(snapshot):
                break
        if first is None:
            return None
        parent = first.parent_snapshot_id
        target = None if parent is None else table.snapshot_by_id(parent)
        now = head(table) or 0
        if target is None:
            return QuarantineMove(now, None)
        if not self.dry_run:
            try:
                move_main(
                    bench.catalog,
                    table,
                    base=now,
                    snapshot_id=target.snapshot_id,
                    branch=None,
                )
            except CommitFailedException as fault:
                raise ConcurrentWriteError(
                    f"Table {self.table} is rolled back, and a load changed its quarantine just "
                    "now: stop what loads it, and give the same command with --to once more."
                ) from fault
        return QuarantineMove(now, target.snapshot_id)


def _state(snapshot: Snapshot) -> dict[str, Any] | None:
    said = summary(snapshot).get(STATE_PROPERTY)
    return None if said is None else json.loads(said)
