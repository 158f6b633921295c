"""A stream's staged rows as relations of DuckDB: what arrived, and which of it counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import RecordError
from columnar_target.own_columns import DELETED_AT
from columnar_target.records.columns import described_key
from columnar_target.relations.latest import latest_versions, none_comes_twice
from target_redshift.shipment.staged import StagedColumn, arrived_rows

_ROWS_AT_ONCE = 50_000


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
        self._run(f"create or replace view arrived as {arrived_rows(self.files, self.columns)}")
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
        if self.is_untouched:
            return "select * from arrived"
        return "select arrived.* from arrived semi join latest using (position)"

    @property
    def lost_groups(self) -> str:
        """SQL: groups that arrived and that no row which counts has; all else is null."""
        group = [column.alias for column in self.group]
        listed = ", ".join(group)
        columns = ", ".join(
            c.alias if c.alias in group else f"cast(null as {c.sql_type}) as {c.alias}"
            for c in self.columns
        )
        told = " and ".join(f"{alias} is not null" for alias in group)
        return (
            f"(select {columns} from (select {listed} from arrived where {told} "
            f"except select {listed} from ({self.counting})))"
        )

    def count(self, relation: str) -> int:
        """How many rows a relation has."""
        return int(self._one(f"select count(*) from {relation}")[0])

    def longest(self, source: str) -> dict[str, int]:
        """Bytes of the longest text of each text column, by the stream's name.

        Args:
            source: SQL: the rows.
        """
        texts = [c for c in self.columns if pa.types.is_string(c.column.type.arrow)]
        if not texts:
            return {}
        measures = ", ".join(f"coalesce(max(strlen({column.alias})), 0)" for column in texts)
        found = self._one(f"select {measures} from {source}")
        return {column.name: int(size) for column, size in zip(texts, found, strict=True)}

    def key_where(self, condition: str) -> str:
        """The key of a row for a message, such as `order_id=7`; of the first that arrived."""
        found = self.keys_where(f"({self.counting})", condition, 1)
        return found[0] if found else described_key({}, ())

    def keys_where(self, source: str, condition: str, number: int) -> list[str]:
        """The keys of some rows for a message; none if the stream has none.

        Args:
            source: SQL: the rows, with their position.
            condition: SQL: which of them.
            number: How many at most, of those that arrived first.
        """
        if not self.keys:
            return []
        rows = self.connection.execute(
            f"select {', '.join(key.alias for key in self.keys)} from {source} "
            f"where {condition} order by position limit {number}"
        ).fetchall()
        return [self.described(row) for row in rows]

    def described(self, values: Iterable[Any]) -> str:
        """Values of the keys, for a message."""
        names = [key.name for key in self.keys]
        return described_key(dict(zip(names, values, strict=True)), names)

    def batches(
        self, source: str, condition: str, more: Sequence[str] = ()
    ) -> Iterator[pa.RecordBatch]:
        """Rows that fulfil a condition, in columns named by their aliases.

        Args:
            source: SQL: the rows.
            condition: SQL.
            more: Further columns, which are not the stream's.
        """
        further = (
            f"{column} as c{number}" for number, column in enumerate(more, len(self.columns) + 1)
        )
        columns = ", ".join([*(column.shipped for column in self.columns), *further])
        reader = self.connection.execute(
            f"select {columns} from {source} where {condition}"
        ).to_arrow_reader(_ROWS_AT_ONCE)
        yield from reader

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
                names = [key.name for key in others]
                there = dict(zip(names, found, strict=False))
                rest = f" with {described_key(there, names)}" if names else ""
                raise RecordError(
                    f"Stream {self.stream!r}: a record{rest} has no "
                    f"value in column {column.name!r}, which is one of its keys or of replace_by. "
                    f"Correct it at the source, or change them in streams.{self.stream}."
                )

    def _one(self, statement: str) -> tuple[Any, ...]:
        row = self.connection.execute(statement).fetchone()
        return tuple(row) if row else ()

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)
