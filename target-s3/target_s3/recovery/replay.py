"""`--replay`: the rows that wait in a table's quarantine go through its rules again."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pyiceberg.table import Table

from columnar_target.errors import SchemaError, SettingError, TargetError
from columnar_target.own_columns import QUARANTINE_FIELDS
from columnar_target.quality.rules import TableRules
from columnar_target.settings import NO_LIMIT
from target_s3.commands import Place
from target_s3.faults import foreseen
from target_s3.lake.runs import LoadOutcome, StreamOutcome, timestamp, write_outcome
from target_s3.merging.arrival import Arrival, Published
from target_s3.merging.difference import Removal
from target_s3.merging.keys import Keys
from target_s3.publishing.candidate import Candidate
from target_s3.publishing.preparation import sql_moment
from target_s3.quality.gate import TableGate
from target_s3.quality.quarantine import Quarantine, quarantine_namespace
from target_s3.recovery.replay_publication import ReplayPublication
from target_s3.recovery.workbench import Workbench, keys_of, rows_of, workbench


@dataclass(frozen=True)
class ReplayReport:
    """What became of the rows that waited.

    Attributes:
        lake_url: The lake.
        table: The table, with its namespace.
        quarantine: Where they waited, with its namespace.
        run_id: The replay's.
        waited: How many there were.
        inserted: How many came in that the table did not have.
        updated: How many took the place of an older version.
        unchanged: How many the table says already.
        still_waiting: How many break a rule as before.
        snapshot_id: The table's snapshot that has them, if any came in.
    """

    lake_url: str
    table: str
    quarantine: str
    run_id: str
    waited: int
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    still_waiting: int = 0
    snapshot_id: int | None = None

    def sentences(self) -> Iterator[str]:
        """The report in words."""
        if not self.waited:
            yield f"Nothing waits in {self.quarantine}."
            return
        yield (
            f"Table {self.table}: {self.waited} rows waited; {self.inserted} inserted, "
            f"{self.updated} updated, {self.unchanged} were there already, {self.still_waiting} "
            f"still wait in {self.quarantine}."
        )

    def as_json(self) -> dict[str, Any]:
        """The report as JSON's types."""
        return asdict(self)


@dataclass(frozen=True)
class Replay:
    """A replay of one table's quarantine.

    Attributes:
        place: The lake.
        table: The table's name.
        started: When it began (UTC).
    """

    place: Place
    table: str
    started: dt.datetime

    def run(self) -> ReplayReport:
        """Take the waiting rows through the rules, and publish those that keep them.

        Returns:
            What became of them.

        Raises:
            QualityError: A rule stops it: nothing has changed.
            TargetError: It could not be done.
        """
        settings = self.place.settings
        rules = self.place.rules.get(self.table)
        if rules is None:
            there = ", ".join(sorted(self.place.rules)) or "none has"
            raise SettingError(
                f"Table {self.table!r} has no rules in the setting rules ({there}), so nothing "
                "can be asked of its rows: name a file for it, if need be one that asks little."
            )
        outcome = LoadOutcome(started=timestamp(self.started))
        with (
            foreseen(settings.lake_url, doing="replay rows in", kept="Rows wait as before"),
            workbench(self.place, self.started) as bench,
        ):
            table = bench.table(self.table)
            quarantine = f"{quarantine_namespace(settings)}.{self.table}"
            report = ReplayReport(
                settings.lake_url,
                f"{settings.namespace}.{self.table}",
                quarantine,
                settings.run_id,
                0,
            )
            waiting = bench.find(quarantine_namespace(settings), self.table)
            if waiting is None or not rows_of(waiting, bench.publisher):
                return report
            _refuse_loss(waiting, table)
            try:
                published = self._publish(bench, table, rules, outcome)
            except TargetError:
                # the record of a failure must not hide its cause
                with contextlib.suppress(TargetError):
                    self._write(outcome)
                raise
            self._write(outcome)
        return _told(report, published)

    def _publish(
        self, bench: Workbench, table: Table, rules: TableRules, outcome: LoadOutcome
    ) -> Published:
        stream = self.place.settings.stream_of(self.table)
        outcome.streams[stream] = StreamOutcome(self.table, [], 0, 0, replay=True)
        moment = sql_moment(self.started)
        arrival = Arrival(
            stream,
            (),
            Keys(keys_of(table)),
            Removal(whole=False, hard=False, moment=moment),
            constants={},  # the rows have their own
            snapshot_properties=bench.snapshot_properties(table),
            gate=TableGate(rules, NO_LIMIT),  # all may stay: that is where they are,
        )
        own = tuple(field.name for field in QUARANTINE_FIELDS)
        publication = ReplayPublication(
            self.place.settings,
            bench.catalog,
            bench.publisher,
            Quarantine(self.place.settings, bench.catalog, bench.publisher, moment),
            bench.journals,
            lambda _: None,
            self.place.logger,
            rows_of=lambda waiting: rows_of(waiting, bench.publisher, apart_from=own),
        )
        (published,) = publication.publish(
            [Candidate(self.table, table, arrival, comes_again=False)], outcome
        )
        outcome.status = "published"
        return published

    def _write(self, outcome: LoadOutcome) -> None:
        outcome.ended = timestamp(dt.datetime.now(dt.timezone.utc))
        settings = self.place.settings
        write_outcome(self.place.storage, settings.runs_path, settings.run_id, outcome)


def _refuse_loss(waiting: Table, table: Table) -> None:
    """Make sure that the table has a column for every value that waits."""
    own = {field.name for field in QUARANTINE_FIELDS}
    lacking = set(waiting.schema().column_names) - own - set(table.schema().column_names)
    for name in sorted(lacking):
        values = waiting.scan(selected_fields=(name,)).to_arrow().column(name)
        if values.null_count < len(values):
            raise SchemaError(
                f"Rows in {'.'.join(waiting.name()[-2:])} have values in column {name!r}, which "
                f"table {table.name()[-1]} does not have any more: rename or add it there, or "
                "empty it in the quarantine."
            )


def _told(report: ReplayReport, published: Published) -> ReplayReport:
    difference = published.difference
    counts = {
        "inserted": difference.inserted,
        "updated": difference.updated,
        "unchanged": difference.unchanged,
        "still_waiting": difference.withheld,
    }
    return ReplayReport(
        report.lake_url,
        report.table,
        report.quarantine,
        report.run_id,
        sum(counts.values()),
        **counts,
        snapshot_id=published.snapshot_id,
    )
