"""Columns that do not fit their table, in a sentence each."""

from __future__ import annotations

from columnar_target.arrivals.staging import StagedStream
from columnar_target.errors import RecordError, SchemaError
from columnar_target.records.columns import Column
from target_redshift.shipment.rows import Rows
from target_redshift.shipment.staged import StagedColumn
from target_redshift.warehouse.tables import TableColumn, TableName


def is_text(column: TableColumn) -> bool:
    """Whether a column is a VARCHAR."""
    return column.type.name == "varchar"


def refuse_new(name: str, mode: str, stream: str, table: TableName) -> None:
    """Let a column that the table lacks stop a load where tables are frozen."""
    if mode == "freeze":
        raise SchemaError(
            f"Column {name!r} of stream {stream!r} is not in table {table}, and schema_changes is "
            "freeze: deselect it in the tap, or allow the change with evolve or discard."
        )


def refuse_other(
    before: TableColumn, wanted: TableColumn, column: Column, stream: str, table: TableName
) -> None:
    """Let a column stop a load whose type neither holds the table's nor is held by it."""
    if not wanted.type.holds(before.type):
        raise SchemaError(
            f"Column {column.name!r} of stream {stream!r} is now {wanted.type}, and table {table} "
            f"keeps it as {before.type}: set streams.{stream}.types.{column.name} to the table's "
            "type, or load into another table."
        )


def refuse_wider(
    before: TableColumn,
    wanted: TableColumn,
    column: Column,
    mode: str,
    stream: StagedStream,
    table: TableName,
) -> None:
    """Let a column stop a load that is wider than the table's, where tables are frozen."""
    # a longer text is no other type of the stream's: whether it fits is asked of the text
    if mode == "freeze" and not (is_text(wanted) and is_text(before)):
        raise SchemaError(
            f"Column {column.name!r} of stream {stream.name!r} is now {wanted.type}, wider than in "
            f"table {table}, and schema_changes is freeze: set "
            f"streams.{stream.name}.types.{column.name} to the table's type, or allow the change "
            "with evolve."
        )


def refuse_unfit(before: TableColumn, column: StagedColumn, rows: Rows, table: TableName) -> None:
    """Where the table's column stays narrower than the stream's, each value must fit it."""
    narrow = {"integer": "integer", "smallint": "smallint", "real": "float"}
    if is_text(before):
        unfit = f"strlen({column.alias}) > {before.type.size}"
    else:
        kind = narrow.get(before.type.name, str(before.type))
        there_and_back = f"cast(try_cast({column.alias} as {kind}) as {column.sql_type})"
        unfit = f"{there_and_back} is distinct from {column.alias}"
    if rows.count(f"({rows.counting}) where {unfit}"):
        raise RecordError(
            f"Stream {rows.stream!r}: the value of column {column.name!r} in the record with "
            f"{rows.key_where(unfit)} does not fit the {before.type} of table {table}. Correct it "
            f"at the source, or set schema_changes to evolve in streams.{rows.stream}, which "
            "widens the column."
        )
