"""Brings one stream's staged rows into its table: one commit, or none if nothing changed."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import duckdb
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table

from columnar_target.errors import ConcurrentWriteError
from columnar_target.own_columns import DELETED_AT, NO_DIFFERENCE
from columnar_target.storage.storage import Storage
from target_s3.iceberg.branches import free_branch, head
from target_s3.iceberg.commit import replace_files
from target_s3.iceberg.datafiles import (
    DataFiles,
    refuse_delete_files,
    refuse_unnumbered,
    write_data_files,
)
from target_s3.iceberg.fields import Field, table_fields
from target_s3.iceberg.partitions import partition_columns, partitions_of
from target_s3.iceberg.patched import patched_file
from target_s3.iceberg.stitched import constant_row, stitched_files, stretches_of
from target_s3.merging.arrival import Arrival, Published
from target_s3.merging.difference import Difference
from target_s3.merging.incoming import Incoming, positions_of
from target_s3.merging.keys import Keys
from target_s3.merging.merge import Merge
from target_s3.merging.twins import Twin, find_twins

ATTEMPTS = 5
SMALL_FILE_BYTES = 16 * 1024 * 1024
"""Files below this are rewritten along with their partition's new rows, so they do not pile up."""

Outcome = TypeVar("Outcome")


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

        Args:
            table: The table, freshly loaded.
            arrival: What goes into it.

        Raises:
            ConcurrentWriteError: Other writers were faster every time.
            RecordError: A key is null, or a value does not fit the table's column.
        """
        return self.persist(table, lambda: self.attempt(table, arrival))

    def stage(self, table: Table, arrival: Arrival) -> Published:
        """The same on a branch of its own: readers see nothing of it."""
        return self.persist(table, lambda: self.attempt(table, arrival, aside=True))

    def persist(self, table: Table, attempt: Callable[[], Outcome | None]) -> Outcome:
        """Try until no other writer is first.

        When another one commits in between, the difference is taken anew against what it left.

        Args:
            table: The table; it is refreshed before each further attempt.
            attempt: Gives None where another writer was first.

        Raises:
            ConcurrentWriteError: Other writers were faster every time.
        """
        for number in range(1, ATTEMPTS + 1):
            outcome = attempt()
            if outcome is not None:
                return outcome
            self.logger.info(
                "Another writer changed table %s first; comparing anew (attempt %d of %d).",
                ".".join(table.name()[-2:]),
                number,
                ATTEMPTS,
            )
            self.sleep(random.uniform(0, 0.2 * 2**number))  # noqa: S311 - not a secret
            table.refresh()
        raise ConcurrentWriteError(
            f"Other writers changed table {'.'.join(table.name()[-2:])} during each of {ATTEMPTS} "
            "attempts to commit to it. Nothing is lost: run again when they are done."
        )

    def attempt(self, table: Table, arrival: Arrival, *, aside: bool = False) -> Published | None:
        """Compare and commit once; None, and nothing left behind, if the table moved.

        Args:
            table: The table.
            arrival: What goes into it.
            aside: Whether the commit makes a branch, and leaves `main` as it is.
        """
        merge, tasks, as_it_is = self._compared(table, arrival)
        if merge is None or as_it_is.difference.is_empty:
            return as_it_is
        written: list[DataFile] = []
        try:
            rewritten = self._rewritten(table, as_it_is.fields, tasks, as_it_is.difference)
            home = DataFiles(table, as_it_is.fields, self.storage, self.scratch, self.run_id)
            replaced = {path: tasks[path] for path in rewritten}
            written += self._written(merge, replaced, arrival, home)
            branch = free_branch(table, self.run_id) if aside else None
            snapshot_id = replace_files(
                table,
                [tasks[path].file for path in rewritten],
                written,
                snapshot_properties=arrival.snapshot_properties,
                branch=branch,
            )
        except (CommitFailedException, ValidationException):
            for data_file in written:
                self.storage.delete(data_file.file_path)
            return None
        local = [self.storage.local_copy(file.file_path, self.scratch) for file in written]
        files = (*(path for path in tasks if path not in set(rewritten)), *local)
        return replace(as_it_is, snapshot_id=snapshot_id, branch=branch, files=files)

    def _written(
        self,
        merge: Merge,
        rewritten: Mapping[Path, FileScanTask],
        arrival: Arrival,
        files: DataFiles,
    ) -> Iterator[DataFile]:
        """Write the rows that new data files must hold; what need not be encoded is copied."""
        large = [
            path
            for path, task in rewritten.items()
            if task.file.file_size_in_bytes >= SMALL_FILE_BYTES
            and task.file.spec_id == files.table.spec().spec_id
        ]
        patches = merge.patching.patches(large, partition_columns(files.table))
        for patch in patches:
            updates = merge.patching.updates(patch)
            yield patched_file(patch, updates, rewritten[patch.path].file.partition, files)
        stretches = {
            positions_of(number, stretch.rows): stretch
            for number, file in enumerate(arrival.files)
            for stretch in stretches_of(file, files.table, files.fields)
        }
        new = merge.all_new(list(stretches), patches)
        as_they_are = [stretches[positions] for positions in new]
        yield from stitched_files(self.connection, as_they_are, arrival.constants, files)
        rest = [path for path in rewritten if path not in {patch.path for patch in patches}]
        if merge.result(rest, arrival.constants, apart_from=new, patched=patches):
            yield from write_data_files(self.connection, "result", files)

    def compare(self, table: Table, arrival: Arrival) -> Published:
        """What a load would do to a table; nothing is written."""
        return self._compared(table, arrival)[2]

    def _compared(
        self, table: Table, arrival: Arrival
    ) -> tuple[Merge | None, dict[Path, FileScanTask], Published]:
        """The difference, with what it takes to write it; no merge if nothing is brought."""
        if arrival.brings_nothing:
            return None, {}, Published(Difference(), base=head(table))
        # anew each time: another writer may have changed the columns as well
        fields, tasks = table_fields(table.schema()), self._planned(table)
        merge, difference = compared(self.connection, fields, arrival, list(tasks))
        return merge, tasks, Published(difference, None, head(table), None, fields, tuple(tasks))

    def _planned(self, table: Table) -> dict[Path, FileScanTask]:
        """The table's data files, by the path of a local copy."""
        tasks = list(table.scan().plan_files())
        refuse_delete_files(table, tasks)
        copies = {
            self.storage.local_copy(task.file.file_path, self.scratch): task for task in tasks
        }
        refuse_unnumbered(table, copies)
        return copies

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
                task.file.file_size_in_bytes < SMALL_FILE_BYTES
                and task.file.partition in receiving
                and task.file.spec_id == table.spec().spec_id
            )
        ]


