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
from target_s3.lake.runs import LoadOutcome, StreamOutcome, timestamp, write_outcome
from target_s3.lake.storage import Storage
from target_s3.merging.database import connect
from target_s3.merging.publish import Published, Publisher
from target_s3.publication import Publication
from target_s3.settings import Settings


@dataclass
class Load:
    """Everything between the first message and the last commit.

    Attributes:
        settings: The target's settings.
        storage: The lake.
        logger: Where the outcome is told.
        started: When the load began (UTC).
    """

    settings: Settings
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
                    outcome.streams[name] = _outcome(self._streams[name], rows)
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
        if not landed:
            return
        scratch = self._scratch_folder()
        with (
            open_catalog(self.settings) as catalog,
            contextlib.closing(
                connect(scratch, memory_limit=self.settings.memory_limit)
            ) as connection,
        ):
            ensure_namespace(catalog, self.settings.namespace)
            publication = Publication(
                settings=self.settings,
                catalog=catalog,
                publisher=Publisher(
                    connection, self.storage, scratch, self.settings.run_id, self.logger
                ),
                started=self.started,
                versions_seen=VersionsSeen(self.storage, self.settings.runs_path),
                state=state or {},
                logger=self.logger,
            )
            # those without keys last: a run that ends before its STATE appends their rows again
            for name, rows in sorted(landed.items(), key=self._is_keyless):
                stream = self._streams[name]
                published = publication.publish(
                    stream, rows, self._whole(stream), self._version(stream)
                )
                _record(outcome.streams[name], published)

    def _is_keyless(self, landed: tuple[str, Landed]) -> bool:
        return not self._streams[landed[0]].keys

    def _version(self, stream: StagedStream) -> int | None:
        """The version of the last of the rows that are merged."""
        whole, end = self._whole(stream), self._end(stream)
        return whole.version if whole and whole.first_row == end else stream.versions.latest(end)

    def _scratch_folder(self) -> Path:
        if self._scratch is None:
            with foreseen(self.storage.lake_url):
                self._scratch = Scratch(self.storage, self.settings.run_id)
        return self._scratch.path


def _outcome(stream: StagedStream, rows: Landed) -> StreamOutcome:
    return StreamOutcome(
        table=stream.settings.table,
        files=list(rows.files),
        rows_landed=rows.rows,
        rows_merged=rows.rows_merged,
    )


def _record(outcome: StreamOutcome, published: Published) -> None:
    difference = published.difference
    outcome.inserted = difference.inserted
    outcome.updated = difference.updated
    outcome.deleted = difference.deleted
    outcome.unchanged = difference.unchanged
    outcome.snapshot_id = published.snapshot_id
    outcome.published = True
