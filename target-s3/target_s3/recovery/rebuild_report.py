"""What a rebuild was made of, and how the table differs from the one that was there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from target_s3.lake.past_loads import PastLoad
from target_s3.merging.difference import Difference


@dataclass(frozen=True)
class Change:
    """How a table that was made anew differs from the one that was there.

    Attributes:
        inserted: Rows that it lacked.
        updated: Rows that were otherwise, if only in when they came.
        deleted: Rows that it had too many.
        unchanged: Rows that were right.
    """

    inserted: int
    updated: int
    deleted: int
    unchanged: int

    @classmethod
    def of(cls, difference: Difference) -> Change:
        """A difference in short."""
        return cls(
            difference.inserted, difference.updated, difference.deleted, difference.unchanged
        )

    def __str__(self) -> str:
        return (
            f"{self.inserted} rows inserted, {self.updated} updated, {self.deleted} deleted, "
            f"{self.unchanged} unchanged"
        )


@dataclass(frozen=True)
class Deviation:
    """A load that did something else than when it was first made.

    Attributes:
        run_id: Its run.
        started: When it began.
        then: What it did, as its record says: inserted, updated, deleted, set aside.
        now: The same as it is now.
    """

    run_id: str
    started: str
    then: tuple[int, int, int, int]
    now: tuple[int, int, int, int]

    @classmethod
    def of(cls, load: PastLoad, now: Difference) -> Deviation | None:
        """Compare what a load does with its record; None if it is the same."""
        then = load.outcome
        deviation = cls(
            load.run_id,
            load.started,
            (then.inserted, then.updated, then.deleted, then.withheld),
            (now.inserted, now.updated, now.deleted, now.withheld),
        )
        return None if deviation.then == deviation.now else deviation


@dataclass
class RebuildReport:
    """What a rebuild did.

    Attributes:
        lake_url: The lake.
        table: The table, with its namespace.
        dry_run: Whether nothing was done.
        loads: How many loads were applied, replays among them.
        needless: How many were left out because nothing of them was left.
        rolled_back: How many were left out because they were undone.
        unpublished: How many were left out because they were never published.
        files: How many landing files were read.
        rows: How many rows the table has.
        columns_added: Columns that the table that was there lacked.
        change: How it differs; None where the table was not there, or not readable.
        quarantine: The same of its quarantine; None if it has none.
        deviations: Loads that did something else than then.
        notes: What else is to be known.
        snapshot_id: The table's snapshot that has it, if there was anything to change.
    """

    lake_url: str
    table: str
    dry_run: bool
    loads: int = 0
    needless: int = 0
    rolled_back: int = 0
    unpublished: int = 0
    files: int = 0
    rows: int = 0
    columns_added: list[str] = field(default_factory=list)
    change: Change | None = None
    quarantine: Change | None = None
    deviations: list[Deviation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    snapshot_id: int | None = None

    def sentences(self) -> Iterator[str]:
        """The report in words."""
        yield (
            f"Table {self.table}: {self.loads} published loads with {self.files} landing files "
            f"make {self.rows} rows; left out: {self.rolled_back} rolled back, "
            f"{self.unpublished} not published, {self.needless} of which nothing was left."
        )
        would = "would be " if self.dry_run else ""
        for what, change in (("The table", self.change), ("Its quarantine", self.quarantine)):
            if change is not None:
                yield f"{what}: {would}{change}."
        if self.columns_added:
            yield f"Columns {would}added: {', '.join(self.columns_added)}."
        if self.deviations:
            first = self.deviations[0]
            yield (
                f"{len(self.deviations)} loads did something else than then, so the table is not "
                f"quite the one that was. The first is run {first.run_id} of {first.started}: "
                f"inserted, updated, deleted, set aside were {first.then} and are {first.now}. "
                "Either another program wrote into the table, or the landing files, or rules with "
                "now(), say something else by now."
            )
        yield from self.notes

    def as_json(self) -> dict[str, Any]:
        """The report as JSON's types."""
        return asdict(self)
