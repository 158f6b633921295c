"""Staged files in DuckDB's SQL, their columns under aliases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from columnar_target.arrivals.staging import StagedFile, StagedStream
from columnar_target.records.columns import FIELD_ID, Column
from columnar_target.relations.sql import literal, parquet_schema, quoted, sql_type_of

_ROWS_OF_A_FILE = 2**40
"""A row's position is its file's number times this, and its number in the file."""


@dataclass(frozen=True)
class StagedColumn:
    """A stream's column among its staged rows.

    Attributes:
        column: The stream's.
        alias: Its name in SQL, and in what is sent to the warehouse: `c1`, `c2`, …
    """

    column: Column
    alias: str

    @property
    def name(self) -> str:
        """Its name, as the tap gives it."""
        return self.column.name

    @property
    def sql_type(self) -> str:
        """Its type in DuckDB."""
        return sql_type_of(self.column.type.arrow)

    @property
    def shipped(self) -> str:
        """SQL: the column as it is sent."""
        # COPY of Parquet knows no time of day
        if pa.types.is_time(self.column.type.arrow):
            return f"cast({self.alias} as varchar) as {self.alias}"
        return self.alias


def staged_columns(stream: StagedStream) -> tuple[StagedColumn, ...]:
    """A stream's columns with their aliases, in the stream's order."""
    compared = {*stream.keys, *stream.settings.replace_by}
    return tuple(
        # a document that tells rows apart is compared as the text that it is
        StagedColumn(
            replace(column, is_document=False) if column.name in compared else column, f"c{number}"
        )
        for number, column in enumerate(stream.columns.values(), 1)
    )


def arrived_rows(files: Sequence[StagedFile], columns: Sequence[StagedColumn]) -> str:
    """SQL: the rows of staged files, with their position in the order of arrival.

    Args:
        files: In that order; may be none.
        columns: The columns; those that a file lacks are null.
    """
    if files:
        return " union all ".join(_rows(number, file, columns) for number, file in enumerate(files))
    nothing = "".join(f"cast(null as {c.sql_type}) as {c.alias}, " for c in columns)
    return f"select {nothing}0::bigint as position where false"


def _rows(number: int, file: StagedFile, columns: Sequence[StagedColumn]) -> str:
    there = set(file.schema.names)
    found = [column for column in columns if column.name in there]
    values = ", ".join(
        f"cast({column.alias if column.name in there else 'null'} as {column.sql_type}) "
        f"as {column.alias}"
        for column in columns
    )
    return (
        f"select {values}, {number * _ROWS_OF_A_FILE} + file_row_number as position "
        f"from {_source(file, found)} "
        f"where file_row_number >= {file.first} and file_row_number < {file.end}"
    )


def _source(file: StagedFile, found: Sequence[StagedColumn]) -> str:
    path = literal(str(file.path))
    if file.is_adopted:  # a tap's own, whose columns have no ids
        named = ", ".join(f"{quoted(c.name)} as {c.alias}" for c in found)
        return (
            f"(select {named}, file_row_number from read_parquet({path}, file_row_number = true))"
        )
    ids = {each.name: int(each.metadata[FIELD_ID]) for each in file.schema}
    schema = parquet_schema(
        (ids[c.name], c.alias, sql_type_of(file.schema.field(c.name).type)) for c in found
    )
    return f"read_parquet({path}, schema = {schema})"
