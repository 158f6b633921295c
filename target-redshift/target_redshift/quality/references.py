"""The tables that rules name, for what rows of theirs are spoken of.

A table is seen with what it has and with what this load brings for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from columnar_target.arrivals.staging import StagedStream
from columnar_target.own_columns import DELETED_AT
from columnar_target.quality.rules import TableRules
from columnar_target.relations.sql import quoted as quoted_here
from deftunes_dqdl import Relation
from target_redshift.columns.names import quoted
from target_redshift.shipment.rows import Rows
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import TableName, Tables


@dataclass(frozen=True)
class References:
    """Makes relations of tables that rules name.

    Attributes:
        schema: That of the tables.
        streams: The streams of this load, by table.
        rows_of: A stream's rows; until it is asked for the next one's.
        session: Asks the warehouse.
        database: Where the relations are to be.
    """

    schema: str
    streams: Mapping[str, StagedStream]
    rows_of: Callable[[StagedStream], Rows]
    session: Session
    database: duckdb.DuckDBPyConnection

    def spoken_of(self, rules: TableRules) -> dict[str, Relation]:
        """The tables that rules on a table as a whole name, with the columns that they name."""
        texts = "\n".join(rule.text for rule in rules.of_table.rules)
        if not texts:
            return {}
        tables = Tables(self.session).names(self.schema) | self.streams.keys()
        found = {}
        for name in sorted(tables):
            if _is_named(name, texts) and (relation := self._relation(name, texts)):
                found[name] = relation
        return found

    def _relation(self, name: str, texts: str) -> Relation | None:
        there = self._there(TableName(self.schema, name), texts)
        brought = self._brought(name, texts)
        columns = {*there.column_names, *brought.column_names}
        if not columns:
            return None
        relation = f"reference_{name}"
        parts = [_aligned(part, sorted(columns)) for part in (there, brought)]
        self.database.register(relation, pa.concat_tables(parts, promote_options="permissive"))
        return Relation(quoted_here(relation), {column: quoted_here(column) for column in columns})

    def _there(self, table: TableName, texts: str) -> pa.Table:
        """What the table has; a row that is marked as gone is not there, for rules."""
        columns = Tables(self.session).columns(table)
        named = [column for column in columns if _is_named(column, texts)]
        if not named:
            return pa.table({})
        alive = f" where {quoted(DELETED_AT)} is null" if DELETED_AT in columns else ""
        rows = self.session.run(
            f"select distinct {', '.join(map(quoted, named))} from {table.sql}{alive}",
            f"read table {table} for a rule",
        )
        return _columns(named, rows)

    def _brought(self, name: str, texts: str) -> pa.Table:
        """What this load brings for a table."""
        stream = self.streams.get(name)
        if stream is None:
            return pa.table({})
        rows = self.rows_of(stream)
        named = {c.name: c.alias for c in rows.columns if _is_named(c.name, texts)}
        if not named:
            return pa.table({})
        listed = ", ".join(named.values())
        found = self.database.execute(
            f"select distinct {listed} from ({rows.counting}) where {rows.alive}"
        ).fetchall()
        return _columns(named, found)


def _columns(names: Iterable[str], rows: list[tuple[object, ...]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row[number] for row in rows]) for number, name in enumerate(names)}
    )


def _aligned(part: pa.Table, columns: list[str]) -> pa.Table:
    nulls = pa.nulls(part.num_rows)
    there = part.column_names
    return pa.table({name: part.column(name) if name in there else nulls for name in columns})


def _is_named(name: str, texts: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", texts) is not None
