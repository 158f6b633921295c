"""`--rebuild`: a table is made anew from the landing zone alone.

Every load that is published happens once more, in the same order and by the same code, in a lake
that nobody reads. What differs from the table that is there goes into it in one publication.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from pyiceberg.table import Table

from columnar_target.arrivals.staging import StagedFile
from target_s3.commands import Place
from target_s3.faults import foreseen
from target_s3.iceberg.branches import head
from target_s3.lake.past_loads import past_loads
from target_s3.lake.runs import LoadOutcome, timestamp
from target_s3.merging.arrival import Arrival
from target_s3.merging.difference import Removal
from target_s3.merging.keys import Keys
from target_s3.publishing.candidate import Candidate
from target_s3.publishing.preparation import sql_moment
from target_s3.quality.quarantine import Quarantine, quarantine_location, quarantine_namespace
from target_s3.recovery.counted import Counted, count_loads, unrecorded
from target_s3.recovery.past import RECOVERY_PROPERTY
from target_s3.recovery.rebuild_publication import RebuildPublication
from target_s3.recovery.rebuild_report import Change, Deviation, RebuildReport
from target_s3.recovery.scratch_lake import ScratchLake, scratch_lake
from target_s3.recovery.twin import lacking, twin
from target_s3.recovery.workbench import Workbench, keys_of, workbench

_TELL_EVERY = 100


class Bases(NamedTuple):
    """The snapshots that readers saw when the loads were counted."""

    table: int | None
    quarantine: int | None


@dataclass(frozen=True)
class Rebuild:
    """A rebuild of one table.

    Attributes:
        place: The lake.
        table: The table's name.
        dry_run: Whether it is only told what would be done.
        started: When it began (UTC).
    """

    place: Place
    table: str
    dry_run: bool
    started: dt.datetime

    def run(self) -> RebuildReport:
        """Make the table anew, and publish what differs.

        Returns:
            What was done.

        Raises:
            SettingError: There are no loads to make it of.
            StorageError: A landing file or a record is gone or damaged.
            ConcurrentWriteError: The table was loaded meanwhile.
        """
        settings = self.place.settings
        report = RebuildReport(
            settings.lake_url, f"{settings.namespace}.{self.table}", self.dry_run
        )
        with (
            foreseen(settings.lake_url, doing="rebuild a table of", kept="Nothing has changed"),
            workbench(self.place, self.started, finish=not self.dry_run) as bench,
            scratch_lake(bench, self.table) as scratch,
        ):
            # before the records are read: who commits after this is noticed at the end
            there = bench.find(settings.namespace, self.table)
            waiting = bench.find(quarantine_namespace(settings), self.table)
            bases = Bases(*(head(table) if table else None for table in (there, waiting)))
            loads = past_loads(self.place.storage, settings.runs_path, self.table)
            if there is not None:
                report.notes += unrecorded(loads, there, self.table, self.started)
            self._apply(count_loads(loads, self.table, there), scratch, report)
            made = scratch.table
            if made is None:
                raise AssertionError("loads were applied, and there is no table")
            report.rows = sum(file.end for file in scratch.rows())
            report.columns_added = lacking(there, made)
            if self.dry_run:
                self._compare(bench, scratch, there, waiting, report)
            else:
                self._publish(bench, scratch, bases, report)
        return report

    def _apply(self, counted: Counted, scratch: ScratchLake, report: RebuildReport) -> None:
        report.needless, report.rolled_back = len(counted.needless), counted.rolled_back
        report.unpublished = counted.unpublished
        for load in counted.needless:
            if load.outcome.origin is not None:
                scratch.fitted(load, load.outcome.origin)
        for number, load in enumerate(counted.used, 1):
            deviation = Deviation.of(load, scratch.apply(load))
            if deviation is not None and not (number == 1 and counted.needless):
                report.deviations.append(deviation)
            report.loads, report.files = number, report.files + len(load.outcome.files)
            if number % _TELL_EVERY == 0:
                self.place.logger.info("%d of %d loads applied.", number, len(counted.used))

    def _compare(
        self,
        bench: Workbench,
        scratch: ScratchLake,
        there: Table | None,
        waiting: Table | None,
        report: RebuildReport,
    ) -> None:
        """Tell what would change."""
        for rows, true, name in (
            (scratch.rows(), there, "change"),
            (scratch.rows_set_aside(), waiting, "quarantine"),
        ):
            if true is not None:
                arrival = self._arrival(true, rows, {})
                change = Change.of(bench.publisher.compare(true, arrival).difference)
                setattr(report, name, change)
            elif rows:
                setattr(report, name, Change(sum(file.end for file in rows), 0, 0, 0))

    def _publish(
        self, bench: Workbench, scratch: ScratchLake, bases: Bases, report: RebuildReport
    ) -> None:
        """Let what was made take the place of what is there."""
        settings, made, aside = self.place.settings, scratch.table, scratch.quarantine
        if made is None:
            raise AssertionError("loads were applied, and there is no table")
        properties = {
            **bench.snapshot_properties(bench.find(settings.namespace, self.table)),
            RECOVERY_PROPERTY: "rebuild",
        }
        table = twin(
            bench.catalog,
            (settings.namespace, self.table),
            made,
            location=f"{settings.lake_url}/{settings.tables_path}/{self.table}",
            partition_by=settings.stream(settings.stream_of(self.table)).partition_by,
        )
        quarantine = bench.find(quarantine_namespace(settings), self.table)
        rows_aside = scratch.rows_set_aside()
        if aside is not None and rows_aside:
            quarantine = twin(
                bench.catalog,
                (quarantine_namespace(settings), self.table),
                aside,
                location=quarantine_location(settings, self.table),
            )
        publication = RebuildPublication(
            settings,
            bench.catalog,
            bench.publisher,
            Quarantine(settings, bench.catalog, bench.publisher, sql_moment(self.started)),
            bench.journals,
            lambda _: None,
            self.place.logger,
            base=bases.table,
            set_aside=None
            if quarantine is None
            else (quarantine, bases.quarantine, self._arrival(quarantine, rows_aside, properties)),
        )
        arrival = self._arrival(table, scratch.rows(), properties)
        candidate = Candidate(self.table, table, arrival, comes_again=False)
        (published,) = publication.publish([candidate], LoadOutcome(timestamp(self.started)))
        report.change = Change.of(published.difference)
        report.snapshot_id = published.snapshot_id
        if publication.quarantined is not None:
            report.quarantine = Change.of(publication.quarantined.difference)

    def _arrival(
        self, table: Table, files: tuple[StagedFile, ...], properties: dict[str, str]
    ) -> Arrival:
        """All rows that a table is to have."""
        moment = sql_moment(self.started)
        return Arrival(
            self.table,
            files,
            Keys(keys_of(table)),
            Removal(whole=True, hard=True, moment=moment, replica=True),
            constants={},  # the rows have their own
            snapshot_properties=properties,
        )
