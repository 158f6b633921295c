"""Brings one stream's staged rows into its table: one commit, or none if nothing changed."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table

from target_s3.arrivals.staging import StagedFile
from target_s3.errors import ConcurrentWriteError, SchemaError
from target_s3.iceberg.commit import replace_files
from target_s3.iceberg.datafiles import partitions_of, write_data_files
from target_s3.iceberg.fields import Field, table_fields
from target_s3.lake.storage import Storage
from target_s3.merging.incoming import Incoming, Keys
from target_s3.merging.merge import Difference, Merge, Removal

ATTEMPTS = 5
SMALL_FILE_BYTES = 16 * 1024 * 1024
"""Files below this are rewritten along with their partition's new rows, so they do not pile up."""


@dataclass(frozen=True)
class Arrival:
    """One stream's rows on the way into its table.

    Attributes:
        stream: The stream's name, for messages.
        files: The staged rows, in the order of their arrival.
        keys: What identifies rows.
        removal: How rows go that the source does not have any more.
        constants: SQL expression by column name for the load's own columns.
        snapshot_properties: Kept in the snapshot's summary, atomically with the data.
    """

    stream: str
    files: tuple[StagedFile, ...]
    keys: Keys
    removal: Removal
    constants: dict[str, str]
    snapshot_properties: dict[str, str]


@dataclass(frozen=True)
class Published:
    """What a load did to a table."""

    difference: Difference
    snapshot_id: int | None


@dataclass(frozen=True)
class Publisher:
    """What a commit needs besides the rows.

    Attributes:
        connection: The DuckDB that compares.
        storage: The lake's files.
        scratch: A local folder for files under way.
        run_id: Goes into data files' names.
        logger: Where a repeated attempt is told.
        sleep: Waits some seconds between attempts.
    """

    connection: duckdb.DuckDBPyConnection
    storage: Storage
    scratch: Path
    run_id: str
    logger: logging.Logger
    sleep: Callable[[float], None] = time.sleep

    def publish(self, table: Table, arrival: Arrival) -> Published:
        """Merge staged rows into a table in one commit, or none if nothing differs.

        When another writer commits in between, the difference is taken anew against what that
        writer left.

        Args:
            table: The table, freshly loaded.
            arrival: What goes into it.

        Raises:
            ConcurrentWriteError: Other writers were faster every time.
            RecordError: A key is null, or a value does not fit the table's column.
        """
        if not (arrival.files or arrival.removal.whole):
            return Published(Difference(), None)
        for attempt in range(1, ATTEMPTS + 1):
            published = self._attempt(table, arrival)
            if published is not None:
                return published
            self.logger.info(
                "Another writer changed table %s first; comparing anew (attempt %d of %d).",
                ".".join(table.name()[-2:]),
                attempt,
                ATTEMPTS,
            )
            self.sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311 - not a secret
            table.refresh()
        raise ConcurrentWriteError(
            f"Other writers changed table {'.'.join(table.name()[-2:])} during each of {ATTEMPTS} "
            "attempts to commit to it. Nothing is lost: run again when they are done."
        )

    def _attempt(self, table: Table, arrival: Arrival) -> Published | None:
        """Compare and commit once; None, and nothing left behind, if the table moved."""
        # anew each time: another writer may have changed the columns as well
        fields = table_fields(table.schema())
        incoming = Incoming(self.connection, fields, arrival.keys, stream=arrival.stream)
        incoming.take_in(arrival.files, arrival.constants)
        merge = Merge(self.connection, fields, arrival.keys, arrival.removal, incoming)
        tasks = self._planned(table)
        difference = merge.compare(list(tasks))
        if difference.is_empty:
            return Published(difference, None)
        written: list[DataFile] = []
        try:
            rewritten = self._rewritten(table, fields, tasks, difference)
            merge.result(rewritten, arrival.constants)
            written += write_data_files(
                self.connection,
                "result",
                table,
                fields,
                storage=self.storage,
                scratch=self.scratch,
                run_id=self.run_id,
            )
            replace_files(
                table,
                [tasks[path].file for path in rewritten],
                written,
                snapshot_properties=arrival.snapshot_properties,
            )
        except (CommitFailedException, ValidationException):
            for data_file in written:
                self.storage.delete(data_file.file_path)
            return None
        snapshot = table.current_snapshot()
        return Published(difference, snapshot.snapshot_id if snapshot else None)

    def _planned(self, table: Table) -> dict[Path, FileScanTask]:
        """The table's data files, by the path of a local copy."""
        tasks = list(table.scan().plan_files())
        if any(task.delete_files for task in tasks):
            raise SchemaError(
                f"Table {'.'.join(table.name()[-2:])} holds delete files, written by another "
                "engine: compact it there first; this target writes copy-on-write only."
            )
        return {self.storage.local_copy(task.file.file_path, self.scratch): task for task in tasks}

    def _rewritten(
        self,
        table: Table,
        fields: Sequence[Field],
        tasks: dict[Path, FileScanTask],
        difference: Difference,
    ) -> list[Path]:
        """The files that the commit replaces: holders of old copies, and small neighbours."""
        receiving = set(partitions_of(self.connection, "new_rows", table, fields).values)
        return [
            path
            for path, task in tasks.items()
            if path in difference.files
            or (
                task.file.partition in receiving and task.file.file_size_in_bytes < SMALL_FILE_BYTES
            )
        ]
