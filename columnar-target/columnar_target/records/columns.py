"""A stream's columns, and records turned into columns of Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from columnar_target.errors import RecordError, SchemaError
from columnar_target.records.types import (
    STRING,
    ColumnType,
    is_of_documents,
    type_named,
    type_of_schema,
)
from columnar_target.records.values import UNFIT, to_array
from columnar_target.settings import StreamSettings

FIELD_ID = b"PARQUET:field_id"
LONGEST_SHOWN = 60
"""Characters of a key's value in a message."""


@dataclass(frozen=True)
class Column:
    """One column of a stream.

    Attributes:
        name: Its name, as the tap gives it.
        type: How it is stored.
        is_document: Whether its text is the JSON of an object or an array, always.
    """

    name: str
    type: ColumnType
    is_document: bool = False


def stream_columns(
    stream: str, schema: dict[str, Any], settings: StreamSettings
) -> tuple[Column, ...]:
    """The columns of a stream, in the schema's order.

    Args:
        stream: The stream's name, for messages.
        schema: The stream's JSON Schema.
        settings: The stream's settings; its `types` go before what the schema says.

    Raises:
        SchemaError: `types` names a column that is not there, or a type that does not exist.
        InvalidJSONSchema: A `$ref` leads nowhere, or elsewhere.
    """
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    unknown = sorted(set(settings.types) - set(properties))
    if unknown:
        raise SchemaError(
            f"Setting streams.{stream}.types names {', '.join(unknown)}, which the stream does "
            "not have: take it out or select the column in the tap."
        )
    return tuple(
        Column(
            name,
            type_named(settings.types[name], where=f"column {stream}.{name}")
            if name in settings.types
            else type_of_schema(prop, schema),
            is_document=name not in settings.types and is_of_documents(prop, schema),
        )
        for name, prop in properties.items()
    )


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of a stream's landing files; field ids number the columns from 1."""
    return pa.schema(
        pa.field(column.name, column.type.arrow, metadata={FIELD_ID: str(number)})
        for number, column in enumerate(columns, start=1)
    )


def to_arrow(
    records: Sequence[dict[str, Any]],
    columns: Sequence[Column],
    *,
    stream: str,
    keys: Sequence[str],
) -> pa.Table:
    """Turn records into columns.

    Args:
        records: Records as decoded from JSON, with numbers as int or Decimal. A column that a
            record lacks is null.
        columns: The columns to make; other properties of a record are left out.
        stream: The stream's name, for messages.
        keys: The key columns, for messages.

    Returns:
        A table of `len(records)` rows in the given order, with `arrow_schema(columns)`.

    Raises:
        RecordError: A value does not fit its column exactly.
        SchemaError: There are records, and no column for them.
    """
    if records:
        refuse_none(columns, stream)
    arrays = []
    for column in columns:
        values = [record.get(column.name) for record in records]
        try:
            arrays.append(to_array(values, column.type))
        except UNFIT as fault:
            raise _record_error(records, values, column, stream, keys) from fault
    return pa.Table.from_arrays(arrays, schema=arrow_schema(columns))


def refuse_none(columns: Sequence[Column], stream: str) -> None:
    """Make sure that rows that have come have somewhere to go.

    Raises:
        SchemaError: There is no column.
    """
    if not columns:
        raise SchemaError(
            f"Stream {stream!r} sends records, and its schema has no properties to make columns "
            "of: select some in the tap, or deselect the stream."
        )


def _record_error(
    records: Sequence[dict[str, Any]],
    values: Sequence[Any],
    column: Column,
    stream: str,
    keys: Sequence[str],
) -> RecordError:
    """Find the record whose value does not fit, and name it by its key."""
    for record, value in zip(records, values, strict=True):
        try:
            to_array([value], column.type)
        except UNFIT:
            return column_error(record, column, stream, keys)
    return column_error(None, column, stream, keys)


def column_error(
    record: dict[str, Any] | None, column: Column, stream: str, keys: Sequence[str]
) -> RecordError:
    """A record whose value does not fit its column, in a sentence.

    Args:
        record: The record, its keys at least; None if it could not be found.
        column: The column.
        stream: The stream's name.
        keys: The key columns.
    """
    where = (
        "one of its records" if record is None else f"the record with {described_key(record, keys)}"
    )
    sentence = f"Stream {stream!r}: the value of column {column.name!r} in {where}"
    if column.type == STRING:
        return RecordError(
            f"{sentence} holds text that is no Unicode (half of a character, or bytes of another "
            "encoding), which no column can store. Correct it at the source."
        )
    return RecordError(
        f"{sentence} cannot be stored exactly as {column.type.arrow}. Correct it at the source, "
        f"or set streams.{stream}.types.{column.name} to a type that can hold it (string holds "
        "everything)."
    )


def described_key(record: dict[str, Any], keys: Sequence[str]) -> str:
    """The record's key for a message, such as `order_id=7, line=2`; on one line, and short."""
    if not keys:
        return "no key (the stream has none)"
    return ", ".join(f"{key}={_shown(record.get(key))}" for key in keys)


def _shown(value: Any) -> str:
    text = str(value)
    shown = text if text.isprintable() else repr(text)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"
