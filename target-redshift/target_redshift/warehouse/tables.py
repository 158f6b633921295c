"""The tables of a schema: what is there, and what is made so that a stream fits in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from columnar_target.errors import SchemaError
from target_redshift.columns.names import fitting, literal, quoted
from target_redshift.columns.types import WarehouseType, type_in_catalog
from target_redshift.settings import WarehouseStream
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.understanding import RefusedError

_BOUND = ("2BP01", "0A000")
"""SQLSTATE: other objects depend on it; a column that a view uses."""


@dataclass(frozen=True)
class TableName:
    """A table's name.

    Attributes:
        schema: That of the schema.
        table: Its own.
    """

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def sql(self) -> str:
        """Both names, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Attributes:
        name: Its name.
        type: Its type.
        is_needed: Whether it takes no null.
    """

    name: str
    type: WarehouseType
    is_needed: bool = False

    @property
    def definition(self) -> str:
        """SQL: the column, where a table is made."""
        return f"{quoted(self.name)} {self.type}{' not null' if self.is_needed else ''}"


@dataclass(frozen=True)
class Tables:
    """The tables of the warehouse.

    Attributes:
        session: Asks and changes.
    """

    session: Session

    def has_schema(self, name: str) -> bool:
        """Whether a schema is there."""
        found = self.session.run(
            f"select 1 from svv_all_schemas where schema_name = {literal(name)} "
            "and database_name = current_database()",
            f"look for schema {name}",
        )
        return bool(found)

    def make_schema(self, name: str) -> None:
        """Make a schema, unless it is there."""
        if not self.has_schema(name):
            self.session.run(f"create schema if not exists {quoted(name)}", f"create schema {name}")

    def columns(self, table: TableName) -> dict[str, TableColumn]:
        """The columns of a table by name, in its order; none if there is no such table."""
        found = self.session.run(
            "select column_name, data_type, character_maximum_length, numeric_precision, "
            "numeric_scale, is_nullable from svv_columns "
            f"where table_schema = {literal(table.schema)} "
            f"and table_name = {literal(table.table)} order by ordinal_position",
            f"read the columns of table {table}",
        )
        return {
            name: TableColumn(name, type_in_catalog(kind, *sizes), nullable == "NO")
            for name, kind, *sizes, nullable in found
        }

    def names(self, schema: str) -> set[str]:
        """The names of a schema's tables."""
        found = self.session.run(
            f"select distinct table_name from svv_columns where table_schema = {literal(schema)}",
            f"list the tables of schema {schema}",
        )
        return {name for (name,) in found}

    def make(
        self, table: TableName, columns: Sequence[TableColumn], stream: WarehouseStream | None
    ) -> None:
        """Make a table, unless it is there.

        Args:
            table: Its name.
            columns: Its columns.
            stream: How it is spread and sorted; None: as Redshift decides.
        """
        definitions = ", ".join(column.definition for column in columns)
        layout = "" if stream is None else _layout(table, stream, columns)
        self.session.run(
            f"create table if not exists {table.sql} ({definitions}){layout}",
            f"create table {table}",
        )

    def add(self, table: TableName, column: TableColumn) -> None:
        """Give a table a column, null in the rows that are there."""
        self.session.run(
            f"alter table {table.sql} add column {quoted(column.name)} {column.type}",
            f"add column {column.name} to table {table}",
        )

    def lengthen(self, table: TableName, column: TableColumn) -> None:
        """Give a text column more room; not within a transaction, where Redshift refuses it."""
        with _told_of_views(table, column):
            self.session.run(
                f"alter table {table.sql} alter column {quoted(column.name)} type {column.type}",
                f"make column {column.name} of table {table} {column.type}",
            )

    def widen(self, table: TableName, column: TableColumn) -> None:
        """Give a column a type that holds more: a new one takes its place, behind the others."""
        beside = fitting(f"{column.name}__wider")
        doing = f"make column {column.name} of table {table} {column.type}"
        for statement in (
            f"alter table {table.sql} add column {quoted(beside)} {column.type}",
            f"update {table.sql} set {quoted(beside)} = {quoted(column.name)}",
            f"alter table {table.sql} drop column {quoted(column.name)}",
            f"alter table {table.sql} rename column {quoted(beside)} to {quoted(column.name)}",
        ):
            with _told_of_views(table, column):
                self.session.run(statement, doing)


@contextlib.contextmanager
def _told_of_views(table: TableName, column: TableColumn) -> Iterator[None]:
    """Say what to do where others hang on a column that is to change."""
    try:
        yield
    except RefusedError as fault:
        # what is not supported may be something else than a view
        unsupported = fault.code == "0A000" and "view" not in str(fault).lower()
        if fault.code not in _BOUND or unsupported:
            raise
        raise SchemaError(
            f"Column {column.name} of table {table} is to become {column.type}, and views are "
            "bound to it: drop them, run again, and make them anew, best with no schema binding. "
            "Nothing of this load is there, and no state is written."
        ) from fault


def _layout(table: TableName, stream: WarehouseStream, columns: Sequence[TableColumn]) -> str:
    names = {column.name for column in columns}
    asked = {
        "dist_key": [stream.dist_key] if stream.dist_key else [],
        "sort_keys": list(stream.sort_keys),
    }
    for setting, wanted in asked.items():
        missing = [name for name in wanted if name.lower() not in names]
        if missing:
            raise SchemaError(
                f"Setting {setting} of table {table} names column {missing[0]!r}, which it does "
                "not have."
            )
    clauses = [f" diststyle {stream.dist_style}"]
    if stream.dist_key:
        clauses.append(f" distkey ({quoted(stream.dist_key.lower())})")
    if stream.sort_keys:
        sorted_by = ", ".join(quoted(name.lower()) for name in stream.sort_keys)
        clauses.append(f" compound sortkey ({sorted_by})")
    return "".join(clauses)
