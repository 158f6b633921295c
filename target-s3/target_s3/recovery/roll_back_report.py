"""What a roll back did, or would do, and what will come again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from target_s3.lake.past_loads import PastLoad
from target_s3.recovery.past import Point


@dataclass(frozen=True)
class Undone:
    """A load whose rows readers do not see any more, or see again.

    Attributes:
        run_id: Its run.
        started: When it began.
        inserted: Rows that it inserted.
        updated: Rows that it updated.
        deleted: Rows that it removed or marked.
        withheld: Rows that it set aside.
        replay: Whether it was a replay.
    """

    run_id: str
    started: str
    inserted: int
    updated: int
    deleted: int
    withheld: int
    replay: bool

    @classmethod
    def of(cls, load: PastLoad) -> Undone:
        """A load in short."""
        done = load.outcome
        return cls(
            load.run_id,
            load.started,
            done.inserted,
            done.updated,
            done.deleted,
            done.withheld,
            done.replay,
        )

    def __str__(self) -> str:
        return (
            f"run {self.run_id} of {self.started}{' (a replay)' if self.replay else ''}: "
            f"{self.inserted} inserted, {self.updated} updated, {self.deleted} deleted, "
            f"{self.withheld} set aside"
        )


@dataclass(frozen=True)
class QuarantineMove:
    """The quarantine's `main`, as it goes back with its table's.

    Attributes:
        before: Its snapshot until then.
        after: Its snapshot from then on; None if there is none to go back to.
    """

    before: int
    after: int | None


@dataclass(frozen=True)
class RollBackReport:
    """What a roll back did.

    Attributes:
        lake_url: The lake.
        table: The table, with its namespace.
        dry_run: Whether nothing was done.
        before: What readers saw.
        after: What they see.
        undone: Loads that do not count any more.
        restored: Loads that had been undone and count again.
        quarantine: What became of the table's quarantine, if it has to do with it.
        state_then: The Singer state that the snapshot was made with, if it says one.
        state_now: The one of the snapshot that readers saw.
        choices: All snapshots that may be chosen.
    """

    lake_url: str
    table: str
    dry_run: bool
    before: Point
    after: Point
    undone: Sequence[Undone]
    restored: Sequence[Undone]
    quarantine: QuarantineMove | None
    state_then: dict[str, Any] | None
    state_now: dict[str, Any] | None
    choices: Sequence[Point]

    def sentences(self) -> Iterator[str]:
        """The report in words."""
        would = "would go" if self.dry_run else "went"
        if self.before == self.after:
            yield f"Table {self.table} is at snapshot {self.after} already."
        else:
            yield f"Table {self.table} {would} from snapshot {self.before} to {self.after}."
        for load in self.undone:
            yield f"Undone: {load}."
        for load in self.restored:
            yield f"There again: {load}. (The quarantine stays as it is.)"
        if self.quarantine is not None and self.quarantine.after is None:
            yield (
                "Its quarantine has no earlier snapshot: what these loads set aside waits as "
                "before."
            )
        elif self.quarantine is not None:
            yield f"Its quarantine {would} back to snapshot {self.quarantine.after} with it."
        if self.undone:
            yield (
                "No bookmark has moved, so only what the next run reads anyway comes again by "
                "itself (its look-back, or all of a stream that is always read whole). For the "
                "rest, read the source again over the time of these runs: a back-fill, or a full "
                f"refresh. State then: {_said(self.state_then)}; state now: "
                f"{_said(self.state_now)}."
            )
        if any(load.replay for load in self.undone):
            yield "Rows of the replay wait again: --replay brings them."

    def as_json(self) -> dict[str, Any]:
        """The report as JSON's types."""
        return asdict(self)


def _said(state: dict[str, Any] | None) -> str:
    return "not known" if state is None else json.dumps(state)
