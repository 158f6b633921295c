"""The rows that are set aside: `<schema>_quarantine.<table>`, one for each key.

A row is there as long as it waits: it leaves when a version of it comes that breaks no rule, or
when its source says that it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from columnar_target.errors import SchemaError
from columnar_target.own_columns import QUARANTINE_RULES, QUARANTINE_RUN_ID, QUARANTINED_AT
from target_redshift.columns.names import literal
from target_redshift.columns.types import LONGEST_TEXT, TIMESTAMP, WarehouseType, text
from target_redshift.warehouse.comparison import Arrived, Comparison
from target_redshift.warehouse.merge import Merge
from target_redshift.warehouse.removals import Removal
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

    def release(self, arrived: Arrived, kinds: Mapping[str, WarehouseType]) -> bool:
        """Remove the rows of which a version came that is good, or gone at its source.

        Args:
            arrived: The rows that count.
            kinds: Types of the columns by name.

        Returns:
            Whether there were any.
        """
        if not (self.keys and self._columns()):
            return False
        doing = f"clear table {self.name}"
        same = Comparison(self.name, kinds, arrived, self.keys, {})
        rows = f"{self.name.sql} as t join {arrived.relation} as a on {same.same_key}"
        if not self.session.run(f"select 1 from {rows} limit 1", doing):
            return False
        there = same.meet(self.keys, self.name.sql, arrived, "a")
        self.session.run(
            f"delete from {self.name.sql} using {arrived.relation} as a where {there}", doing
        )
        return True

    def take(
        self, withheld: Arrived, kinds: Mapping[str, WarehouseType], *, run_id: str, moment: str
    ) -> bool:
        """Keep rows that were set aside; one that is there already says when it came first.

        Args:
            withheld: The rows, with the rules that they break.
            kinds: Types of the columns by name.
            run_id: The run.
            moment: SQL: when it began.

        Returns:
            Whether any of them was not there, or otherwise.

        Raises:
            SchemaError: A column is of another type, or called as one of the quarantine's own.
        """
        columns = {name: kinds[name] for name in withheld.columns if name in kinds}
        self._make({name: _roomiest(kind) for name, kind in columns.items()})
        constants = {QUARANTINE_RUN_ID: literal(run_id), QUARANTINED_AT: moment}
        there = {name: column.type for name, column in self._columns().items()}
        comparison = Comparison(self.name, there, withheld, self.keys, constants)
        return not Merge(self.session, comparison, Removal()).carry_out().is_empty

    def _columns(self) -> dict[str, TableColumn]:
        """Its columns; none if no row was ever set aside."""
        return Tables(self.session).columns(self.name)

    def _make(self, kinds: Mapping[str, WarehouseType]) -> None:
        """Make it, or give it what it lacks of the columns."""
        own = {column.name for column in OWN} & kinds.keys()
        if own:
            raise SchemaError(
                f"Rows of table {self.table} are to be set aside, and it has a column named "
                f"{min(own)!r}, which this target adds there itself: rename it in the tap with a "
                "stream map."
            )
        tables, there = Tables(self.session), self._columns()
        columns = [TableColumn(name, kind) for name, kind in kinds.items()]
        if not there:
            tables.make_schema(self.name.schema)
            tables.make(self.name, [*columns, *OWN], None)
            return
        for column in columns:
            before = there.get(column.name)
            if before is None:
                tables.add(self.name, column)
            elif not before.type.holds(column.type):
                if not column.type.holds(before.type):
                    raise SchemaError(
                        f"Column {column.name!r} of table {self.table} is {column.type}, and rows "
                        f"wait in {self.name} that have it as {before.type}: settle these rows, "
                        "and drop that table."
                    )
                tables.widen(self.name, column)


def _roomiest(kind: WarehouseType) -> WarehouseType:
    return text(LONGEST_TEXT) if kind.name == "varchar" else kind
