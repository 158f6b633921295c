"""One load: streams are staged while the tap speaks, landed and published when it is done."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from columnar_target.arrivals.arrivals import Arrivals
from columnar_target.arrivals.scratch import Scratch
from columnar_target.arrivals.staging import StagedStream
from columnar_target.errors import TargetError
from columnar_target.quality.rules import TableRules
from columnar_target.relations.database import connect
from columnar_target.storage.storage import Storage
from target_s3.arrivals.landing import Landed, land
from target_s3.arrivals.versions_seen import VersionsSeen
from target_s3.faults import foreseen
from target_s3.iceberg.tables import ensure_namespace, open_catalog
from target_s3.lake.runs import LoadOutcome, timestamp, write_outcome
from target_s3.lake.workplace import workplace
from target_s3.merging.publish import Publisher
from target_s3.publishing.audited import AuditedPublication
from target_s3.publishing.candidate import Candidate
from target_s3.publishing.journal import Journals
from target_s3.publishing.preparation import Preparation
from target_s3.publishing.records import landed as record_of_landed
from target_s3.publishing.records import note, note_removal
from target_s3.quality.quarantine import Quarantine
from target_s3.settings import Settings


@dataclass
class LakeLoad:
    """Everything between the first message and the last commit.

    Attributes:
        settings: The target's settings.
        rules: What each table's rows must keep, by table.
        storage: The lake.
        logger: Where the outcome is told.
        started: When the load began (UTC).
    """

    settings: Settings
    rules: dict[str, TableRules]
    storage: Storage
    logger: logging.Logger
    started: dt.datetime

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(
            self.settings.stream,
            self._open_scratch,
            self.settings.commit_at,
            self.settings.landing_format,
        )

    @property
    def place(self) -> str:
        """See `Load.place`."""
        return self.settings.lake_url

    def foreseen(self) -> contextlib.AbstractContextManager[None]:
        """See `Load.foreseen`."""
        return foreseen(self.storage.root_url)

    def finish(self, state: dict[str, Any] | None) -> None:
        """Land every stream, then publish one after the other, each in one commit.

        Args:
            state: The latest Singer state; it is kept in each snapshot.

        Raises:
            TargetError: The load failed; tables published before stay, and the same input
                once more changes nothing in them.
        """
        outcome = LoadOutcome(started=timestamp(self.started))
        try:
            with self.foreseen():
                landed = {stream.name: self._land(stream) for stream in self.arrivals}
                for name, rows in landed.items():
                    stream = self.arrivals[name]
                    outcome.streams[name] = record_of_landed(
                        stream, rows, self.arrivals.whole(stream)
                    )
                self._publish_all(landed, outcome, state)
        except TargetError:
            # the record of a failure must not hide its cause
            with contextlib.suppress(TargetError):
                self._write(outcome)
            raise
        outcome.status = "published"
        self._write(outcome)
        self.arrivals.close()

    def _write(self, outcome: LoadOutcome) -> None:
        outcome.ended = timestamp(dt.datetime.now(dt.timezone.utc))
        if outcome.streams:
            with self.foreseen():
                write_outcome(self.storage, self.settings.runs_path, self.settings.run_id, outcome)

    def _land(self, stream: StagedStream) -> Landed:
        stream.close()
        stream.check_complete()
        return land(
            stream,
            self.storage,
            folder=self.settings.stream(stream.name).landing_path,
            run_id=self.settings.run_id,
            ingest_on=self.started.date(),
            merged=self.arrivals.merged(stream),
        )

    def _publish_all(
        self, landed: dict[str, Landed], outcome: LoadOutcome, state: dict[str, Any] | None
    ) -> None:
        journals = Journals(self.settings, self.storage, self.logger)
        if not (landed or journals.pending()):
            return
        scratch = self.arrivals.folder()
        with (
            open_catalog(self.settings) as catalog,
            contextlib.closing(
                connect(scratch, memory_limit=self.settings.memory_limit)
            ) as connection,
        ):
            journals.finish(catalog)
            ensure_namespace(catalog, self.settings.namespace)
            publisher = Publisher(
                connection, self.storage, scratch, self.settings.run_id, self.logger
            )
            preparation = Preparation(
                self.settings,
                catalog,
                self.rules,
                self.started,
                VersionsSeen(self.storage, self.settings.runs_path),
                state or {},
                self.logger,
            )
            # those without keys last: a run that ends before its STATE appends their rows again
            names = sorted(landed, key=lambda name: not self.arrivals[name].keys)
            candidates = (
                self._candidate(preparation, name, landed[name], outcome) for name in names
            )
            tables = {self.arrivals[name].settings.table for name in names}
            preparation.warn_of_unknown_rules(tables)
            if self.rules.keys() & tables:
                published = AuditedPublication(
                    self.settings,
                    catalog,
                    publisher,
                    Quarantine(self.settings, catalog, publisher, preparation.moment),
                    journals,
                    preparation.remember_version,
                    self.logger,
                ).publish(list(candidates), outcome)
            else:
                published = []
                for candidate in candidates:
                    preparation.remember_version(candidate)
                    done = publisher.publish(candidate.table, candidate.arrival)
                    note(outcome.streams[candidate.arrival.stream], done, published_now=True)
                    published.append(done)
            for name, done in zip(names, published, strict=True):
                stream = self.arrivals[name]
                preparation.tell(stream, landed[name], self.arrivals.whole(stream), done)

    def _candidate(
        self, preparation: Preparation, name: str, rows: Landed, outcome: LoadOutcome
    ) -> Candidate:
        stream, whole = self.arrivals[name], self.arrivals.whole(self.arrivals[name])
        candidate = preparation.candidate(stream, rows, whole, self.arrivals.version(stream))
        note_removal(outcome.streams[name], candidate.arrival.removal)
        return candidate

    def _open_scratch(self) -> Scratch:
        with self.foreseen():
            return Scratch(workplace(self.storage), self.settings.run_id)
