"""Whether a stream fits its table, and what the table needs so that it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from columnar_target.arrivals.staging import StagedStream
from columnar_target.errors import RecordError, SchemaError
from columnar_target.own_columns import DELETED_AT, LOAD_FIELDS, NO_DIFFERENCE
from columnar_target.records.columns import Column
from columnar_target.records.shape import refuse_clashes, refuse_groups
from target_redshift.columns.names import column_name
from target_redshift.columns.types import LONGEST_TEXT, SUPER, text, type_of
from target_redshift.misfits import is_text, refuse_new, refuse_other, refuse_unfit, refuse_wider
from target_redshift.shipment.rows import Rows
from target_redshift.warehouse.tables import TableColumn, TableName

OWN = frozenset({DELETED_AT, *NO_DIFFERENCE, *(field.name for field in LOAD_FIELDS)})
"""What the target adds itself is no change of a stream's schema."""

_OWN_TEXT = text(256)
_MARK = TableColumn(
    DELETED_AT, type_of(pa.timestamp("us", "UTC"), longest=0, is_document=False, where="")
)


@dataclass(frozen=True)
class Fit:
    """What becomes of a table so that a stream's rows go in.

    Attributes:
        names: The table's column for each of the stream's that goes in.
        columns: The columns that the table will have, of those the stream or the load has.
        added: Those of them that it lacks.
        lengthened: Text columns that need more room.
        widened: Columns that need another type.
        left_out: The stream's columns that do not go in.
    """

    names: dict[str, str]
    columns: tuple[TableColumn, ...]
    added: tuple[TableColumn, ...]
    lengthened: tuple[TableColumn, ...]
    widened: tuple[TableColumn, ...]
    left_out: tuple[str, ...]


def table_names(stream: StagedStream) -> dict[str, str]:
    """The warehouse's names of a stream's columns.

    Raises:
        SchemaError: Two of them are one to Redshift, or the keys are not such as a table can have.
    """
    columns = tuple(stream.columns.values())
    fields = [pa.field(column.name, column.type.arrow) for column in columns]
    refuse_clashes([*fields, *LOAD_FIELDS], stream.keys, stream.name)
    refuse_groups(
        [column.name for column in columns], stream.keys, stream.settings.replace_by, stream.name
    )
    names: dict[str, str] = {}
    taken: dict[str, str] = {field.name: field.name for field in LOAD_FIELDS}
    for column in columns:
        name = column_name(column.name, stream.name)
        if name in taken:
            raise SchemaError(
                f"Columns {taken[name]!r} and {column.name!r} of stream {stream.name!r} are one to "
                f"Redshift, {name!r}: rename one of them in the tap with a stream map."
            )
        taken[name] = column.name
        names[column.name] = name
    return names


def fit(
    stream: StagedStream,
    there: Mapping[str, TableColumn],
    rows: Rows,
    longest: Mapping[str, int],
    *,
    table: TableName,
    marks: bool,
) -> Fit:
    """Find out what a table needs, as far as the setting `schema_changes` allows.

    Args:
        stream: The stream.
        there: The table's columns; none if it is to be made.
        rows: The stream's rows.
        longest: Bytes of the longest text of each text column.
        table: The table's name, for messages.
        marks: Whether rows may get a mark in `_sdc_deleted_at`.

    Raises:
        SchemaError: A column is of another type, or new or wider where that is not allowed.
        RecordError: A value does not fit a column that is not to change.
    """
    mode = stream.settings.schema_changes
    names = table_names(stream)
    columns: list[TableColumn] = []
    added: list[TableColumn] = []
    lengthened: list[TableColumn] = []
    widened: list[TableColumn] = []
    left_out: list[str] = []
    for staged in rows.columns:
        column = staged.column
        wanted = _wanted(column, names[column.name], longest, stream, there)
        before = there.get(wanted.name)
        if before is None:
            if there and mode != "evolve" and wanted.name not in OWN:
                refuse_new(column.name, mode, stream.name, table)
                left_out.append(column.name)
                continue
            added.append(wanted)
        elif not before.type.holds(wanted.type):
            refuse_other(before, wanted, column, stream.name, table)
            if mode == "evolve":
                (lengthened if is_text(wanted) else widened).append(wanted)
            else:
                refuse_wider(before, wanted, column, mode, stream, table)
                refuse_unfit(before, staged, rows, table)
                wanted = before
        columns.append(wanted)
    if marks and DELETED_AT not in names and DELETED_AT not in there:
        added.append(_MARK)
        columns.append(_MARK)
    for own in _load_columns():
        if own.name not in there:
            added.append(own)
        columns.append(own)
    kept = {name: taken for name, taken in names.items() if name not in left_out}
    return Fit(
        kept, tuple(columns), tuple(added), tuple(lengthened), tuple(widened), tuple(left_out)
    )


def _wanted(
    column: Column,
    name: str,
    longest: Mapping[str, int],
    stream: StagedStream,
    there: Mapping[str, TableColumn],
) -> TableColumn:
    """The column that holds the stream's values of this load, no roomier than the table's."""
    size, before = longest.get(column.name, 0), there.get(name)
    kind = type_of(
        column.type.arrow,
        longest=size,
        is_document=column.is_document,
        where=f"Column {column.name!r} of stream {stream.name!r}",
    )
    if before is not None and before.type.name == "varchar" and kind == SUPER:
        kind = text(max(size, 1))  # the table keeps such documents as text
        if size > LONGEST_TEXT:
            raise RecordError(
                f"Stream {stream.name!r}: a document of column {column.name!r} has {size} bytes, "
                f"and its table keeps documents as text of at most {LONGEST_TEXT}. Leave the "
                "column out in the tap, or load into another table, which keeps them as SUPER."
            )
    if (
        before is not None
        and kind.name == before.type.name == "varchar"
        and size <= before.type.size
    ):
        kind = before.type
    return TableColumn(name, kind, is_needed=column.name in stream.keys)


def _load_columns() -> tuple[TableColumn, ...]:
    return tuple(
        TableColumn(
            field.name,
            _OWN_TEXT
            if pa.types.is_string(field.type)
            else type_of(field.type, longest=0, is_document=False, where=field.name),
        )
        for field in LOAD_FIELDS
    )
