"""A stream's staged rows as relations of DuckDB: what arrived, and which of it counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import RecordError
from columnar_target.own_columns import DELETED_AT
from columnar_target.records.columns import FIELD_ID, Column
from columnar_target.relations.latest import latest_versions, none_comes_twice
from columnar_target.relations.sql import literal, parquet_schema, quoted, sql_type_of

_ROWS_OF_A_FILE = 2**40
"""A row's position is its file's number times this, and its number in the file."""

_ROWS_AT_ONCE = 50_000


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


@dataclass
class Rows:
    """The rows of one stream; relations live in the connection given.

    `arrived` holds all rows with their position in the order of arrival, `latest` keys and
    position of those that count: the latest version of each row.

    Attributes:
        connection: DuckDB.
        stream: The stream's name.
        columns: Its columns.
        keys: Those that identify a row.
        group: Those that rows share which are replaced together.
        files: The staged files.
        arrived: How many rows arrived.
        all_once: Whether no row comes more than once.
    """

    connection: duckdb.DuckDBPyConnection
    stream: str
    columns: tuple[StagedColumn, ...]
    keys: tuple[StagedColumn, ...]
    group: tuple[StagedColumn, ...]
    files: tuple[StagedFile, ...]
    arrived: int = field(init=False)
    all_once: bool = field(init=False)

    def __post_init__(self) -> None:
        parts = " union all ".join(
            self._staged(number, file) for number, file in enumerate(self.files)
        )
        nothing = "".join(f"cast(null as {c.sql_type}) as {c.alias}, " for c in self.columns)
        empty = f"select {nothing}0::bigint as position where false"
        self._run(f"create or replace view arrived as {parts or empty}")
        self._refuse_nulls()
        self.arrived = self.count("arrived")
        keys = [key.alias for key in self.keys]
        self.all_once = not keys or none_comes_twice(self.connection, ", ".join(keys), self.arrived)
        if self.all_once:
            listed = "".join(f"{key}, " for key in keys)
            latest = f"select {listed}position from arrived"
        else:
            latest = latest_versions(keys, [column.alias for column in self.group])
        self._run(f"create or replace table latest as {latest}")

    @property
    def is_untouched(self) -> bool:
        """Whether all rows that arrived count."""
        return self.count("latest") == self.arrived

    @property
    def alive(self) -> str:
        """SQL: whether a row is there at its source, as far as is known."""
        marks = [column.alias for column in self.columns if column.name == DELETED_AT]
        return f"{marks[0]} is null" if marks else "true"

    @property
    def counting(self) -> str:
        """SQL: the rows that count, whole."""
        return "select arrived.* from arrived semi join latest using (position)"

    def count(self, relation: str) -> int:
        """How many rows a relation has."""
        return int(self._one(f"select count(*) from {relation}")[0])

    def longest(self) -> dict[str, int]:
        """Bytes of the longest text of each text column that counts, by the stream's name."""
        texts = [c for c in self.columns if pa.types.is_string(c.column.type.arrow)]
        if not texts:
            return {}
        measures = ", ".join(f"coalesce(max(strlen({column.alias})), 0)" for column in texts)
        source = "arrived" if self.is_untouched else f"({self.counting})"
        found = self._one(f"select {measures} from {source}")
        return {column.name: int(size) for column, size in zip(texts, found, strict=True)}

    def key_where(self, condition: str) -> str:
        """The key of a row for a message, such as `order_id=7`; of the first that arrived."""
        keys = ", ".join(key.alias for key in self.keys)
        if not keys:
            return "no key (the stream has none)"
        found = self._one(
            f"select {keys} from ({self.counting}) where {condition} order by position limit 1"
        )
        return ", ".join(f"{key.name}={value}" for key, value in zip(self.keys, found, strict=True))

    def batches(self, condition: str, order: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """The rows that count and fulfil a condition, in columns named by their aliases.

        Args:
            condition: SQL.
            order: Expressions to sort by.
        """
        columns = ", ".join(self.shipped(column) for column in self.columns)
        sorting = f" order by {', '.join(order)}" if order else ""
        reader = self.connection.execute(
            f"select {columns} from ({self.counting}) where {condition}{sorting}"
        ).to_arrow_reader(_ROWS_AT_ONCE)
        yield from reader

    @staticmethod
    def shipped(column: StagedColumn) -> str:
        """SQL: a column as it is sent."""
        # COPY knows no time of day
        if pa.types.is_time(column.column.type.arrow):
            return f"cast({column.alias} as varchar) as {column.alias}"
        return column.alias

    def _staged(self, number: int, file: StagedFile) -> str:
        there = file.schema.names
        found = [column for column in self.columns if column.name in there]
        missing = [column for column in self.columns if column.name not in there]
        columns = [
            *(f"cast({column.alias} as {column.sql_type}) as {column.alias}" for column in found),
            *(f"cast(null as {column.sql_type}) as {column.alias}" for column in missing),
        ]
        by_alias = {column.split(" as ")[-1]: column for column in columns}
        listed = ", ".join(by_alias[column.alias] for column in self.columns)
        return (
            f"select {listed}, {number * _ROWS_OF_A_FILE} + file_row_number as position "
            f"from {self._source(file, found)} "
            f"where file_row_number >= {file.first} and file_row_number < {file.end}"
        )

    @staticmethod
    def _source(file: StagedFile, found: Sequence[StagedColumn]) -> str:
        path = literal(str(file.path))
        ids = {each.name: int(each.metadata[FIELD_ID]) for each in file.schema if each.metadata}
        if file.is_adopted:  # a tap's own, whose columns have no ids
            named = ", ".join(f"{quoted(c.name)} as {c.alias}" for c in found)
            rows = f"read_parquet({path}, file_row_number = true)"
            return f"(select {named}, file_row_number from {rows})"
        schema = parquet_schema(
            (ids[c.name], c.alias, sql_type_of(file.schema.field(c.name).type)) for c in found
        )
        return f"read_parquet({path}, schema = {schema})"

    def _refuse_nulls(self) -> None:
        for column in dict.fromkeys((*self.keys, *self.group)):
            # of a row that is told to be gone, taps may know the key and no more
            needed = "true" if column in self.keys else self.alive
            others = [key for key in self.keys if key is not column]
            found = self.connection.execute(
                f"select {', '.join(key.alias for key in others) or 'null'} from arrived "
                f"where {column.alias} is null and {needed} limit 1"
            ).fetchone()
            if found is not None:
                rest = ", ".join(
                    f"{key.name}={value}" for key, value in zip(others, found, strict=False)
                )
                raise RecordError(
                    f"Stream {self.stream!r}: a record{f' with {rest}' if rest else ''} has no "
                    f"value in column {column.name!r}, which is one of its keys or of replace_by. "
                    f"Correct it at the source, or change them in streams.{self.stream}."
                )

    def _one(self, statement: str) -> tuple[Any, ...]:
        row = self.connection.execute(statement).fetchone()
        return tuple(row) if row else ()

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)


def staged_columns(columns: Sequence[Column]) -> tuple[StagedColumn, ...]:
    """A stream's columns with their aliases, in the stream's order."""
    return tuple(StagedColumn(column, f"c{number}") for number, column in enumerate(columns, 1))
