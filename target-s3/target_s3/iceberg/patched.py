"""Data files in which some rows have changed: columns that are as they were are copied.

A file of which a few rows change is written anew as a whole, since Iceberg's copy-on-write knows
nothing smaller. Its unchanged columns need not be decoded for that: only the changed ones are, and
the new values take the places of the old.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.manifest import DataFile
from pyiceberg.typedef import Record

from target_s3.arrivals.staging import PARQUET_OPTIONS
from target_s3.iceberg.datafiles import DataFiles
from target_s3.iceberg.fields import Field
from target_s3.parquet.footer import Chunk, Column, Footer
from target_s3.parquet.stitching import stitch

ROW = "old_row"
"""The column of updates that says which row of the file each is for."""


@dataclass(frozen=True)
class Patch:
    """What changes in a file.

    Attributes:
        path: A local copy of it.
        fields: The columns that change.
        updates: Their new values by alias, with `ROW`, in its order.
    """

    path: Path
    fields: Sequence[Field]
    updates: pa.Table


def patched_file(patch: Patch, partition: Record, files: DataFiles) -> DataFile:
    """Write a file anew with some of its rows changed; their order stays.

    Args:
        patch: The changes.
        partition: The file's.
        files: Where the new one goes.

    Returns:
        A description of it, ready for a commit.
    """
    beside = files.folder / f"patches-{uuid.uuid4()}.parquet"
    schema = pa.schema([(field.alias, field.arrow) for field in patch.fields])
    with pq.ParquetWriter(beside, schema, **PARQUET_OPTIONS) as writer:
        for rows in _row_groups(patch, schema):
            writer.write_table(rows, row_group_size=rows.num_rows)
    local = files.folder / f"patched-{uuid.uuid4()}.parquet"
    _stitch(local, patch, files.fields, beside)
    beside.unlink()
    return files.add(local, partition)


def _row_groups(patch: Patch, schema: pa.Schema) -> Iterator[pa.Table]:
    """The changed columns, whole, a row group at a time."""
    names = Footer(patch.path).names
    changed = patch.updates.column(ROW).to_numpy()
    first = 0
    with pq.ParquetFile(patch.path) as file:
        for number in range(file.num_row_groups):
            rows = file.metadata.row_group(number).num_rows
            start, stop = np.searchsorted(changed, [first, first + rows])
            updates = patch.updates.slice(start, stop - start)
            mask = np.zeros(rows, dtype=bool)
            mask[updates.column(ROW).to_numpy() - first] = True
            columns = []
            for field in patch.fields:
                if field.field_id in names:
                    name = names[field.field_id]
                    old = file.read_row_group(number, columns=[name]).column(name)
                else:
                    old = pa.chunked_array([pa.nulls(rows, field.arrow)])
                new = updates.column(field.alias)
                columns.append(pc.replace_with_mask(_cast(old, field), mask, _cast(new, field)))
            yield pa.Table.from_arrays(columns, schema=schema)
            first += rows


def _cast(values: pa.ChunkedArray, field: Field) -> pa.Array:
    return values.cast(field.arrow).combine_chunks()


def _stitch(path: Path, patch: Patch, fields: Sequence[Field], beside: Path) -> None:
    old, new = Footer(patch.path), Footer(beside)
    there = [field for field in fields if field in patch.fields or field.field_id in old.names]

    def chunk(field: Field, number: int) -> Chunk:
        if field in patch.fields:
            return new.chunk(number, field.alias)
        return old.chunk(number, old.names[field.field_id])

    stitch(
        path,
        [Column(field.file_name, field.field_id) for field in there],
        [[chunk(field, number) for field in there] for number in range(len(old.row_groups))],
    )
