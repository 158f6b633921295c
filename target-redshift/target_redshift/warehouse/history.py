"""The loads of a schema, in a table of its own: `target_redshift_loads`.

A row is written with the rows that it tells of, in their transaction: whether it is there says
whether they are. The table is also what loads lock: in one schema, one of them works at a time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from target_redshift.columns.names import literal
from target_redshift.columns.types import TIMESTAMP, WarehouseType, text
from target_redshift.settings import LOADS
from target_redshift.warehouse.merge import Difference
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import TableColumn, TableName, Tables

_BIGINT = WarehouseType("bigint")
_LONGEST_STATE = 65_535
_ROWS_AT_ONCE = 100
"""Each carries the state, and a statement has at most 16 MB."""

COLUMNS = (
    TableColumn("number", _BIGINT, is_needed=True),
    TableColumn("load_id", text(64), is_needed=True),
    TableColumn("run_id", text(256), is_needed=True),
    TableColumn("table_name", text(256), is_needed=True),
    TableColumn("loaded_at", TIMESTAMP, is_needed=True),
    TableColumn("keys", text(65_535), is_needed=True),
    TableColumn("version", _BIGINT),
    TableColumn("inserted", _BIGINT, is_needed=True),
    TableColumn("updated", _BIGINT, is_needed=True),
    TableColumn("deleted", _BIGINT, is_needed=True),
    TableColumn("unchanged", _BIGINT, is_needed=True),
    TableColumn("set_aside", _BIGINT, is_needed=True),
    TableColumn("singer_state", text(_LONGEST_STATE)),
)


@dataclass(frozen=True)
class Entry:
    """What a load did to a table.

    Attributes:
        table: The table's name.
        keys: The columns that identify its rows, as the stream names them.
        version: The full-table version of its latest rows, where the tap names any.
        difference: What changed.
    """

    table: str
    keys: tuple[str, ...]
    version: int | None
    difference: Difference


@dataclass(frozen=True)
class History:
    """The loads of a schema.

    Attributes:
        session: Reads and writes.
        schema: The schema.
    """

    session: Session
    schema: str

    @property
    def _table(self) -> TableName:
        return TableName(self.schema, LOADS)

    def make(self) -> None:
        """Make the table, unless it is there."""
        Tables(self.session).make(self._table, COLUMNS, None)

    def lock(self) -> None:
        """Wait until no other load of the schema is at work, and keep others waiting."""
        self.session.run(f"lock {self._table.sql}", f"lock table {self._table}")

    def has(self, load_id: str) -> bool:
        """Whether a load took place; asked when its transaction, which may go on, has ended."""
        with self.session.transaction():
            self.lock()
            return bool(
                self.session.run(
                    f"select 1 from {self._table.sql} where load_id = {literal(load_id)} limit 1",
                    f"read table {self._table}",
                )
            )

    def last(self, table: str) -> tuple[tuple[str, ...] | None, int | None]:
        """Keys and version of a table's last load.

        Returns:
            None for the keys if there was none, None for the version if the tap named none.
        """
        found = self.session.run(
            f"select keys, version from {self._table.sql} where table_name = {literal(table)} "
            "order by number desc limit 1",
            f"read table {self._table}",
        )
        if not found:
            return None, None
        keys, version = found[0]
        return tuple(json.loads(keys)), version

    def add(
        self, entries: Sequence[Entry], *, load_id: str, run_id: str, moment: str, state: str
    ) -> None:
        """Remember what a load did.

        Args:
            entries: What it did to each table.
            load_id: The load's own name.
            run_id: That of its run.
            moment: SQL: when it began.
            state: The Singer state; one that is too long is left out.
        """
        if not entries:
            return
        # loads end in another order than they begin, and clocks differ: only the lock tells
        found = self.session.run(
            f"select coalesce(max(number), 0) from {self._table.sql}", f"read table {self._table}"
        )
        number = int(found[0][0]) + 1
        kept = literal(state) if len(state.encode()) <= _LONGEST_STATE else "null"
        rows = [
            f"({number}, {literal(load_id)}, {literal(run_id)}, {literal(entry.table)}, {moment}, "
            f"{literal(json.dumps(entry.keys))}, "
            f"{'null' if entry.version is None else entry.version}, "
            f"{entry.difference.inserted}, {entry.difference.updated}, "
            f"{entry.difference.deleted}, {entry.difference.unchanged}, "
            f"{entry.difference.withheld}, {kept})"
            for entry in entries
        ]
        names = ", ".join(column.name for column in COLUMNS)
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            values = ", ".join(rows[first : first + _ROWS_AT_ONCE])
            self.session.run(
                f"insert into {self._table.sql} ({names}) values {values}",
                f"write table {self._table}",
            )
