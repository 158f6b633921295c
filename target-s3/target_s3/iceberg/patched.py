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

from columnar_target.arrivals.staging import PARQUET_OPTIONS
from target_s3.iceberg.datafiles import DataFiles
from target_s3.iceberg.fields import Field
from target_s3.parquet.footer import Chunk, Column, Footer, FooterError
from target_s3.parquet.stitching import stitch

ROW = "old_row"
"""The column of updates that says which row of the file each is for."""

_INT32, _INT64, _FIXED = 1, 2, 7
"""Parquet's numbers for types of bytes, of which decimals have one by their digits."""
_OF_INT32, _OF_INT64 = 9, 18


@dataclass(frozen=True)
class Patch:
    """What changes in a file.

    Attributes:
        path: A local copy of it.
        fields: The columns that change.
        rows: How many rows do.
    """

    path: Path
    fields: tuple[Field, ...]
    rows: int


def can_be_patched(patch: Patch, fields: Sequence[Field], *, most: float) -> bool:
    """Whether it is possible, and cheaper than to encode all of a file anew.

    Args:
        patch: What is to change.
        fields: The table's columns.
        most: The share of rows that may change.
    """
    try:
        footer = Footer(patch.path)
        names = {footer.names[field.field_id] for field in fields if field.field_id in footer.names}
    except FooterError:  # with columns within columns
        return False
    rows = footer.row_groups
    return bool(names) and all(rows) and patch.rows <= sum(rows) * most


def patched_file(patch: Patch, updates: pa.Table, partition: Record, files: DataFiles) -> DataFile:
    """Write a file anew with some of its rows changed; their order stays.

    Args:
        patch: What changes.
        updates: The new values by alias, with `ROW`, in its order.
        partition: The file's.
        files: Where the new one goes.

    Returns:
        A description of it, ready for a commit.
    """
    old = Footer(patch.path)
    encoded = [
        field
        for field in files.fields
        if field in patch.fields
        or (field.field_id in old.names and not _is_stored_as_now(old, field))
    ]
    beside = files.folder / f"patches-{uuid.uuid4()}.parquet"
    schema = pa.schema([(field.alias, field.arrow) for field in encoded])
    with pq.ParquetWriter(beside, schema, **PARQUET_OPTIONS) as writer:
        for rows in _row_groups(old, encoded, updates, schema):
            writer.write_table(rows, row_group_size=rows.num_rows)
    local = files.folder / f"patched-{uuid.uuid4()}.parquet"
    _stitch(local, old, Footer(beside), encoded, files.fields)
    beside.unlink()
    return files.add(local, partition)


def _is_stored_as_now(old: Footer, field: Field) -> bool:
    """Whether a column's bytes are what readers expect of its type by now.

    A decimal that has become wider is: as another kind of number, which not all take for it.
    """
    if not pa.types.is_decimal(field.arrow):
        return True
    digits = field.arrow.precision
    wanted = _INT32 if digits <= _OF_INT32 else _INT64 if digits <= _OF_INT64 else _FIXED
    return old.physical_type(old.names[field.field_id]) == wanted


def _row_groups(
    old: Footer, fields: Sequence[Field], updates: pa.Table, schema: pa.Schema
) -> Iterator[pa.Table]:
    """Columns with their new values, whole, a row group at a time."""
    changed = updates.column(ROW).to_numpy()
    first = 0
    with pq.ParquetFile(old.path, coerce_int96_timestamp_unit="us") as file:
        for number, rows in enumerate(old.row_groups):
            start, stop = np.searchsorted(changed, [first, first + rows])
            here = updates.slice(start, stop - start)
            mask = np.zeros(rows, dtype=bool)
            mask[here.column(ROW).to_numpy() - first] = True
            columns = []
            for field in fields:
                if field.field_id in old.names:
                    name = old.names[field.field_id]
                    values = _cast(file.read_row_group(number, columns=[name]).column(name), field)
                else:
                    values = pa.nulls(rows, field.arrow)
                if field.alias in updates.column_names:
                    new = _cast(here.column(field.alias), field)
                    values = pc.replace_with_mask(values, mask, new)
                columns.append(values)
            yield pa.Table.from_arrays(columns, schema=schema)
            first += rows


def _cast(values: pa.ChunkedArray, field: Field) -> pa.Array:
    return values.cast(field.arrow).combine_chunks()


def _stitch(
    path: Path, old: Footer, new: Footer, encoded: Sequence[Field], fields: Sequence[Field]
) -> None:
    there = [field for field in fields if field in encoded or field.field_id in old.names]

    def chunk(field: Field, number: int) -> Chunk:
        if field in encoded:
            return new.chunk(number, field.alias)
        return old.chunk(number, old.names[field.field_id])

    stitch(
        path,
        [Column(field.file_name, field.field_id) for field in there],
        [[chunk(field, number) for field in there] for number in range(len(old.row_groups))],
    )
