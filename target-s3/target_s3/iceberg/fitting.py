"""Whether a stream fits its table, and what the table needs so that it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.io.pyarrow import pyarrow_to_schema, schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import NestedField

from columnar_target.errors import SchemaError
from columnar_target.own_columns import DELETED_AT, LOAD_FIELDS, NO_DIFFERENCE
from columnar_target.records.columns import FIELD_ID
from columnar_target.records.types import is_wider
from columnar_target.settings import SchemaChanges

OWN = frozenset({DELETED_AT, *NO_DIFFERENCE, *(field.name for field in LOAD_FIELDS)})
"""What the target adds itself is no change of a stream's schema."""


def iceberg_schema(fields: Sequence[pa.Field], keys: Sequence[str]) -> Schema:
    """An Iceberg schema of Arrow fields, numbered from 1; the keys become its identifier."""
    numbered = (
        field.with_metadata({FIELD_ID: str(number)}) for number, field in enumerate(fields, 1)
    )
    schema = pyarrow_to_schema(pa.schema(numbered))
    identifiers = [schema.find_field(key).field_id for key in keys]
    return Schema(*schema.fields, identifier_field_ids=identifiers)


def refuse_other_keys(table: Table, keys: Sequence[str], stream: str) -> None:
    """Make sure that the table's rows are identified by the stream's keys."""
    there = table.schema().identifier_field_names()
    if there != set(keys):
        raise SchemaError(
            f"Stream {stream!r} has the keys {sorted(keys)}, and the table "
            f"{'.'.join(table.name()[-2:])} has {sorted(there)}: set streams.{stream}.keys to the "
            "table's, or load into another table."
        )


@dataclass(frozen=True)
class Changes:
    """What a table lacks to hold everything that a stream may send: new and wider columns."""

    added: tuple[NestedField, ...]
    widened: tuple[NestedField, ...]


def fit(
    table: Table, wanted: Sequence[pa.Field], mode: SchemaChanges, stream: str
) -> tuple[str, ...]:
    """Give a table the columns it lacks, as far as the setting `schema_changes` allows.

    Args:
        table: The table as it is.
        wanted: The columns it is to have.
        mode: What becomes of columns that are new or wider.
        stream: The stream's name, for messages.

    Returns:
        Names of the columns that are left out of the table.

    Raises:
        SchemaError: A column is of another type, or new or wider where that is not allowed.
        CommitFailedException: Another writer changed the table meanwhile.
    """
    name = ".".join(table.name()[-2:])
    # ids of a schema made here mean nothing: only names and types are taken from it
    changes = _changes(table.schema(), iceberg_schema(wanted, ()), name, stream)
    _refuse_frozen(changes, mode, name, stream)
    added = [field for field in changes.added if mode == "evolve" or field.name in OWN]
    widened = changes.widened if mode == "evolve" else ()
    if added or widened:
        with table.update_schema() as update:
            for field in added:
                update.add_column((field.name,), field.field_type)
            for field in widened:
                update.update_column((field.name,), field_type=field.field_type)
    return tuple(field.name for field in changes.added if field not in added)


def refuse_changes(
    begun: Sequence[pa.Field],
    wanted: Sequence[pa.Field],
    mode: SchemaChanges,
    name: str,
    stream: str,
) -> None:
    """For a table still to be made: make sure that the run keeps to what it began with.

    Raises:
        SchemaError: The stream's schema grew within the run, and `schema_changes` is `freeze`.
    """
    changes = _changes(iceberg_schema(begun, ()), iceberg_schema(wanted, ()), name, stream)
    _refuse_frozen(changes, mode, name, stream)


def _changes(there: Schema, wanted: Schema, name: str, stream: str) -> Changes:
    added, widened = [], []
    for field in wanted.fields:
        if field.name not in there.column_names:
            added.append(field)
            continue
        type_there = there.find_field(field.name).field_type
        if type_there == field.field_type:
            continue
        kept, sent = schema_to_pyarrow(type_there), schema_to_pyarrow(field.field_type)
        if is_wider(kept, sent):
            continue
        if not is_wider(sent, kept):
            raise SchemaError(
                f"Column {field.name!r} of stream {stream!r} is now {field.field_type}, and the "
                f"table {name} keeps it as {type_there}: set streams.{stream}.types.{field.name} "
                "to the table's type, or load into another table."
            )
        widened.append(field)
    return Changes(tuple(added), tuple(widened))


def _refuse_frozen(changes: Changes, mode: SchemaChanges, name: str, stream: str) -> None:
    if mode != "freeze":
        return
    for field in changes.added:
        if field.name not in OWN:
            raise SchemaError(
                f"Column {field.name!r} of stream {stream!r} is not in table {name}, and "
                "schema_changes is freeze: deselect it in the tap, or allow the change with "
                "evolve or discard."
            )
    for field in changes.widened:
        raise SchemaError(
            f"Column {field.name!r} of stream {stream!r} is now {field.field_type}, wider than in "
            f"table {name}, and schema_changes is freeze: set "
            f"streams.{stream}.types.{field.name} to the table's type, or allow the change with "
            "evolve."
        )
