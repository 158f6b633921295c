"""Iceberg data files: written by DuckDB, described by pyiceberg."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import FileScanTask, Table
from pyiceberg.typedef import Record

from columnar_target.errors import SchemaError, StorageError
from columnar_target.reasons import told
from columnar_target.records.columns import FIELD_ID
from columnar_target.relations.sql import literal, quoted
from columnar_target.storage.storage import Storage
from target_s3.iceberg.fields import Field
from target_s3.iceberg.partitions import PARTITION, partitions_of

LONGEST_FOLDER = 100
"""Characters of a partition's folder name; readers go by metadata, not by names."""

_FORMAT = "format parquet, compression zstd, row_group_size_bytes '64MB'"


def refuse_delete_files(table: Table, tasks: Sequence[FileScanTask]) -> None:
    """Make sure that a table's data files are its rows.

    Raises:
        SchemaError: Delete files take some away.
    """
    if any(task.delete_files for task in tasks):
        raise SchemaError(
            f"Table {'.'.join(table.name()[-2:])} holds delete files, written by another "
            "engine: compact it there first; this target writes copy-on-write only."
        )


def refuse_unnumbered(table: Table, copies: Mapping[Path, FileScanTask]) -> None:
    """Make sure that columns are found by their ids: others would be taken for absent.

    Args:
        table: The table.
        copies: Its data files by the paths of local copies.

    Raises:
        SchemaError: A file has columns without ids.
        StorageError: A file is damaged.
    """
    for path, task in copies.items():
        try:
            schema = pq.read_schema(path)
        except pa.ArrowInvalid as fault:
            raise StorageError(
                f"Could not read {task.file.file_path}: {told(fault)}, and run again."
            ) from fault
        if any(FIELD_ID not in (column.metadata or {}) for column in schema):
            raise SchemaError(
                f"Data files of table {'.'.join(table.name()[-2:])} have columns without field "
                "ids, written by another engine: compact it there first."
            )


@dataclass(frozen=True)
class DataFiles:
    """Where a table's new data files go; nothing refers to them until a commit does.

    Attributes:
        table: The table.
        fields: Its columns.
        storage: The lake's files.
        folder: A local folder for files under way.
        run_id: Goes into the files' names.
    """

    table: Table
    fields: Sequence[Field]
    storage: Storage
    folder: Path
    run_id: str

    def add(self, local: Path, partition: Record) -> DataFile:
        """Bring a file into the lake.

        Args:
            local: Its rows as Parquet; a local lake takes the file itself.
            partition: The one that they fall into.

        Returns:
            A description of it, ready for a commit.
        """
        metadata, size = pq.read_metadata(local), local.stat().st_size
        url = f"{_folder_of(self.table, partition)}/{self.run_id}-{uuid.uuid4()}.parquet"
        self.storage.put(local, url)
        self.storage.keep_copy(local, url, self.folder)
        return _data_file(self.table, self.fields, partition, url, metadata, size)


def write_data_files(
    connection: duckdb.DuckDBPyConnection, relation: str, files: DataFiles
) -> Iterator[DataFile]:
    """Write a relation's rows as data files of a table, in one pass.

    Args:
        connection: Where the relation lives.
        relation: Its name; its columns are the fields' aliases.
        files: Where they go.

    Yields:
        A description of each file written, ready for a commit.
    """
    partitions = partitions_of(connection, relation, files.table, files.fields)
    folder = files.folder / f"data-{uuid.uuid4()}"
    folder.mkdir()
    _copy(connection, partitions.numbered, files.fields, folder, whole=len(partitions.values) == 1)
    for number, value in enumerate(partitions.values):
        for local in sorted((folder / f"{PARTITION}={number}").glob("*.parquet")):
            if pq.read_metadata(local).num_rows:
                yield files.add(local, value)


def _copy(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    fields: Sequence[Field],
    folder: Path,
    *,
    whole: bool,
) -> None:
    """Write a query's rows below a folder, in one folder for each partition.

    Args:
        connection: Where the query's relations live.
        query: Rows with the fields' aliases and `PARTITION`.
        fields: The columns to write.
        folder: Where the partitions' folders go.
        whole: There is one partition, number 0: its rows need not be gathered before they are
            written.
    """
    if whole:
        only = folder / f"{PARTITION}=0"
        only.mkdir()
        write_rows(connection, query, fields, only / "all.parquet")
        return
    columns, options = _named(fields)
    connection.execute(
        f"copy (select {columns}, {PARTITION} from ({query})) to {literal(str(folder))} "
        f"({options}, partition_by ({PARTITION}), write_partition_columns false, "
        "overwrite_or_ignore true)"
    )


def write_rows(
    connection: duckdb.DuckDBPyConnection, query: str, fields: Sequence[Field], path: Path
) -> None:
    """Write a query's rows as one file, as data files are written.

    Args:
        connection: Where the query's relations live.
        query: Rows with the fields' aliases.
        fields: The columns to write.
        path: The file.
    """
    columns, options = _named(fields)
    connection.execute(
        f"copy (select {columns} from ({query})) to {literal(str(path))} ({options})"
    )


def _named(fields: Sequence[Field]) -> tuple[str, str]:
    """Columns by their names in files, and the options of COPY."""
    columns = ", ".join(f"{field.alias} as {quoted(field.file_name)}" for field in fields)
    ids = ", ".join(f"{quoted(field.file_name)}: {field.field_id}" for field in fields)
    return columns, f"{_FORMAT}, field_ids {{{ids}}}"


def _folder_of(table: Table, value: Record) -> str:
    path = table.spec().partition_to_path(value, table.schema())
    folders = (part[:LONGEST_FOLDER] for part in path.split("/") if part)
    return "/".join((table.location(), "data", *folders))


def _data_file(
    table: Table,
    fields: Sequence[Field],
    partition: Record,
    url: str,
    metadata: pq.FileMetaData,
    size: int,
) -> DataFile:
    statistics = data_file_statistics_from_parquet_metadata(
        parquet_metadata=metadata,
        stats_columns=compute_statistics_plan(table.schema(), table.properties),
        parquet_column_mapping={field.file_name: field.field_id for field in fields},
    )
    described = statistics.to_serialized_dict()
    for field_id in _unbounded(fields, metadata):
        for bounds in ("lower_bounds", "upper_bounds"):
            described[bounds].pop(field_id, None)
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=url,
        file_format=FileFormat.PARQUET,
        partition=partition,
        file_size_in_bytes=size,
        sort_order_id=None,
        spec_id=table.spec().spec_id,
        equality_ids=None,
        key_metadata=None,
        **described,
    )


def _unbounded(fields: Sequence[Field], metadata: pq.FileMetaData) -> set[int]:
    """The ids of columns whose least and greatest values are not known of all row groups.

    Writers give none for long texts; those of the other row groups would be taken for the file's.
    """
    ids = {field.file_name: field.field_id for field in fields}
    found = set()
    for number in range(metadata.num_row_groups):
        row_group = metadata.row_group(number)
        for place in range(row_group.num_columns):
            column = row_group.column(place)
            known = column.statistics
            if known is None or not (known.has_min_max or known.null_count == row_group.num_rows):
                found.add(ids[column.path_in_schema])
    return found
