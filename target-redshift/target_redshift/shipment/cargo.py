"""The files that are sent: Parquet, and JSON for rows with more than JSON_PARSE takes.

Redshift reads Parquet by position and type; the rest of this package sees to both.
https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from columnar_target.errors import RecordError
from target_redshift.columns.types import LONGEST_TEXT
from target_redshift.shipment.rows import Rows

PARQUET_OPTIONS: dict[str, Any] = {"compression": "snappy"}
"""What every reader of Parquet knows, Redshift among them."""

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes of a JSON object that COPY takes."""

_FILE_BYTES = 256 * 1024 * 1024
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Cargo:
    """A stream's files, ready to be sent.

    Attributes:
        parquet: Files of Parquet.
        json: Files of JSON lines: rows with a document that is too long for JSON_PARSE.
        longest: Bytes of the longest text by column, among all rows.
        rows: How many there are in all.
    """

    parquet: tuple[Path, ...]
    json: tuple[Path, ...]
    longest: dict[str, int]
    rows: int


def load_up(rows: Rows, folder: Path) -> Cargo:
    """Make a stream's files of the rows that count.

    Args:
        rows: The rows.
        folder: Where files may be made.

    Raises:
        RecordError: A text is longer than a VARCHAR, or a row than COPY takes.
    """
    longest = rows.longest()
    _refuse_long_texts(rows, longest)
    documents = [column for column in rows.columns if column.column.is_document]
    too_long = [c for c in documents if longest.get(c.name, 0) > LONGEST_TEXT]
    heavy = " or ".join(f"coalesce(strlen({c.alias}), 0) > {LONGEST_TEXT}" for c in too_long)
    number = rows.count("latest")
    if not heavy and _fits_as_it_is(rows):
        parquet = tuple(file.path for file in rows.files)
    elif number:
        light = f"not ({heavy})" if heavy else "true"
        parquet = tuple(write_parquet(rows.batches(light), folder / "rows"))
    else:
        parquet = ()
    json = tuple(_write_json(rows, heavy, folder / "documents.json")) if heavy else ()
    return Cargo(parquet, json, longest, number)


def _fits_as_it_is(rows: Rows) -> bool:
    """Whether the staged files are what is to be sent: all rows, the columns in their order."""
    kinds = [column.column.type.arrow for column in rows.columns]
    names = [column.name for column in rows.columns]
    return (
        rows.is_untouched
        and not any(map(pa.types.is_time, kinds))
        and all(
            file.schema.names == names and file.schema.types == kinds and file.is_whole
            for file in rows.files
        )
    )


def _refuse_long_texts(rows: Rows, longest: dict[str, int]) -> None:
    for column in rows.columns:
        size = longest.get(column.name, 0)
        if size > LONGEST_TEXT and not column.column.is_document:
            key = rows.key_where(f"strlen({column.alias}) > {LONGEST_TEXT}")
            raise RecordError(
                f"Stream {rows.stream!r}: the text of column {column.name!r} in the record with "
                f"{key} has {size} bytes at most, and Redshift's VARCHAR holds {LONGEST_TEXT}. "
                "Leave the column out in the tap, or cut it with a stream map; target-s3 keeps it "
                "whole."
            )


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


def _write_json(rows: Rows, condition: str, path: Path) -> Iterator[Path]:
    documents = {column.alias for column in rows.columns if column.column.is_document}
    zoned = {c.alias for c in rows.columns if pa.types.is_timestamp(c.column.type.arrow)}
    with path.open("wb") as file:
        for batch in rows.batches(condition):
            for record in batch.to_pylist():
                line = _ENCODER.encode(
                    {
                        name: _written(name, value, documents, zoned)
                        for name, value in record.items()
                    }
                )
                if len(line) > LONGEST_LINE:
                    raise RecordError(
                        f"Stream {rows.stream!r}: the record with "
                        f"{rows.key_where(condition)}, or another like it, takes {len(line)} bytes "
                        f"as JSON, and Redshift's COPY takes {LONGEST_LINE} of an object. Leave "
                        "its longest column out in the tap; target-s3 keeps it whole."
                    )
                file.write(line + b"\n")
    yield path


def _written(name: str, value: Any, documents: set[str], moments: set[str]) -> Any:
    if value is None:
        return None
    if name in documents:
        return msgspec.Raw(value.encode())
    # as COPY reads them, with all six digits
    return value.isoformat(sep=" ") if name in moments else value
