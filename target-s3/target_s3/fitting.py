"""Whether a stream fits its table, and what the table needs so that it does."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyiceberg.io.pyarrow import pyarrow_to_schema, schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from target_s3.columns import FIELD_ID
from target_s3.errors import SchemaError
from target_s3.types import is_wider


def iceberg_schema(fields: Sequence[pa.Field], keys: Sequence[str]) -> Schema:
    """An Iceberg schema of Arrow fields, numbered from 1; the keys become its identifier."""
    numbered = (
        field.with_metadata({FIELD_ID: str(number)}) for number, field in enumerate(fields, 1)
    )
    schema = pyarrow_to_schema(pa.schema(numbered))
    identifiers = [schema.find_field(key).field_id for key in keys]
    return Schema(*schema.fields, identifier_field_ids=identifiers)


def refuse_clashes(wanted: Sequence[pa.Field], keys: Sequence[str], stream: str) -> None:
    """Make sure that columns and keys are such as a table can have."""
    names = [field.name for field in wanted]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SchemaError(
            f"Stream {stream!r} has a column named {doubled[0]!r}, which this target adds itself: "
            "rename it in the tap with a stream map."
        )
    odd = [name for name in names if not name or "\0" in name]
    if odd:
        raise SchemaError(
            f"Stream {stream!r} has a column named {odd[0]!r}, which no table can have: rename it "
            "in the tap with a stream map."
        )
    missing = [key for key in keys if key not in names]
    if missing:
        raise SchemaError(
            f"Key column {missing[0]!r} is not in the schema of stream {stream!r}: select it in "
            f"the tap, or name other keys in streams.{stream}.keys."
        )
    fractional = [field.name for field in wanted if field.name in keys and _is_float(field.type)]
    if fractional:
        raise SchemaError(
            f"Key column {fractional[0]!r} of stream {stream!r} is a floating-point number, which "
            "identifies nothing: set its type to a decimal, or name other keys in "
            f"streams.{stream}.keys."
        )


def refuse_groups(
    wanted: Sequence[pa.Field], keys: Sequence[str], replace_by: Sequence[str], stream: str
) -> None:
    """Make sure that `replace_by` names columns of a keyed stream."""
    unknown = sorted(set(replace_by) - {field.name for field in wanted})
    if unknown:
        raise SchemaError(
            f"Setting streams.{stream}.replace_by names column {unknown[0]!r}, which the stream "
            "does not have."
        )
    if replace_by and not keys:
        raise SchemaError(
            f"Setting streams.{stream}.replace_by needs keys, and the stream has none: name them "
            f"in streams.{stream}.keys."
        )


def refuse_other_keys(table: Table, keys: Sequence[str], stream: str) -> None:
    """Make sure that the table's rows are identified by the stream's keys."""
    there = table.schema().identifier_field_names()
    if there != set(keys):
        raise SchemaError(
            f"Stream {stream!r} has the keys {sorted(keys)}, and the table "
            f"{'.'.join(table.name()[-2:])} has {sorted(there)}: set streams.{stream}.keys to the "
            "table's, or load into another table."
        )


def fit(table: Table, wanted: Sequence[pa.Field], stream: str) -> None:
    """Add the columns that are new and widen those that must; anything else is an error."""
    schema = table.schema()
    # ids of a schema made here mean nothing: only names and types are taken from it
    fresh = iceberg_schema(wanted, ())
    added = [field for field in fresh.fields if field.name not in schema.column_names]
    widened = []
    for field in fresh.fields:
        if field.name not in schema.column_names:
            continue
        there = schema.find_field(field.name).field_type
        if there == field.field_type:
            continue
        kept, sent = schema_to_pyarrow(there), schema_to_pyarrow(field.field_type)
        if is_wider(kept, sent):
            continue
        if not is_wider(sent, kept):
            raise SchemaError(
                f"Column {field.name!r} of stream {stream!r} is now {field.field_type}, and the "
                f"table {'.'.join(table.name()[-2:])} keeps it as {there}: set "
                f"streams.{stream}.types.{field.name} to the table's type, or load into another "
                "table."
            )
        widened.append(field)
    if not added and not widened:
        return
    with table.update_schema() as update:
        for field in added:
            update.add_column((field.name,), field.field_type)
        for field in widened:
            update.update_column((field.name,), field_type=field.field_type)


def _is_float(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind))
