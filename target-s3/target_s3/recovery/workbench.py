"""What every recovery works with: the lake's catalog, a DuckDB and a folder of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError
from pyiceberg.table import Table

from columnar_target.arrivals.scratch import Scratch
from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import SettingError
from columnar_target.records.columns import FIELD_ID
from columnar_target.relations.database import connect
from target_s3.commands import Place
from target_s3.iceberg.fields import Field, table_fields
from target_s3.iceberg.tables import open_catalog, refuse_no_lake
from target_s3.lake.workplace import workplace
from target_s3.merging.publish import Publisher
from target_s3.publishing.journal import Journals
from target_s3.publishing.preparation import RUN_ID_PROPERTY, STATE_PROPERTY


@dataclass(frozen=True)
class Workbench:
    """What a recovery works with.

    Attributes:
        place: The lake and its settings.
        catalog: Where tables are registered.
        publisher: Compares and commits.
        journals: The lake's.
        started: When the recovery began (UTC).
    """

    place: Place
    catalog: Catalog
    publisher: Publisher
    journals: Journals
    started: dt.datetime

    def find(self, namespace: str, name: str) -> Table | None:
        """A table; None if it is not there."""
        try:
            return self.catalog.load_table((namespace, name))
        except (NoSuchTableError, NoSuchNamespaceError):
            return None

    def table(self, name: str) -> Table:
        """A table of the lake.

        Raises:
            SettingError: It is not there.
        """
        namespace = self.place.settings.namespace
        table = self.find(namespace, name)
        if table is None:
            there = (
                sorted(identifier[-1] for identifier in self.catalog.list_tables(namespace))
                if self.catalog.namespace_exists(namespace)
                else []
            )
            raise SettingError(
                f"There is no table {name!r} in namespace {namespace!r}: "
                f"{', '.join(there) or 'there is none at all'}. (--rebuild makes one anew that was "
                "dropped.)"
            )
        return table

    def snapshot_properties(self, table: Table | None) -> dict[str, str]:
        """What the summary of a recovery's snapshot says: its run, and the state of the last load.

        Args:
            table: The table that it changes, if it is there.
        """
        snapshot = table.current_snapshot() if table is not None else None
        before = (
            dict(snapshot.summary.additional_properties) if snapshot and snapshot.summary else {}
        )
        state = {STATE_PROPERTY: before[STATE_PROPERTY]} if STATE_PROPERTY in before else {}
        return {RUN_ID_PROPERTY: self.place.settings.run_id, **state}


def rows_of(
    table: Table, publisher: Publisher, *, apart_from: Sequence[str] = ()
) -> tuple[StagedFile, ...]:
    """The rows of a table as if they had just arrived.

    Args:
        table: The table.
        publisher: Knows its files.
        apart_from: Names of columns that do not belong to the rows.
    """
    fields = table_fields(table.schema())
    schema = staged_schema([field for field in fields if field.name not in apart_from])
    files = (task.file for task in table.scan().plan_files())
    return tuple(
        StagedFile(
            publisher.storage.local_copy(file.file_path, publisher.scratch),
            schema,
            0,
            file.record_count,
        )
        for file in files
    )


def staged_schema(fields: Sequence[Field]) -> pa.Schema:
    """The schema of a table's data files, as that of staged ones is told."""
    return pa.schema(
        pa.field(
            field.name,
            # pyiceberg reads text as large_string, which staged rows never are
            pa.string() if field.sql_type == "varchar" else field.arrow,
            metadata={FIELD_ID: str(field.field_id)},
        )
        for field in fields
    )


def keys_of(table: Table) -> tuple[str, ...]:
    """The columns that identify a table's rows, in its order."""
    identifiers = table.schema().identifier_field_names()
    return tuple(field.name for field in table.schema().fields if field.name in identifiers)


@contextlib.contextmanager
def workbench(place: Place, started: dt.datetime, *, finish: bool = True) -> Iterator[Workbench]:
    """Open a workbench.

    Args:
        place: The lake.
        started: The time (UTC).
        finish: Whether publications that were cut off are finished first.

    Raises:
        SettingError: There is no lake.
    """
    settings = place.settings
    refuse_no_lake(settings)
    with contextlib.ExitStack() as stack:
        scratch = Scratch(workplace(place.storage), settings.run_id)
        stack.callback(scratch.close)
        catalog = stack.enter_context(open_catalog(settings))
        connection = connect(scratch.path, memory_limit=settings.memory_limit)
        stack.enter_context(contextlib.closing(connection))
        journals = Journals(settings, place.storage, place.logger)
        if finish:
            journals.finish(catalog)
        publisher = Publisher(
            connection, place.storage, scratch.path, settings.run_id, place.logger
        )
        yield Workbench(place, catalog, publisher, journals, started)
