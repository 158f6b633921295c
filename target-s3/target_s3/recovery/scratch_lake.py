"""A lake that nobody reads, in which a table's loads happen once more, one after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from columnar_target.arrivals.staging import StagedFile
from columnar_target.own_columns import QUARANTINE_FIELDS
from columnar_target.quality.rules import as_asked
from columnar_target.settings import NO_LIMIT
from columnar_target.storage.storage import open_storage
from target_s3.iceberg.fields import table_fields
from target_s3.iceberg.tables import Shape, ensure_namespace, open_catalog, open_table
from target_s3.lake.past_loads import PastLoad
from target_s3.lake.runs import Origin, moment_of
from target_s3.merging.arrival import Arrival, Published
from target_s3.merging.difference import Difference, Removal
from target_s3.merging.keys import Keys
from target_s3.merging.publish import Publisher
from target_s3.publishing.preparation import load_constants, sql_moment
from target_s3.quality.gate import TableGate
from target_s3.quality.quarantine import Quarantine
from target_s3.recovery.landed_rows import LandedRows, columns_named
from target_s3.recovery.table_in_files import TableInFiles
from target_s3.recovery.workbench import Workbench, keys_of, rows_of
from target_s3.settings import Settings


class _AtOnce(Publisher):
    """Publishes at once what else would wait on a branch: nobody is to be kept from seeing it."""

    def stage(self, table: Table, arrival: Arrival) -> Published:
        return self.publish(table, arrival)


@dataclass(frozen=True)
class ScratchLake:
    """One table and its quarantine.

    Attributes:
        settings: Those of the true lake, but for places.
        catalog: Its own.
        publisher: Compares and commits what goes into the quarantine.
        landed: Reads the true lake's landing files.
        name: The table's name.
        content: The table's rows; the catalog has its columns only.
    """

    settings: Settings
    catalog: Catalog
    publisher: Publisher
    landed: LandedRows
    name: str
    content: TableInFiles

    @property
    def table(self) -> Table | None:
        """The table; None before the first load."""
        try:
            return self.catalog.load_table((self.settings.namespace, self.name))
        except NoSuchTableError:
            return None

    @property
    def quarantine(self) -> Table | None:
        """The table's quarantine; None if no row was ever set aside."""
        return Quarantine(self.settings, self.catalog, self.publisher, "").table_of(self.name)

    def apply(self, load: PastLoad) -> Difference:
        """Let a load, or a replay, happen once more.

        Returns:
            What it did to the table.

        Raises:
            TargetError: Its rows cannot be had.
        """
        origin = load.outcome.origin
        if origin is None:
            return self._replay(load)
        table = self.fitted(load, origin)
        started, hard = moment_of(load.started), origin.hard_delete
        files = self.landed.of(load, origin)
        arrival = Arrival(
            load.stream,
            files,
            Keys(tuple(origin.keys), tuple(origin.replace_by)),
            Removal(origin.whole and not origin.resumed, hard, sql_moment(started)),
            constants=load_constants(started, origin.source_from),
            snapshot_properties={},
            gate=self._gate(load),
        )
        difference = self._publish(load, table, arrival, whole=arrival.removal.whole)
        self.landed.forget(files)
        return difference

    def rows(self) -> tuple[StagedFile, ...]:
        """The table's rows as if they had just arrived."""
        return () if self.table is None else self.content.rows(table_fields(self.table.schema()))

    def rows_set_aside(self) -> tuple[StagedFile, ...]:
        """The same of its quarantine."""
        return () if self.quarantine is None else rows_of(self.quarantine, self.publisher)

    def fitted(self, load: PastLoad, origin: Origin) -> Table:
        """The table, made or given new columns as the load did."""
        # neither partitions nor what they cost matter here
        settings = replace(
            self.settings.stream(load.stream),
            table=self.name,
            partition_by=(),
            replace_by=tuple(origin.replace_by),
            schema_changes="discard" if origin.schema_changes == "discard" else "evolve",
        )
        shape = Shape(
            load.stream,
            columns_named(origin.columns),
            columns_named(origin.first_columns),
            tuple(origin.keys),
            settings,
            marks_deleted=origin.whole and not origin.hard_delete,
        )
        location = f"{self.settings.lake_url}/{self.settings.tables_path}/{self.name}"
        identifier = (self.settings.namespace, self.name)
        return open_table(self.catalog, identifier, shape, location=location)[0]

    def _replay(self, load: PastLoad) -> Difference:
        table, waiting = self.table, self.quarantine
        if table is None or waiting is None:
            return Difference()
        arrival = Arrival(
            load.stream,
            rows_of(
                waiting,
                self.publisher,
                apart_from=[field.name for field in QUARANTINE_FIELDS],
            ),
            Keys(keys_of(table)),
            Removal(whole=False, hard=False, moment=sql_moment(moment_of(load.started))),
            constants={},
            snapshot_properties={},
            gate=self._gate(load),
        )
        return self._publish(load, table, arrival, whole=True)

    def _publish(
        self, load: PastLoad, table: Table, arrival: Arrival, *, whole: bool
    ) -> Difference:
        done = self.content.take_in(table_fields(table.schema()), arrival)
        if load.outcome.audited and done.fields:
            settings = replace(self.settings, run_id=load.run_id)
            moment = sql_moment(moment_of(load.started))
            Quarantine(settings, self.catalog, self.publisher, moment).stage(
                self.name,
                replace(arrival, removal=replace(arrival.removal, whole=whole)),
                done,
            )
        return done.difference

    def _gate(self, load: PastLoad) -> TableGate | None:
        """The rules for which rows were set aside, as they were asked then."""
        texts = [check["rule"] for check in load.outcome.quality if check["policy"] == "quarantine"]
        return TableGate(as_asked(self.name, texts), NO_LIMIT) if texts else None


@contextlib.contextmanager
def scratch_lake(bench: Workbench, name: str) -> Iterator[ScratchLake]:
    """Make a lake below a workbench's folder.

    Args:
        bench: The workbench.
        name: The table's name.
    """
    true = bench.publisher
    url = f"file://{true.scratch}/rebuilt"
    settings = replace(
        bench.place.settings, lake_url=url, catalog={}, s3_endpoint_url=None, s3_region=None
    )
    with open_catalog(settings) as catalog:
        ensure_namespace(catalog, settings.namespace)
        publisher = _AtOnce(
            true.connection, open_storage(url), true.scratch, true.run_id, true.logger
        )
        landed = LandedRows(bench.place.storage, true.scratch)
        content = TableInFiles(true.connection, true.scratch)
        yield ScratchLake(settings, catalog, publisher, landed, name, content)
