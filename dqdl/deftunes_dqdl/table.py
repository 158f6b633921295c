"""The rows that rules are held against: a relation of DuckDB, and its columns by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from deftunes_dqdl.errors import EvaluationError, MissingColumnError
from deftunes_dqdl.sql import quoted

_QUERY = re.compile(r"\s*(select|with|from|values)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Relation:
    """Rows, and how rules call their columns.

    Attributes:
        sql: A table's name, a table function, or a query.
        columns: SQL of each column over the relation, by the name that rules use; None for the
            relation's own columns.
    """

    sql: str
    columns: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        sql: It, over the relation.
        type: DuckDB's name of its type.
    """

    sql: str
    type: str


@dataclass(frozen=True)
class Table:
    """A relation whose columns are known.

    Attributes:
        source: What stands after `from`.
        columns: In their order, by name.
    """

    source: str
    columns: Mapping[str, Column]
    _names: Mapping[str, list[str]] = field(repr=False, default_factory=dict)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, relation: Relation | str) -> Table:
        """Look a relation's columns up.

        Raises:
            duckdb.Error: There is no such relation, or it cannot be read.
        """
        if isinstance(relation, str):
            relation = Relation(relation)
        source = f"({relation.sql}) as checked" if _QUERY.match(relation.sql) else relation.sql
        chosen = relation.columns
        selected = "*" if chosen is None else ", ".join(chosen.values())
        described = connection.execute(f"describe select {selected} from {source}").fetchall()
        names = [row[0] for row in described] if chosen is None else list(chosen)
        columns = {
            name: Column(quoted(name) if chosen is None else f"({chosen[name]})", row[1])
            for name, row in zip(names, described, strict=True)
        }
        by_folded: dict[str, list[str]] = {}
        for name in columns:
            by_folded.setdefault(name.lower(), []).append(name)
        return cls(source, columns, by_folded)

    def name(self, name: str) -> str:
        """The name of the column that a rule means.

        Case does not matter, as in Spark and the Glue Data Catalog, unless two columns differ in
        nothing else: then it has to be right.

        Raises:
            MissingColumnError: There is none.
            EvaluationError: There are several.
        """
        if name in self.columns:
            return name
        found = self._names.get(name.lower(), [])
        if not found:
            raise MissingColumnError(f"the data have no column {name}")
        if len(found) > 1:
            raise EvaluationError(
                f"column {name} can be {' or '.join(found)}: write its name in the right case"
            )
        return found[0]

    def column(self, name: str) -> Column:
        """The column that a rule means.

        Raises:
            MissingColumnError: There is none.
            EvaluationError: There are several.
        """
        return self.columns[self.name(name)]

    @property
    def projection(self) -> str:
        """A query for the rows with the columns called as rules call them.

        Columns that differ in case only are left out: SQL cannot tell them apart.
        """
        folded = Counter(name.lower() for name in self.columns)
        chosen = (
            f"{column.sql} as {quoted(name)}"
            for name, column in self.columns.items()
            if folded[name.lower()] == 1
        )
        return f"select {', '.join(chosen)} from {self.source}"
