"""What is asked of the data: one scan for all that needs no grouping, a query for each of the rest.

Questions are collected first and answered together; two that are the same are asked once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from deftunes_dqdl.errors import EvaluationError

UNANSWERABLE = (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError)
"""What DuckDB raises because of a question; other faults (files, memory) are the caller's."""

_ABOUT_THE_QUESTION = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
"""Those among them that speak of names and types, never of values."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Answers:
    """The rows that came, by question; a fault where none came."""

    _rows: dict[str, Row | EvaluationError]

    def __getitem__(self, question: str) -> Any:
        """The value of a question that has one."""
        return self.row(question)[0]

    def row(self, question: str) -> Row:
        """The values of a question.

        Raises:
            EvaluationError: It has no answer.
        """
        row = self._rows[question]
        if isinstance(row, EvaluationError):
            raise row
        return row


class Questions:
    """What is asked of one table."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._aggregates: dict[str, None] = {}
        self._queries: dict[str, None] = {}

    def aggregate(self, sql: str) -> str:
        """Ask for an aggregate over all rows."""
        self._aggregates[sql] = None
        return sql

    def count(self, condition: str) -> str:
        """Ask how many rows there are of a kind."""
        return self.aggregate(
            "count(*)" if condition == "true" else f"count(*) filter ({condition})"
        )

    def query(self, sql: str) -> str:
        """Ask for the one row of a query."""
        self._queries[sql] = None
        return sql

    def groups(self, columns: tuple[str, ...], asked: str) -> str:
        """Ask how rows fall together by their values.

        Rows in which all the columns are null belong to no group.

        Args:
            columns: SQL of what is grouped by.
            asked: SQL: which rows are meant.

        Returns:
            The question; its values are how many rows, groups, and groups of one row there are.
        """
        listed = ", ".join(columns)
        filled = " or ".join(f"{column} is not null" for column in columns)
        return self.query(
            "select coalesce(sum(rows), 0)::bigint, count(*), count(*) filter (rows = 1) "
            f"from (select count(*) as rows from {self._source} where {asked} and ({filled}) "
            f"group by {listed})"
        )

    def answer(self, connection: duckdb.DuckDBPyConnection) -> Answers:
        """Ask everything.

        Raises:
            duckdb.Error: The data cannot be read.
        """
        rows: dict[str, Row | EvaluationError] = {}
        for query in self._queries:
            rows[query] = _attempt(partial(_one_row, connection, query))
        asked = list(self._aggregates)
        together = _attempt(partial(self._aggregate, connection, asked))
        if isinstance(together, EvaluationError):
            # one of them is at fault: ask each by itself, to know which
            for sql in asked:
                rows[sql] = _attempt(partial(self._aggregate, connection, [sql]))
        else:
            rows.update(zip(asked, ((value,) for value in together), strict=True))
        return Answers(rows)

    def _aggregate(self, connection: duckdb.DuckDBPyConnection, asked: list[str]) -> Row:
        if not asked:
            return ()
        return _one_row(connection, f"select {', '.join(asked)} from {self._source}")


def explained(fault: duckdb.Error) -> EvaluationError:
    """A fault of a question, without a value."""
    if isinstance(fault, _ABOUT_THE_QUESTION):
        return EvaluationError(f"DuckDB says: {str(fault).splitlines()[0]}")
    # DuckDB's words on data quote them
    return EvaluationError(f"a value does not fit ({type(fault).__name__})")


def _attempt(ask: Callable[[], Row]) -> Row | EvaluationError:
    try:
        return ask()
    except EvaluationError as fault:
        return fault
    except UNANSWERABLE as fault:
        return explained(fault)


def _one_row(connection: duckdb.DuckDBPyConnection, sql: str) -> Row:
    rows: list[Row] = connection.execute(sql).fetchmany(2)
    if len(rows) != 1:
        raise EvaluationError("its query returns no row, or more than one")
    return rows[0]
