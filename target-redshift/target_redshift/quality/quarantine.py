"""The rows that are set aside: `<schema>_quarantine.<table>`, one for each key.

A row is there as long as it waits: it leaves when a version of it comes that breaks no rule, or
when its source says that it is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from columnar_target.own_columns import QUARANTINE_RULES, QUARANTINE_RUN_ID, QUARANTINED_AT
from target_redshift.columns.names import literal, quoted
from target_redshift.columns.types import LONGEST_TEXT, TIMESTAMP, WarehouseType, text
from target_redshift.warehouse.merge import Arrived, matches
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import TableColumn, TableName, Tables

OWN = (
    TableColumn(QUARANTINE_RULES, text(LONGEST_TEXT)),
    TableColumn(QUARANTINE_RUN_ID, text(256)),
    TableColumn(QUARANTINED_AT, TIMESTAMP),
)


@dataclass(frozen=True)
class Quarantine:
    """Where the rows of one table wait.

    Attributes:
        session: Reads and writes.
        table: The table that they were on the way to.
        keys: Its columns that identify a row.
    """

    session: Session
    table: TableName
    keys: tuple[str, ...]

    @property
    def name(self) -> TableName:
        """Its own name."""
        return TableName(f"{self.table.schema}_quarantine", self.table.table)

    @property
    def there(self) -> dict[str, TableColumn]:
        """Its columns; none if no row was ever set aside."""
        return Tables(self.session).columns(self.name)

    def make(self, columns: list[TableColumn]) -> None:
        """Make it, or give it the columns that it lacks.

        Args:
            columns: Those of the rows.
        """
        tables, there = Tables(self.session), self.there
        if not there:
            tables.make_schema(self.name.schema)
            tables.make(self.name, [*(_optional(c) for c in columns), *OWN], None)
        for column in columns:
            if there and column.name not in there:
                tables.add(self.name, _optional(column))

    def release(self, arrived: Arrived, kinds: dict[str, WarehouseType]) -> None:
        """Remove the rows of which a version came that is good, or gone at its source."""
        if self.keys and self.there:
            self._delete(arrived, kinds)

    def take(
        self, withheld: Arrived, kinds: dict[str, WarehouseType], *, run_id: str, moment: str
    ) -> None:
        """Keep rows that were set aside; one that is there already says when it came first.

        Args:
            withheld: The rows; their last column holds the rules that they break.
            kinds: Types of the columns by name.
            run_id: The run.
            moment: SQL: when it began.
        """
        if self.keys:
            self._delete(withheld, kinds)
        names = [*withheld.columns, QUARANTINE_RUN_ID, QUARANTINED_AT]
        values = [*withheld.columns.values(), literal(run_id), moment]
        self.session.run(
            f"insert into {self.name.sql} ({', '.join(map(quoted, names))}) "
            f"select {', '.join(values)} from {withheld.relation}",
            f"set rows aside in table {self.name}",
        )

    def _delete(self, rows: Arrived, kinds: dict[str, WarehouseType]) -> None:
        same = " and ".join(
            matches(f"{self.name.sql}.{quoted(key)}", f"a.{rows.columns[key]}", kinds[key])
            for key in self.keys
        )
        self.session.run(
            f"delete from {self.name.sql} using {rows.relation} as a where {same}",
            f"clear table {self.name}",
        )


def _optional(column: TableColumn) -> TableColumn:
    return TableColumn(column.name, column.type)
