"""Iceberg data files: written by DuckDB, described by pyiceberg."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from pyiceberg.expressions.literals import literal as iceberg_literal
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import FileScanTask, Table
from pyiceberg.typedef import Record

from target_s3.errors import SchemaError
from target_s3.iceberg.fields import Field, literal, named, quoted
from target_s3.lake.storage import Storage

PARTITION = "target_s3_partition"
"""The column that numbers a row's partition, and the folder DuckDB makes of it."""

LONGEST_FOLDER = 100
"""Characters of a partition's folder name; readers go by metadata, not by names."""

_GROUPING = {
    "identity": "{column}",
    "year": "year({column})",
    "month": "year({column}) * 12 + month({column})",
    "day": "cast({column} as date)",
    "hour": "date_trunc('hour', {column})",
}
"""SQL that is equal for two values exactly when Iceberg's transform is."""

_FORMAT = "format parquet, compression zstd, row_group_size_bytes '64MB'"


@dataclass(frozen=True)
class Partitions:
    """The partitions that a relation's rows fall into.

    Attributes:
        values: Their Iceberg values; a partition's number is its place here.
        numbered: SQL: the relation's rows with the column `PARTITION`.
    """

    values: tuple[Record, ...]
    numbered: str


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


def partitions_of(
    connection: duckdb.DuckDBPyConnection, relation: str, table: Table, fields: Sequence[Field]
) -> Partitions:
    """Find the partitions that the rows of a relation fall into.

    Args:
        connection: Where the relation lives.
        relation: Its name.
        table: The table whose partition spec holds.
        fields: The table's columns.
    """
    spec, schema = table.spec(), table.schema()
    if spec.is_unpartitioned():
        return Partitions((Record(),), f"select *, 0 as {PARTITION} from {relation}")
    names = (str(schema.find_column_name(part.source_id)) for part in spec.fields)
    sources = named(fields, names)
    groupings = [
        _GROUPING[str(part.transform)].format(column=source.alias)
        for part, source in zip(spec.fields, sources, strict=True)
    ]
    by_name = {f"grouping_{number}": text for number, text in enumerate(groupings)}
    columns = ", ".join(f"{text} as {name}" for name, text in by_name.items())
    samples = ", ".join(f"any_value({s.alias}) as sample_{n}" for n, s in enumerate(sources))
    connection.execute(
        f"create or replace table partition_numbers as select *, row_number() over () - 1 as "
        f"{PARTITION} from (select {columns}, {samples} from {relation} group by all)"
    )
    listed = ", ".join(f"sample_{number}" for number in range(len(sources)))
    rows = connection.execute(
        f"select {listed} from partition_numbers order by {PARTITION}"
    ).fetchall()
    kinds = [schema.find_type(part.source_id) for part in spec.fields]
    values = tuple(
        Record(
            *(
                part.transform.transform(kind)(
                    None if sample is None else iceberg_literal(sample).to(kind).value
                )
                for part, kind, sample in zip(spec.fields, kinds, row, strict=True)
            )
        )
        for row in rows
    )
    same = " and ".join(f"{text} is not distinct from {name}" for name, text in by_name.items())
    numbered = f"select {relation}.*, {PARTITION} from {relation} join partition_numbers on {same}"
    return Partitions(values, numbered)


def write_data_files(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    table: Table,
    fields: Sequence[Field],
    *,
    storage: Storage,
    scratch: Path,
    run_id: str,
) -> Iterator[DataFile]:
    """Write a relation's rows as data files of a table, in one pass.

    Args:
        connection: Where the relation lives.
        relation: Its name; its columns are the fields' aliases.
        table: The table the files are for; nothing refers to them until a commit does.
        fields: The table's columns.
        storage: Where the files go.
        scratch: A local folder for files under way.
        run_id: Goes into the files' names.

    Yields:
        A description of each file written, ready for a commit.
    """
    partitions = partitions_of(connection, relation, table, fields)
    folder = scratch / f"data-{uuid.uuid4()}"
    folder.mkdir()
    _copy(connection, partitions.numbered, fields, folder, whole=len(partitions.values) == 1)
    for number, value in enumerate(partitions.values):
        for local in sorted((folder / f"{PARTITION}={number}").glob("*.parquet")):
            metadata = pq.read_metadata(local)
            if not metadata.num_rows:
                continue
            size = local.stat().st_size
            url = f"{_folder_of(table, value)}/{run_id}-{uuid.uuid4()}.parquet"
            storage.put(local, url)
            storage.keep_copy(local, url, scratch)
            yield _data_file(table, fields, value, url, metadata, size)


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
        **statistics.to_serialized_dict(),
    )
