"""One load: streams are staged while the tap speaks, landed and published when it is done."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from target_s3.arrivals.landing import Landed, land
from target_s3.arrivals.scratch import Scratch
from target_s3.arrivals.staging import StagedStream
from target_s3.arrivals.versions import Whole
from target_s3.arrivals.versions_seen import VersionsSeen
from target_s3.errors import SettingError, TargetS3Error, foreseen
from target_s3.iceberg.tables import ensure_namespace, open_catalog
from target_s3.lake.runs import LoadOutcome, timestamp, write_outcome
from target_s3.lake.storage import Storage
from target_s3.merging.database import connect
from target_s3.merging.publish import Publisher
from target_s3.publishing.audited import AuditedPublication
from target_s3.publishing.candidate import Candidate
from target_s3.publishing.journal import Journals
from target_s3.publishing.preparation import Preparation
from target_s3.publishing.records import landed as record_of_landed
from target_s3.publishing.records import note, note_removal
from target_s3.quality.quarantine import Quarantine
from target_s3.quality.rules import TableRules
from target_s3.settings import Settings


@dataclass
class Load:
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
    _streams: dict[str, StagedStream] = field(default_factory=dict)
    _scratch: Scratch | None = None

    def stream(self, name: str) -> StagedStream:
        """The staged rows of a stream; made when first asked for.

        Raises:
            SettingError: Another stream has the same table.
        """
        if name not in self._streams:
            settings = self.settings.stream(name)
            for other in self._streams.values():
                if other.settings.table == settings.table:
                    raise SettingError(
                        f"Streams {other.name!r} and {name!r} would both load into table "
                        f"{settings.table!r}: give one of them another in streams.<stream>.table."
                    )
            self._streams[name] = StagedStream(
                name,
                len(self._streams) + 1,
                settings,
                self._scratch_folder(),
                self.settings.landing_format,
            )
        return self._streams[name]

    def leave_out(self, name: str) -> None:
        """Forget a stream that no records are to come of: the user has mapped it away."""
        if name in self._streams and not self._streams[name].versions.sources:
            del self._streams[name]

    def mark_state(self) -> None:
        """Remember that a STATE message covers all rows that have arrived so far."""
        for stream in self._streams.values():
            stream.mark_state()

    def finish(self, state: dict[str, Any] | None) -> None:
        """Land every stream, then publish one after the other, each in one commit.

        Args:
            state: The latest Singer state; it is kept in each snapshot.

        Raises:
            TargetS3Error: The load failed; tables published before stay, and the same input
                once more changes nothing in them.
        """
        outcome = LoadOutcome(started=timestamp(self.started))
        try:
            with foreseen(self.storage.lake_url):
                landed = {name: self._land(stream) for name, stream in self._streams.items()}
                for name, rows in landed.items():
                    stream = self._streams[name]
                    outcome.streams[name] = record_of_landed(stream, rows, self._whole(stream))
                self._publish_all(landed, outcome, state)
        except TargetS3Error:
            # the record of a failure must not hide its cause
            with contextlib.suppress(TargetS3Error):
                self._write(outcome)
            raise
        outcome.status = "published"
        self._write(outcome)
        self.close()

    def _write(self, outcome: LoadOutcome) -> None:
        outcome.ended = timestamp(dt.datetime.now(dt.timezone.utc))
        if outcome.streams:
            with foreseen(self.storage.lake_url):
                write_outcome(self.storage, self.settings.runs_path, self.settings.run_id, outcome)

    def close(self) -> None:
        """Remove what is staged; nothing that was landed or published."""
        for stream in self._streams.values():
            stream.close()
        if self._scratch is not None:
            self._scratch.close()

    def _land(self, stream: StagedStream) -> Landed:
        stream.close()
        stream.check_complete()
        whole = self._whole(stream)
        return land(
            stream,
            self.storage,
            run_id=self.settings.run_id,
            ingest_on=self.started.date(),
            # what came before a whole read is of an older one
            merged=range(whole.first_row if whole else 0, self._end(stream)),
        )

    def _end(self, stream: StagedStream) -> int:
        return stream.before_state if self._at_last_state else stream.received

    def _whole(self, stream: StagedStream) -> Whole | None:
        return stream.versions.whole(at_last_state=self._at_last_state)

    @property
    def _at_last_state(self) -> bool:
        return self.settings.commit_at == "last_state"

    def _publish_all(
        self, landed: dict[str, Landed], outcome: LoadOutcome, state: dict[str, Any] | None
    ) -> None:
        journals = Journals(self.settings, self.storage, self.logger)
        if not (landed or journals.pending()):
            return
        scratch = self._scratch_folder()
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
            names = sorted(landed, key=lambda name: not self._streams[name].keys)
            candidates = (
                self._candidate(preparation, name, landed[name], outcome) for name in names
            )
            tables = {self._streams[name].settings.table for name in names}
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
                stream = self._streams[name]
                preparation.tell(stream, landed[name], self._whole(stream), done)

    def _candidate(
        self, preparation: Preparation, name: str, rows: Landed, outcome: LoadOutcome
    ) -> Candidate:
        stream, whole = self._streams[name], self._whole(self._streams[name])
        candidate = preparation.candidate(stream, rows, whole, self._version(stream))
        note_removal(outcome.streams[name], candidate.arrival.removal)
        return candidate

    def _version(self, stream: StagedStream) -> int | None:
        """The version of the last of the rows that are merged."""
        whole, end = self._whole(stream), self._end(stream)
        return whole.version if whole and whole.first_row == end else stream.versions.latest(end)

    def _scratch_folder(self) -> Path:
        if self._scratch is None:
            with foreseen(self.storage.lake_url):
                self._scratch = Scratch(self.storage, self.settings.run_id)
        return self._scratch.path
