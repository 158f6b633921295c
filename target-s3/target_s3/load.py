"""One load: streams are staged while the tap speaks, landed and published when it is done."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from pyiceberg.catalog import Catalog

from target_s3.errors import SettingError, TargetS3Error, foreseen
from target_s3.fields import literal
from target_s3.landing import Landed, land
from target_s3.merge import Keys, connect
from target_s3.publish import Published, Publisher
from target_s3.runs import LoadOutcome, StreamOutcome, timestamp, write_outcome
from target_s3.scratch import Scratch
from target_s3.settings import Settings
from target_s3.staging import StagedStream
from target_s3.storage import Storage
from target_s3.tables import (
    INGEST_ON,
    PROCESSING_TIMESTAMP,
    SOURCE_FROM,
    ensure_namespace,
    open_catalog,
    open_table,
)

STATE_PROPERTY = "singer.state"
RUN_ID_PROPERTY = "singer.run-id"
_JSON = msgspec.json.Encoder(decimal_format="number")


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

    def mark_state(self) -> None:
        """Remember that a STATE message covers all rows that have arrived so far."""
        for stream in self._streams.values():
            stream.before_state = stream.received

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
        whole = self.settings.commit_at == "end_of_input"
        return land(
            stream,
            self.storage,
            run_id=self.settings.run_id,
            ingest_on=self.started.date(),
            rows_merged=stream.received if whole else stream.before_state,
        )

    def _publish_all(
        self, landed: dict[str, Landed], outcome: LoadOutcome, state: dict[str, Any] | None
    ) -> None:
        if not landed:
            return
        properties = {
            RUN_ID_PROPERTY: self.settings.run_id,
            STATE_PROPERTY: _JSON.encode(state or {}).decode(),
        }
        with (
            open_catalog(self.settings) as catalog,
            contextlib.closing(
                connect(self._scratch_folder(), memory_limit=self.settings.memory_limit)
            ) as connection,
        ):
            ensure_namespace(catalog, self.settings.namespace)
            publisher = Publisher(
                connection,
                self.storage,
                self._scratch_folder(),
                self.settings.run_id,
                self.logger,
            )
            for name, rows in landed.items():
                published = self._publish(publisher, catalog, name, rows, properties)
                _record(outcome.streams[name], published)
                self._tell(name, rows, published)

    def _publish(
        self,
        publisher: Publisher,
        catalog: Catalog,
        name: str,
        rows: Landed,
        properties: dict[str, str],
    ) -> Published:
        stream = self._streams[name]
        table = open_table(
            catalog,
            (self.settings.namespace, stream.settings.table),
            tuple(stream.columns.values()),
            keys=stream.keys,
            replace_by=stream.settings.replace_by,
            partition_by=stream.settings.partition_by,
            location=self.storage.url(f"{self.settings.tables_path}/{stream.settings.table}"),
            stream=name,
        )
        moment = self.started.replace(tzinfo=None).isoformat(sep=" ")
        constants = {
            INGEST_ON: literal(self.started.date().isoformat()),
            PROCESSING_TIMESTAMP: literal(moment),
            SOURCE_FROM: literal(stream.settings.source_from),
        }
        return publisher.publish(
            table,
            rows.staged,
            Keys(stream.keys, stream.settings.replace_by),
            stream=name,
            constants=constants,
            properties=properties,
        )

    def _tell(self, name: str, rows: Landed, published: Published) -> None:
        stream, difference = self._streams[name], published.difference
        note = "" if stream.keys else " (no keys: rows are appended, also when they come again)"
        held_back = rows.rows - rows.rows_merged
        if held_back:
            note += f" ({held_back} after the last STATE are landed only)"
        self.logger.info(
            "Stream %s: %d landed; table %s: %d inserted, %d updated, %d deleted, %d unchanged; "
            "%s%s",
            name,
            rows.rows,
            stream.settings.table,
            difference.inserted,
            difference.updated,
            difference.deleted,
            difference.unchanged,
            f"snapshot {published.snapshot_id}" if published.snapshot_id else "nothing to commit",
            note,
        )

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
