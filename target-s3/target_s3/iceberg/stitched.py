"""Data files whose columns are those of staged files, byte by byte.

Staged rows are encoded once, for the landing zone. Where all rows of a row group are new to a
table, its pages are what DuckDB would write again: they are copied, and the columns that no staged
file has, each with one value for all rows, are written beside them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.typedef import Record

from columnar_target.arrivals.staging import FEWEST_ROWS, PARQUET_OPTIONS, StagedFile
from columnar_target.relations.sql import sql_type_of
from target_s3.iceberg.datafiles import DataFiles
from target_s3.iceberg.fields import Field
from target_s3.iceberg.partitions import partition_columns, partition_value
from target_s3.parquet.footer import Chunk, Column, Footer
from target_s3.parquet.stitching import stitch


@dataclass(frozen=True)
class Stretch:
    """A row group of a staged file that could be one of the table's.

    Attributes:
        file: The staged file.
        row_group: Its number in the file.
        rows: The numbers of its rows in the file.
        partition: The one that all of its rows fall into.
    """

    file: StagedFile
    row_group: int
    rows: range
    partition: Record


def stretches_of(file: StagedFile, table: Table, fields: Sequence[Field]) -> list[Stretch]:
    """The row groups of a staged file that could be a table's as they are.

    Small ones are encoded anew, with others, for they would pile up; what is left for a file's last
    one may be small. All of their rows belong to the load and fall into one partition, and they
    hold the table's types.

    Args:
        file: The staged file.
        table: The table.
        fields: The table's columns.
    """
    types = {field.name: field.sql_type for field in fields}
    if any(types.get(column.name) != sql_type_of(column.type) for column in file.schema):
        return []
    metadata = pq.read_metadata(file.path)
    found, first = [], 0
    for number in range(metadata.num_row_groups):
        row_group = metadata.row_group(number)
        rows = range(first, first + row_group.num_rows)
        is_rest = number == metadata.num_row_groups - 1 and number > 0
        is_large = len(rows) >= FEWEST_ROWS or is_rest
        if is_large and file.first <= rows.start and rows.stop <= file.end:
            partition = _partition(row_group, file.schema, table)
            if partition is not None:
                found.append(Stretch(file, number, rows, partition))
        first = rows.stop
    return found


def _partition(row_group: pq.RowGroupMetaData, schema: pa.Schema, table: Table) -> Record | None:
    """The partition that all rows of a row group fall into; None if they may fall into several.

    Iceberg's transforms keep the order of what they transform: where the least and the greatest
    value fall into one partition, so do all between them.
    """
    if table.spec().is_unpartitioned():
        return Record()
    names = partition_columns(table)
    if any(name not in schema.names for name in names):
        return None
    statistics = [row_group.column(schema.get_field_index(name)).statistics for name in names]
    if any(each is None or not each.has_min_max or each.null_count for each in statistics):
        return None
    least = partition_value(table, [each.min for each in statistics])
    return least if least == partition_value(table, [each.max for each in statistics]) else None


def constant_row(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], constants: Mapping[str, str]
) -> dict[str, Any]:
    """What columns are in every row of a load.

    Args:
        connection: Where it is worked out.
        fields: The columns.
        constants: SQL expression by column name; null for others.

    Returns:
        Python's values by column name.
    """
    columns = ", ".join(
        f"cast({constants.get(field.name, 'null')} as {field.sql_type})" for field in fields
    )
    values = connection.execute(f"select {columns or 'null'}").fetchall()[0]
    return {field.name: value for field, value in zip(fields, values, strict=False)}


def stitched_files(
    connection: duckdb.DuckDBPyConnection,
    stretches: Sequence[Stretch],
    constants: Mapping[str, str],
    files: DataFiles,
) -> Iterator[DataFile]:
    """Make data files of row groups, one for each partition and staged file.

    Args:
        connection: Where the constants are worked out.
        stretches: The row groups.
        constants: SQL expression by column name, for columns that staged files do not have.
        files: Where data files go.

    Yields:
        A description of each file, ready for a commit.
    """
    together: dict[tuple[Path, Record], list[Stretch]] = {}
    for stretch in stretches:
        together.setdefault((stretch.file.path, stretch.partition), []).append(stretch)
    for (_, partition), group in together.items():
        there = group[0].file.schema.names
        others = [field for field in files.fields if field.name not in there]
        beside = files.folder / f"constants-{uuid.uuid4()}.parquet"
        row = constant_row(connection, others, constants)
        scalars = {field.alias: pa.scalar(row[field.name], field.arrow) for field in others}
        _write_constants(beside, scalars, [len(stretch.rows) for stretch in group])
        local = files.folder / f"stitched-{uuid.uuid4()}.parquet"
        _stitch(local, group, files.fields, beside)
        beside.unlink()
        yield files.add(local, partition)


def _write_constants(path: Path, row: Mapping[str, pa.Scalar], row_groups: Sequence[int]) -> None:
    """Write a file with the same row as often as row groups of another have rows."""
    schema = pa.schema([(name, value.type) for name, value in row.items()])
    with pq.ParquetWriter(path, schema, **PARQUET_OPTIONS) as writer:
        for rows in row_groups:
            columns = [pa.repeat(value, rows) for value in row.values()]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema), row_group_size=rows)


def _stitch(path: Path, group: Sequence[Stretch], fields: Sequence[Field], beside: Path) -> None:
    staged = Footer(group[0].file.path)
    constant = Footer(beside)

    def chunk(field: Field, number: int) -> Chunk:
        if field.name in staged.elements:
            return staged.chunk(group[number].row_group, field.name)
        return constant.chunk(number, field.alias)

    stitch(
        path,
        [Column(field.file_name, field.field_id) for field in fields],
        [[chunk(field, number) for field in fields] for number in range(len(group))],
    )
