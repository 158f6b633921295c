"""Records as columns of Arrow, exactly or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_deftunes_api.records import Record

TEXT = pa.string()
WHOLE = pa.int64()
FLAG = pa.bool_()
NUMBER = pa.decimal128(38, 18)
"""JSON bounds no number. This holds what has 20 digits before the point and 18 after it."""
MOMENT = pa.timestamp("us", "UTC")

_BY_JSON_TYPE = {"string": TEXT, "integer": WHOLE, "number": NUMBER, "boolean": FLAG}


def schema_of(properties: Mapping[str, Any], names: Iterable[str]) -> pa.Schema | None:
    """The columns of a stream's files.

    Args:
        properties: Those of the stream's JSON Schema.
        names: The columns that are wanted.

    Returns:
        A field for each, or nothing if one of them is nested.
    """
    fields = [(name, _type_of(properties[name])) for name in names]
    return None if any(kind is None for _, kind in fields) else pa.schema(fields)


def table_of(records: Sequence[Record], schema: pa.Schema) -> pa.Table:
    """Turn records into columns.

    Args:
        records: As `records.py` makes them.
        schema: The columns wanted.

    Raises:
        pa.ArrowInvalid: A number has more digits than fit.
    """
    columns = [_column([record[field.name] for record in records], field) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    if field.type == MOMENT:
        return pa.array(values, TEXT).cast(MOMENT)
    return pa.array(values, field.type)


def _type_of(part: Mapping[str, Any]) -> pa.DataType | None:
    if part.get("format") == "date-time":
        return MOMENT
    kinds = [part["type"]] if isinstance(part["type"], str) else part["type"]
    return next((_BY_JSON_TYPE[kind] for kind in kinds if kind in _BY_JSON_TYPE), None)
