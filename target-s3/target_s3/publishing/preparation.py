"""What a load says of each stream when it goes into its table: to the table, and to people."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
from pyiceberg.catalog import Catalog

from columnar_target.arrivals.staging import StagedStream
from columnar_target.arrivals.versions import Whole
from columnar_target.own_columns import INGEST_ON, PROCESSING_TIMESTAMP, SOURCE_FROM
from columnar_target.quality.rules import TableRules
from columnar_target.relations.sql import literal
from target_s3.arrivals.landing import Landed
from target_s3.arrivals.versions_seen import VersionsSeen
from target_s3.iceberg.tables import Shape, open_table
from target_s3.merging.arrival import Arrival, Published
from target_s3.merging.difference import Removal
from target_s3.merging.keys import Keys
from target_s3.publishing.candidate import Candidate
from target_s3.quality.gate import TableGate
from target_s3.settings import Settings

STATE_PROPERTY = "singer.state"
RUN_ID_PROPERTY = "singer.run-id"

_JSON = msgspec.json.Encoder(decimal_format="number")


def sql_moment(moment: dt.datetime) -> str:
    """SQL: a moment in UTC."""
    return literal(moment.astimezone(dt.timezone.utc).replace(tzinfo=None).isoformat(sep=" "))


def load_constants(started: dt.datetime, source_from: str) -> dict[str, str]:
    """SQL by column for what a load says of each of its rows.

    Args:
        started: When it began (UTC).
        source_from: Where the rows come from.
    """
    return {
        INGEST_ON: literal(started.astimezone(dt.timezone.utc).date().isoformat()),
        PROCESSING_TIMESTAMP: sql_moment(started),
        SOURCE_FROM: literal(source_from),
    }


@dataclass(frozen=True)
class Preparation:
    """Makes candidates for publication of staged streams.

    Attributes:
        settings: The target's settings.
        catalog: Where the tables are registered.
        rules: By table.
        started: When the load began (UTC).
        versions_seen: What the tables have had rows of.
        state: The Singer state that each snapshot keeps.
        logger: Where the outcome is told.
    """

    settings: Settings
    catalog: Catalog
    rules: dict[str, TableRules]
    started: dt.datetime
    versions_seen: VersionsSeen
    state: dict[str, Any]
    logger: logging.Logger

    @property
    def moment(self) -> str:
        """SQL: when the load began (UTC)."""
        return sql_moment(self.started)

    def candidate(
        self, stream: StagedStream, rows: Landed, whole: Whole | None, version: int | None
    ) -> Candidate:
        """Open a stream's table, or make it, and say what is to go into it.

        Args:
            stream: The stream.
            rows: Its rows.
            whole: The whole read of the source that they are, if they are.
            version: The version of the last of them, where the tap names any.
        """
        hard, name = stream.settings.hard_delete, stream.settings.table
        table, left_out = open_table(
            self.catalog,
            (self.settings.namespace, name),
            Shape(
                stream.name,
                tuple(stream.columns.values()),
                stream.first_columns,
                stream.keys,
                self.settings.stream(stream.name),
                marks_deleted=whole is not None and not hard,
            ),
            location=f"{self.settings.lake_url}/{self.settings.tables_path}/{name}",
        )
        if left_out:
            self.logger.warning(
                "Stream %s: left out of table %s, as schema_changes is discard: %s.",
                stream.name,
                name,
                ", ".join(left_out),
            )
        seen = self.versions_seen.last(name) if version is not None else None
        resumed = whole is not None and whole.version == seen
        if resumed:
            self.logger.warning(
                "Stream %s: an earlier run has loaded rows of this version too, so rows that are "
                "gone at the source stay until the next whole read.",
                stream.name,
            )
        moment = self.moment
        rules = self.rules.get(name)
        arrival = Arrival(
            stream.name,
            rows.staged,
            Keys(stream.keys, stream.settings.replace_by),
            Removal(whole is not None and not resumed, hard, moment),
            constants=load_constants(self.started, stream.settings.source_from),
            snapshot_properties={
                RUN_ID_PROPERTY: self.settings.run_id,
                STATE_PROPERTY: _JSON.encode(self.state).decode(),
            },
            gate=None if rules is None else TableGate(rules, self.settings.quarantine_limit),
        )
        return Candidate(name, table, arrival, None if version == seen else version)

    def warn_of_unknown_rules(self, loaded: Collection[str]) -> None:
        """Tell of rules for a table that nobody has heard of: its name may be misspelt.

        Args:
            loaded: The tables of this load.
        """
        configured = {stream.table for stream in self.settings.streams.values()}
        unheard = self.rules.keys() - {*loaded, *configured}
        if unheard:
            unheard -= {found[-1] for found in self.catalog.list_tables(self.settings.namespace)}
        for name in sorted(unheard):
            self.logger.warning(
                "Setting rules.%s: there is no table of that name, so these rules are not asked. "
                "(It takes names of tables, not of streams.)",
                name,
            )

    def remember_version(self, candidate: Candidate) -> None:
        """Keep in mind of which version a table is about to have rows."""
        if candidate.version is not None:
            self.versions_seen.remember(candidate.name, candidate.version)

    def tell(
        self, stream: StagedStream, rows: Landed, whole: Whole | None, published: Published
    ) -> None:
        """Tell people what became of a stream.

        Args:
            stream: The stream.
            rows: Its rows.
            whole: The whole read of the source that they are, if they are.
            published: What they did to its table.
        """
        difference = published.difference
        held_back = rows.rows - rows.rows_merged - (whole.first_row if whole else 0)
        note = "" if stream.keys else " (no keys: rows are appended, also when they come again)"
        if held_back:
            note += f" ({held_back} after the last STATE are landed only)"
        aside = f", {difference.withheld} set aside" if difference.withheld else ""
        self.logger.info(
            "Stream %s: %d landed; table %s: %d inserted, %d updated, %d deleted, %d unchanged%s; "
            "%s%s",
            stream.name,
            rows.rows,
            stream.settings.table,
            difference.inserted,
            difference.updated,
            difference.deleted,
            difference.unchanged,
            aside,
            f"snapshot {published.snapshot_id}" if published.snapshot_id else "nothing to commit",
            note,
        )
