"""The rows that are set aside: `<namespace>_quarantine.<table>`, one for each key.

A row is there as long as it waits: it leaves when a version of it comes that breaks no rule, or
when its source does not have it any more. What was there before is in the table's snapshots.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.table import Table

from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import ConcurrentWriteError, SchemaError
from columnar_target.own_columns import (
    QUARANTINE_FIELDS,
    QUARANTINE_RULES,
    QUARANTINE_RUN_ID,
    QUARANTINED_AT,
)
from columnar_target.records.shape import refuse_clashes
from columnar_target.relations.sql import literal, quoted
from target_s3.iceberg.branches import head
from target_s3.iceberg.fields import Field, named, table_fields
from target_s3.iceberg.fitting import fit, iceberg_schema
from target_s3.iceberg.tables import ATTEMPTS, TABLE_PROPERTIES, ensure_namespace
from target_s3.merging.arrival import Arrival, Published
from target_s3.merging.difference import Removal
from target_s3.merging.keys import Keys
from target_s3.merging.publish import Publisher
from target_s3.quality.gate import WITHHELD
from target_s3.quality.relations import rows_of_table
from target_s3.settings import Settings

_RELEASED = "released"


def quarantine_namespace(settings: Settings) -> str:
    """The namespace of the tables of rows that are set aside."""
    return f"{settings.namespace}_quarantine"


def quarantine_location(settings: Settings, name: str) -> str:
    """Where the quarantine of a table has its files."""
    return f"{settings.lake_url}/{settings.tables_path}_quarantine/{name}"


@dataclass(frozen=True)
class Quarantine:
    """Where rows are set aside.

    Attributes:
        settings: The target's settings.
        catalog: Where tables are registered.
        publisher: Compares and commits.
        moment: SQL: when the load began.
    """

    settings: Settings
    catalog: Catalog
    publisher: Publisher
    moment: str

    def table_of(self, name: str) -> Table | None:
        """The quarantine of a table; None if no row was ever set aside."""
        try:
            return self.catalog.load_table((quarantine_namespace(self.settings), name))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None

    def head_of(self, name: str) -> int | None:
        """The snapshot that readers see of a table's quarantine; None if there is none."""
        table = self.table_of(name)
        return None if table is None else head(table)

    def stage(
        self, name: str, arrival: Arrival, staged: Published
    ) -> tuple[Table, Published] | None:
        """Bring the rows that were just set aside into the quarantine's own audit branch.

        Args:
            name: The table that they were on the way to. Its `Merge` has just been at work: the
                relations that it left are read.
            arrival: What the load brought.
            staged: What it would make of the table.

        Returns:
            The quarantine, and what would become of it; None if it has nothing to do with this.

        Raises:
            ConcurrentWriteError: Other writers were faster every time.
        """
        if arrival.brings_nothing:
            return None
        table = self.table_of(name)
        if not staged.difference.withheld and (table is None or table.current_snapshot() is None):
            return None
        self._refuse_strangers(table, arrival, staged)
        files = self._rows(staged) if staged.difference.withheld else ()
        if table is None or files:
            table = self._fitted(name, staged.fields, arrival)
        whole = arrival.removal.whole
        keyed = bool(arrival.keys.columns)
        if keyed and not whole:
            self._release(table, arrival.keys, staged)
        set_aside = Arrival(
            arrival.stream,
            files,
            Keys(arrival.keys.columns),
            Removal(
                whole,
                hard=whole,
                moment=self.moment,
                named=None if whole or not keyed else _RELEASED,
            ),
            constants={
                QUARANTINE_RUN_ID: literal(self.settings.run_id),
                QUARANTINED_AT: self.moment,
            },
            snapshot_properties=arrival.snapshot_properties,
        )
        return table, self.publisher.stage(table, set_aside)

    def _refuse_strangers(self, table: Table | None, arrival: Arrival, staged: Published) -> None:
        """Make sure that rows of the stream and those that wait can be told apart and together.

        Raises:
            SchemaError: A column has a name of the quarantine's own, or other keys tell rows apart.
        """
        own = {field.name for field in QUARANTINE_FIELDS}
        taken = sorted(own & {field.name for field in staged.fields})
        if taken:
            raise SchemaError(
                f"Stream {arrival.stream!r} has a column named {taken[0]!r}, which its quarantine "
                "has itself: rename it in the tap with a stream map."
            )
        there = set(arrival.keys.columns) if table is None else _keys_of(table)
        if there != set(arrival.keys.columns):
            raise SchemaError(
                f"Stream {arrival.stream!r} has the keys {sorted(arrival.keys.columns)}, and rows "
                f"that were set aside before wait in {'.'.join(table.name()[-2:]) if table else ''}"
                f" by {sorted(there)}: look at them, and drop that table, or rename it."
            )

    def _rows(self, staged: Published) -> tuple[StagedFile, ...]:
        """The rows that are set aside, whole, in a file of their own."""
        connection = self.publisher.connection
        names = [field.file_name for field in staged.fields]
        listed = ", ".join(
            f"arrived.{field.alias} as {quoted(field.file_name)}" for field in staged.fields
        )
        ids = ", ".join(
            f"{quoted(name)}: {number}"
            for number, name in enumerate([*names, QUARANTINE_RULES], start=1)
        )
        path = self.publisher.scratch / f"withheld-{uuid.uuid4()}.parquet"
        connection.execute(
            f"copy (select {listed}, {WITHHELD}.rules as {quoted(QUARANTINE_RULES)} from arrived "
            f"join {WITHHELD} using (position) order by position) to {literal(str(path))} "
            f"(format parquet, field_ids {{{ids}}})"
        )
        columns = [*(field.name for field in staged.fields), QUARANTINE_RULES]
        written = pq.read_schema(path)
        schema = pa.schema(
            field.with_name(name) for field, name in zip(written, columns, strict=True)
        )
        return (StagedFile(path, schema, 0, staged.difference.withheld),)

    def _release(self, quarantine: Table, keys: Keys, staged: Published) -> None:
        """Find the rows that have nothing to wait for: they came anew, or left their group."""
        connection = self.publisher.connection
        fields = table_fields(quarantine.schema())
        files = [
            self.publisher.storage.local_copy(task.file.file_path, self.publisher.scratch)
            for task in quarantine.scan().plan_files()
        ]
        waiting = rows_of_table(fields, files).sql
        columns = ", ".join(key.alias for key in named(fields, keys.columns))
        none_held = "select * from latest where false"
        held = f"select * from arrived semi join {WITHHELD} using (position)"
        came = [f"semi join latest on {_same(fields, staged.fields, keys.columns, 'latest')}"]
        if keys.group:
            came.append(
                f"semi join arrived on {_same(fields, staged.fields, keys.group, 'arrived')}"
            )
        again = " union ".join(
            f"select {columns} from ({waiting}) as waiting {how}" for how in came
        )
        connection.execute(
            f"create or replace table {_RELEASED} as "
            f"select * from ({again}) as waiting "
            f"anti join ({held if staged.difference.withheld else none_held}) as held "
            f"on {_same(fields, staged.fields, keys.columns, 'held')}"
        )

    def _fitted(self, name: str, fields: Sequence[Field], arrival: Arrival) -> Table:
        """The quarantine of a table, made or given new columns where needed."""
        identifier = (quarantine_namespace(self.settings), name)
        keys = arrival.keys.columns
        wanted = [
            *(pa.field(field.name, field.arrow, field.name not in keys) for field in fields),
            *QUARANTINE_FIELDS,
        ]
        refuse_clashes(wanted, keys, arrival.stream)
        ensure_namespace(self.catalog, identifier[0])
        for _ in range(ATTEMPTS):
            table = self.table_of(name)
            if table is None:
                with contextlib.suppress(TableAlreadyExistsError):  # another load makes it now
                    self.catalog.create_table(
                        identifier,
                        schema=iceberg_schema(wanted, keys),
                        location=quarantine_location(self.settings, name),
                        properties=TABLE_PROPERTIES,
                    )
                continue
            with contextlib.suppress(CommitFailedException):  # another load adds columns now
                fit(table, wanted, "evolve", arrival.stream)
                return table
        raise ConcurrentWriteError(
            f"Other writers changed the columns of table {'.'.join(identifier)} during each of "
            f"{ATTEMPTS} attempts to fit it. Nothing is lost: run again."
        )


def _keys_of(table: Table) -> set[str]:
    return set(table.schema().identifier_field_names())


def _same(
    waiting: Sequence[Field], fields: Sequence[Field], names: Sequence[str], other: str
) -> str:
    """SQL: that a waiting row and one of another relation have the same values in columns."""
    pairs = zip(named(waiting, names), named(fields, names), strict=True)
    return " and ".join(f"waiting.{mine.alias} = {other}.{theirs.alias}" for mine, theirs in pairs)
