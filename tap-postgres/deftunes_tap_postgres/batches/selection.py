"""What is read of a table: the RECORD mode's query, its columns as they travel in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from deftunes_tap_postgres.batches.carriage import Carriage, UncarriedError, carriage_of
from deftunes_tap_postgres.batches.values import InexactError
from deftunes_tap_postgres.errors import TapError

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's gap
_NAMES = _DIALECT.identifier_preparer
_ELSE = "deselect the column, or read without batch_config"


@dataclass(frozen=True)
class Selection:
    """The columns of one table that are read, and the query that reads them.

    Args:
        table: The table's name, as SQL.
        query: What the RECORD mode would ask, for the columns as they travel.
        carriages: How each column travels, by its name, in the order of the query.
    """

    table: str
    query: sa.Select[Any]
    carriages: dict[str, Carriage]

    @classmethod
    def of(cls, query: sa.Select[Any], *, days_as_text: bool) -> Selection:
        """Select for batches what a query of whole columns selects.

        Args:
            query: The RECORD mode's, of one table.
            days_as_text: The tap's setting `dates_as_string`.

        Raises:
            TapError: A column's type is carried by no batch.
        """
        (source,) = query.get_final_froms()
        table = _NAMES.format_table(source)
        carriages = {}
        for column in query.selected_columns:
            try:
                carriages[column.name] = carriage_of(column, column.type, days_as_text=days_as_text)
            except UncarriedError:
                raise TapError(
                    f"Column {column.name!r} of table {table} is of type "
                    f"{column.type.compile(dialect=_DIALECT)}, which no batch carries: "
                    f"{_ELSE}."
                ) from None
        selected = (each.sql.label(name) for name, each in carriages.items())
        return cls(table, query.with_only_columns(*selected, maintain_column_froms=True), carriages)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every file."""
        return pa.schema([(name, each.arrow) for name, each in self.carriages.items()])

    def refuse_as_bookmark(self, key: str) -> None:
        """Make sure that a replication key can be followed.

        Raises:
            TapError: It means something else in RECORD mode.
        """
        if not self.carriages[key].may_bookmark:
            raise TapError(
                f"Replication key {key!r} of table {self.table} is of a type that no batch "
                "carries in order: name another, or read without batch_config."
            )

    def finished(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Make of ADBC's rows those of the files.

        Raises:
            TapError: A value cannot be carried exactly; the row and value are not told.
        """
        for batch in batches:
            arrays = [
                self._finished(name, carriage, column)
                for (name, carriage), column in zip(
                    self.carriages.items(), batch.columns, strict=True
                )
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _finished(self, name: str, carriage: Carriage, column: pa.Array) -> pa.Array:
        if column.type != carriage.read:
            raise TapError(
                f"Column {name!r} of table {self.table} was read as {column.type}, not as "
                f"{carriage.read}: if the table was altered, run the discovery again; else {_ELSE}."
            )
        try:
            return carriage.finish(column)
        except InexactError as found:
            condition = found.condition.format(column=_NAMES.quote(name))
            raise TapError(
                f"Column {name!r} of table {self.table} holds {found.what}, which no batch carries "
                f"exactly: find it there with `WHERE {condition}` and correct it, or {_ELSE}."
            ) from None
