"""What a load says of each stream when it goes into its table: to the table, and to people."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

import msgspec
from pyiceberg.catalog import Catalog

from target_s3.arrivals.landing import Landed
from target_s3.arrivals.staging import StagedStream
from target_s3.arrivals.versions import Whole
from target_s3.arrivals.versions_seen import VersionsSeen
from target_s3.iceberg.fields import literal
from target_s3.iceberg.own_columns import INGEST_ON, PROCESSING_TIMESTAMP, SOURCE_FROM
from target_s3.iceberg.tables import Shape, open_table
from target_s3.merging.incoming import Keys
from target_s3.merging.merge import Removal
from target_s3.merging.publish import Arrival, Published, Publisher
from target_s3.settings import Settings

STATE_PROPERTY = "singer.state"
RUN_ID_PROPERTY = "singer.run-id"

_JSON = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Publication:
    """Brings staged streams into their tables, one commit each.

    Attributes:
        settings: The target's settings.
        catalog: Where the tables are registered.
        publisher: Compares and commits.
        started: When the load began (UTC).
        versions_seen: What the tables have had rows of.
        state: The Singer state that each snapshot keeps.
        logger: Where the outcome is told.
    """

    settings: Settings
    catalog: Catalog
    publisher: Publisher
    started: dt.datetime
    versions_seen: VersionsSeen
    state: dict[str, Any]
    logger: logging.Logger

    def publish(
        self, stream: StagedStream, rows: Landed, whole: Whole | None, version: int | None
    ) -> Published:
        """Bring one stream into its table.

        Args:
            stream: The stream.
            rows: Its rows.
            whole: The whole read of the source that they are, if they are.
            version: The version of the last of them, where the tap names any.
        """
        hard = stream.settings.hard_delete
        table, left_out = open_table(
            self.catalog,
            (self.settings.namespace, stream.settings.table),
            Shape(
                stream.name,
                tuple(stream.columns.values()),
                stream.first_columns,
                stream.keys,
                stream.settings,
                marks_deleted=whole is not None and not hard,
            ),
            location=f"{self.settings.lake_url}/{self.settings.tables_path}/"
            f"{stream.settings.table}",
        )
        if left_out:
            self.logger.warning(
                "Stream %s: left out of table %s, as schema_changes is discard: %s.",
                stream.name,
                stream.settings.table,
                ", ".join(left_out),
            )
        seen = self.versions_seen.last(stream.settings.table) if version is not None else None
        resumed = whole is not None and whole.version == seen
        if resumed:
            self.logger.warning(
                "Stream %s: an earlier run has loaded rows of this version too, so rows that are "
                "gone at the source stay until the next whole read.",
                stream.name,
            )
        if version is not None and version != seen:
            self.versions_seen.remember(stream.settings.table, version)
        moment = literal(self.started.replace(tzinfo=None).isoformat(sep=" "))
        published = self.publisher.publish(
            table,
            Arrival(
                stream.name,
                rows.staged,
                Keys(stream.keys, stream.settings.replace_by),
                Removal(whole is not None and not resumed, hard, moment),
                constants={
                    INGEST_ON: literal(self.started.date().isoformat()),
                    PROCESSING_TIMESTAMP: moment,
                    SOURCE_FROM: literal(stream.settings.source_from),
                },
                snapshot_properties={
                    RUN_ID_PROPERTY: self.settings.run_id,
                    STATE_PROPERTY: _JSON.encode(self.state).decode(),
                },
            ),
        )
        held_back = rows.rows - rows.rows_merged - (whole.first_row if whole else 0)
        self._tell(stream, rows.rows, held_back, published)
        return published

    def _tell(
        self, stream: StagedStream, landed: int, held_back: int, published: Published
    ) -> None:
        difference = published.difference
        note = "" if stream.keys else " (no keys: rows are appended, also when they come again)"
        if held_back:
            note += f" ({held_back} after the last STATE are landed only)"
        self.logger.info(
            "Stream %s: %d landed; table %s: %d inserted, %d updated, %d deleted, %d unchanged; "
            "%s%s",
            stream.name,
            landed,
            stream.settings.table,
            difference.inserted,
            difference.updated,
            difference.deleted,
            difference.unchanged,
            f"snapshot {published.snapshot_id}" if published.snapshot_id else "nothing to commit",
            note,
        )