def compared(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[Field],
    arrival: Arrival,
    files: Sequence[Path],
) -> tuple[Merge, Difference]:
    """Compare what arrives with what is there.

    Args:
        connection: The DuckDB that compares.
        fields: The table's columns.
        arrival: What goes into it.
        files: Local copies of all of its data files.
    """
    incoming = Incoming(connection, fields, arrival.keys, stream=arrival.stream)
    incoming.take_in(arrival.files, arrival.constants)
    merge = Merge(connection, fields, arrival.keys, arrival.removal, incoming)
    constants = constant_row(connection, fields, arrival.constants) if files else {}
    merge.compare(files, _twins(fields, arrival, incoming, files, constants), constants)
    if arrival.gate is None:
        return merge, merge.difference()
    merge.leave_out(arrival.gate.withhold(connection, fields, arrival.keys))
    difference = merge.difference()
    arrival.gate.look_at(connection, fields, arrival.keys)
    return merge, difference


def _twins(
    fields: Sequence[Field],
    arrival: Arrival,
    incoming: Incoming,
    files: Sequence[Path],
    constants: Mapping[str, Any],
) -> list[Twin]:
    """What need not be compared: rows that come once, and are there just as they come."""
    removal, staged = arrival.removal, arrival.files
    sends_marks = any(DELETED_AT in file.schema.names for file in staged)
    if not (arrival.keys.columns and incoming.all_once and files) or sends_marks:
        return []
    if removal.replica or removal.named:
        return []
    return [
        replace(twin, arrived=positions_of(twin.file, twin.arrived))
        for twin in find_twins(staged, files, _that_differ(fields, arrival.keys), constants)
    ]


def _that_differ(fields: Sequence[Field], keys: Keys) -> list[Field]:
    """The columns that tell rows apart, or versions of a row."""
    no_difference = NO_DIFFERENCE.difference(keys.columns)
    return [field for field in fields if field.name not in no_difference]
