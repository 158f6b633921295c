"""The rows of a file of columns, some at a time: what is held does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 50_000
"""So many rows are handed on at once; a few more, if a file's own pieces do not add up."""
BYTES = 64 * 1024 * 1024
"""Fewer are, if they take more than this."""

_PARQUET_ROWS = 8_192
"""So many are decoded at once; more are no faster."""
_PLAIN_CODECS = {"UNCOMPRESSED", "SNAPPY", "GZIP"}
_SHARED = 0.9
"""Halves that have more than this of a whole share most of it."""


def batches_of_parquet(file: IO[bytes]) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file, few at a time where they are large."""
    with pq.ParquetFile(file) as parquet:
        for number in range(parquet.num_row_groups):
            group = parquet.metadata.row_group(number)
            fitting = BYTES * group.num_rows // max(group.total_byte_size, 1)
            count = min(max(fitting, 1), _PARQUET_ROWS)
            yield from parquet.iter_batches(batch_size=count, row_groups=[number])


def plain_schema(file: IO[bytes]) -> pa.Schema | None:
    """The columns of a Parquet file, if it is compressed in no other way than all readers know."""
    with pq.ParquetFile(file) as parquet:
        groups = map(parquet.metadata.row_group, range(parquet.num_row_groups))
        codecs = {
            group.column(number).compression
            for group in groups
            for number in range(group.num_columns)
        }
        return parquet.schema_arrow if codecs <= _PLAIN_CODECS else None


def batches_of_arrow(file: IO[bytes]) -> Iterator[pa.RecordBatch]:
    """The record batches of an Arrow file, each whole: only compressed ones take memory."""
    with pa.ipc.open_file(file) as arrow:
        for number in range(arrow.num_record_batches):
            yield arrow.get_batch(number)


def handy(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Small batches together, large ones in pieces; without a copy."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        for piece in _pieces(batch):
            waiting.append(piece)
            rows, size = rows + piece.num_rows, size + piece.nbytes
            if rows >= ROWS or size >= BYTES:
                yield pa.Table.from_batches(waiting)
                waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch cut into halves until each is small enough."""
    middle = batch.num_rows // 2
    many = batch.num_rows > ROWS
    if not many and (not middle or batch.nbytes <= BYTES):
        yield batch
        return
    halves = batch.slice(0, middle), batch.slice(middle)
    # what all rows share, such as a dictionary, no cut makes less
    if not many and all(half.nbytes > _SHARED * batch.nbytes for half in halves):
        yield batch
        return
    for half in halves:
        yield from _pieces(half)
