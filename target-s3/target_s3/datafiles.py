"""Iceberg data files: written by DuckDB, described by pyiceberg."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from pyiceberg.expressions.literals import literal as iceberg_literal
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.typedef import Record

from target_s3.fields import Field, literal, named, quoted
from target_s3.storage import Storage

_GROUPING = {
    "identity": "{column}",
    "year": "year({column})",
    "month": "year({column}) * 12 + month({column})",
    "day": "cast({column} as date)",
    "hour": "date_trunc('hour', {column})",
}
"""SQL that is equal for two values exactly when Iceberg's transform is."""


@dataclass(frozen=True)
class Partition:
    """One partition that rows belong to: its Iceberg value, and SQL that selects its rows."""

    value: Record
    path: str
    condition: str


def partitions_of(
    connection: duckdb.DuckDBPyConnection, relation: str, table: Table, fields: Sequence[Field]
) -> list[Partition]:
    """The partitions that the rows of a relation fall into.

    Args:
        connection: Where the relation lives.
        relation: Its name.
        table: The table whose partition spec holds.
        fields: The table's columns.
    """
    spec, schema = table.spec(), table.schema()
    if spec.is_unpartitioned():
        return [Partition(Record(), "", "true")]
    sources = named(fields, (_column_name(schema, part.source_id) for part in spec.fields))
    groupings = [
        _GROUPING[str(part.transform)].format(column=source.alias)
        for part, source in zip(spec.fields, sources, strict=True)
    ]
    samples = ", ".join(f"any_value({source.alias})" for source in sources)
    rows = connection.execute(
        f"select {samples} from {relation} group by {', '.join(groupings)} order by all"
    ).fetchall()
    found = []
    for row in rows:
        values, conditions = [], []
        for part, source, grouping, sample in zip(
            spec.fields, sources, groupings, row, strict=True
        ):
            kind = schema.find_type(part.source_id)
            internal = None if sample is None else iceberg_literal(sample).to(kind).value
            values.append(part.transform.transform(kind)(internal))
            conditions.append(_condition(grouping, source, sample))
        value = Record(*values)
        found.append(
            Partition(value, spec.partition_to_path(value, schema), " and ".join(conditions))
        )
    return found


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
    """Write a relation's rows as data files of a table, one for each partition.

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
    for partition in partitions_of(connection, relation, table, fields):
        name = f"{run_id}-{uuid.uuid4()}.parquet"
        local = scratch / name
        _copy(connection, relation, partition.condition, fields, local)
        metadata = pq.read_metadata(local)
        if not metadata.num_rows:
            local.unlink()
            continue
        size = local.stat().st_size
        folder = f"{table.location()}/data/{partition.path}".rstrip("/")
        url = f"{folder}/{name}"
        storage.put(local, url)
        local.unlink(missing_ok=True)
        yield _data_file(table, fields, partition, url, metadata, size)


def _copy(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    condition: str,
    fields: Sequence[Field],
    path: Path,
) -> None:
    columns = ", ".join(f"{field.alias} as {quoted(field.file_name)}" for field in fields)
    ids = ", ".join(f"{quoted(field.file_name)}: {field.field_id}" for field in fields)
    connection.execute(
        f"copy (select {columns} from {relation} where {condition}) to {literal(str(path))} "
        f"(format parquet, compression zstd, field_ids {{{ids}}})"
    )


def _data_file(
    table: Table,
    fields: Sequence[Field],
    partition: Partition,
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
        partition=partition.value,
        file_size_in_bytes=size,
        sort_order_id=None,
        spec_id=table.spec().spec_id,
        equality_ids=None,
        key_metadata=None,
        **statistics.to_serialized_dict(),
    )


def _condition(grouping: str, source: Field, sample: Any) -> str:
    """SQL that is true for the rows whose transform equals the sample's."""
    if sample is None:
        return f"{source.alias} is null"
    value = f"cast({literal(str(sample))} as {source.sql_type})"
    return f"{grouping} = {grouping.replace(source.alias, value)}"


def _column_name(schema: Any, source_id: int) -> str:
    return str(schema.find_column_name(source_id))
