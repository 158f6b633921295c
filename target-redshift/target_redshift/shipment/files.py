"""Files that COPY reads: Parquet, and JSON lines for what Parquet cannot bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from columnar_target.errors import RecordError
from target_redshift.shipment.rows import Rows

PARQUET_OPTIONS: dict[str, Any] = {"compression": "snappy"}
"""What every reader of Parquet knows, Redshift among them."""

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes of a JSON object that COPY takes."""

_FILE_BYTES = 256 * 1024 * 1024
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def write_parquet(batches: Iterable[pa.RecordBatch], stem: Path) -> Iterator[Path]:
    """Write rows into files of a handy size each.

    Args:
        batches: The rows.
        stem: What their paths begin with.
    """
    writer: pq.ParquetWriter | None = None
    path, number = stem, 0
    try:
        for batch in batches:
            if writer is None:
                number += 1
                path = stem.with_name(f"{stem.name}-{number:04}.parquet")
                writer = pq.ParquetWriter(path, batch.schema, **PARQUET_OPTIONS)
            writer.write_batch(batch)
            if path.stat().st_size > _FILE_BYTES:
                writer.close()
                writer = None
                yield path
    finally:
        if writer is not None:
            writer.close()
    if writer is not None:
        yield path


def write_json(batches: Iterable[pa.RecordBatch], rows: Rows, path: Path) -> None:
    """Write rows as JSON lines: COPY reads documents there that JSON_PARSE would not take.

    Args:
        batches: The rows.
        rows: Those that they are of.
        path: The file.

    Raises:
        RecordError: A row takes more than COPY does of an object.
    """
    written: dict[str, Callable[[Any], Any]] = {}
    for column in rows.columns:
        if column.column.is_document:
            written[column.alias] = lambda value: msgspec.Raw(value.encode())
        elif pa.types.is_timestamp(column.column.type.arrow):
            # as COPY reads them, with all six digits
            written[column.alias] = lambda value: value.isoformat(sep=" ")
    with path.open("wb") as file:
        for batch in batches:
            for record in batch.to_pylist():
                line = _ENCODER.encode(
                    {
                        name: value
                        if value is None or name not in written
                        else written[name](value)
                        for name, value in record.items()
                    }
                )
                if len(line) > LONGEST_LINE:
                    raise _too_long(rows, record, len(line))
                file.write(line + b"\n")


def _too_long(rows: Rows, record: dict[str, Any], size: int) -> RecordError:
    key = rows.described(record[key.alias] for key in rows.keys)
    return RecordError(
        f"Stream {rows.stream!r}: the record with {key} takes {size} bytes as JSON, and Redshift's "
        f"COPY takes {LONGEST_LINE} of an object. Leave its longest column out in the tap; "
        "target-s3 keeps it whole."
    )
