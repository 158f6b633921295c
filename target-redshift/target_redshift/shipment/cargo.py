"""What is sent: files of the rows that count, and of what else a merge has to know.

Redshift reads Parquet by position and type; the rest of this package sees to both.
https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from columnar_target.errors import RecordError
from target_redshift.columns.types import LONGEST_TEXT
from target_redshift.shipment.files import write_json, write_parquet
from target_redshift.shipment.rows import Rows


@dataclass(frozen=True)
class Cargo:
    """Files of rows, ready to be sent.

    Attributes:
        parquet: Files of Parquet.
        json: Files of JSON lines: rows with a document that is too long for JSON_PARSE.
        longest: Bytes of the longest text by column, among all rows.
        rows: How many there are in all.
        more: Names of columns that the files have behind the stream's; they are texts.
    """

    parquet: tuple[Path, ...]
    json: tuple[Path, ...]
    longest: Mapping[str, int]
    rows: int
    more: tuple[str, ...] = ()


def load_up(rows: Rows, folder: Path) -> Cargo:
    """Make files of the rows that count; staged files that say no more are taken as they are.

    Args:
        rows: The rows.
        folder: Where files may be made.

    Raises:
        RecordError: A text is longer than a VARCHAR, or a row than COPY takes.
    """
    source = f"({rows.counting})"
    longest = rows.longest(source)
    if not _heavy(rows, longest) and _fits_as_it_is(rows):
        _refuse_long_texts(rows, longest)
        return Cargo(tuple(file.path for file in rows.files), (), longest, rows.arrived)
    return pack(rows, source, folder / "rows")


def pack(rows: Rows, source: str, stem: Path, more: Sequence[str] = ()) -> Cargo:
    """Make files of rows.

    Args:
        rows: The stream's.
        source: SQL: those that are meant.
        stem: What the files' paths begin with.
        more: Further columns of these, which are texts.

    Raises:
        RecordError: A text is longer than a VARCHAR, or a row than COPY takes.
    """
    longest, number = rows.longest(source), rows.count(source)
    _refuse_long_texts(rows, longest)
    heavy = _heavy(rows, longest)
    parquet: tuple[Path, ...] = ()
    json: tuple[Path, ...] = ()
    if number:
        light = f"not ({heavy})" if heavy else "true"
        parquet = tuple(write_parquet(rows.batches(source, light, more), stem))
    if heavy:
        json = (stem.with_name(f"{stem.name}.json"),)
        write_json(rows.batches(source, heavy, more), rows, json[0])
    return Cargo(parquet, json, longest, number, tuple(more))


def pack_lost_groups(rows: Rows, stem: Path) -> Cargo | None:
    """Make a file of the groups that arrived, and that no row which counts has any more.

    Args:
        rows: The stream's.
        stem: What the file's path begins with.

    Returns:
        None if there is no such group.
    """
    if not (rows.group and rows.count(rows.lost_groups)):
        return None
    return pack(rows, rows.lost_groups, stem)


def _heavy(rows: Rows, longest: Mapping[str, int]) -> str:
    """SQL: whether a row has a document that JSON_PARSE does not take; empty: none has."""
    return " or ".join(
        f"coalesce(strlen({column.alias}), 0) > {LONGEST_TEXT}"
        for column in rows.columns
        if column.column.is_document and longest[column.name] > LONGEST_TEXT
    )


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


def _refuse_long_texts(rows: Rows, longest: Mapping[str, int]) -> None:
    for column in rows.columns:
        size = longest.get(column.name, 0)
        if size > LONGEST_TEXT and not column.column.is_document:
            too_long = f"strlen({column.alias}) > {LONGEST_TEXT}"
            raise RecordError(
                f"Stream {rows.stream!r}: the text of column {column.name!r} in the record with "
                f"{rows.key_where(too_long)} has more than the {LONGEST_TEXT} bytes that a VARCHAR "
                "of Redshift holds. Leave the column out in the tap, or cut it with a stream map; "
                "target-s3 keeps it whole."
            )
