"""What a load changes in a table, in Redshift's SQL within one transaction.

Rows that differ from the table's go to a temporary table; they alone are written, so a load that
brings nothing new changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from columnar_target.errors import SchemaError
from columnar_target.own_columns import DELETED_AT, PROCESSING_TIMESTAMP
from target_redshift.columns.names import quoted
from target_redshift.warehouse.comparison import Comparison, Tally
from target_redshift.warehouse.removals import Removal, Removals
from target_redshift.warehouse.session import Session


@dataclass(frozen=True)
class Difference:
    """What a load does to a table, in numbers.

    Attributes:
        inserted: Rows that the table did not have.
        updated: Rows that it had otherwise.
        deleted: Rows that went, or were marked as gone.
        unchanged: Rows that it had already.
        withheld: Rows that were set aside.
        waiting: Whether other rows wait in quarantine than before.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    withheld: int = 0
    waiting: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the table and its quarantine already said what the load says."""
        return not (self.inserted or self.updated or self.deleted or self.waiting)


@dataclass(frozen=True)
class Merge:
    """The statements of one table.

    Attributes:
        session: Runs them.
        comparison: Of the table's rows and those that arrived.
        removal: How rows go.
    """

    session: Session
    comparison: Comparison
    removal: Removal

    def carry_out(self) -> Difference:
        """Compare, remove, and write what is new or differs.

        Raises:
            SchemaError: The table has several rows of a key that changes.
        """
        return self._by_key() if self.comparison.keys else self._without_keys()

    def _by_key(self) -> Difference:
        this, removals = self.comparison, Removals(self.comparison, self.removal)
        changed = self._temporary("changed")
        self._run(
            f"create temp table {changed} as select a.*, "
            f"case when t.{quoted(this.keys[0])} is null then 0 else 1 end as known "
            f"from {this.arrived.relation} as a left join {this.table.sql} as t "
            f"on {this.same_key} where not ({this.same}) and not ({removals.told})"
        )
        new, old = self._counted(changed)
        if old:
            self._refuse_copies(changed)
        deleted = self._remove(removals.gone()) + self._mark(removals.marked())
        if old:
            same = this.meet(this.keys, this.table.sql, this.arrived, "c")
            self._run(f"delete from {this.table.sql} using {changed} as c where {same}")
        if new or old:
            self._insert(f"{changed} as a")
        unchanged = this.arrived.rows - self._told(removals) - new - old
        return Difference(new, old, deleted, unchanged)

    def _without_keys(self) -> Difference:
        this, removals = self.comparison, Removals(self.comparison, self.removal)
        rows = this.arrived.rows - self._told(removals)
        source = f"{this.arrived.relation} as a where not ({removals.told})"
        if not self.removal.whole:
            self._insert(source)
            return Difference(inserted=rows)
        there = self.session.count(f"{this.table.sql} as t where {this.alive('t')}", self._doing)
        if there == rows and self._says_the_same(Tally(this, removals.told)):
            return Difference(unchanged=there)
        if self.removal.hard:
            self._run(f"delete from {this.table.sql}")
        elif there:
            alive = f"{quoted(DELETED_AT)} is null"
            self._run(f"update {this.table.sql} set {self._gone_now} where {alive}")
        self._insert(source)
        return Difference(inserted=rows, deleted=there)

    def _says_the_same(self, tally: Tally) -> bool:
        """Whether as many rows as the table has are the rows that it has."""
        if any(self.session.run(query, self._doing) for query in tally.too_long()):
            return False
        return not self.session.run(tally.differences(), self._doing)

    def _told(self, removals: Removals) -> int:
        """How many of the rows that arrived say that they are gone."""
        if removals.told == "false":
            return 0
        source = f"{self.comparison.arrived.relation} as a where {removals.told}"
        return self.session.count(source, self._doing)

    def _counted(self, changed: str) -> tuple[int, int]:
        counts = f"select known, count(*) from {changed} group by known"
        found: Mapping[int, int] = dict(self.session.run(counts, self._doing))
        return int(found.get(0, 0)), int(found.get(1, 0))

    def _refuse_copies(self, changed: str) -> None:
        """Redshift enforces no key: a table of somebody else's may have one twice."""
        this = self.comparison
        # one of the copies may say what arrived, and is no changed row
        same = this.meet(this.keys, "t", this.arrived, "c")
        rows = f"{changed} as c join {this.table.sql} as t on {same}"
        keys = ", ".join(this.told_apart(this.keys, lambda key: f"c.{this.arrived.columns[key]}"))
        twice = f"select 1 from {rows} group by {keys} having count(*) > 1 limit 1"
        if self.session.run(twice, self._doing):
            raise SchemaError(
                f"Table {self.comparison.table} has several rows of the same "
                f"{', '.join(self.comparison.keys)}, which are to tell rows apart: remove the "
                "copies, or load into another table."
            )

    def _remove(self, gone: str | None) -> int:
        if gone is None:
            return 0
        return self._with(gone, "gone", f"delete from {self.comparison.table.sql} using")

    def _mark(self, marked: str | None) -> int:
        if marked is None:
            return 0
        update = f"update {self.comparison.table.sql} set {self._gone_now} from"
        return self._with(marked, "marked", update)

    def _with(self, keys: str, name: str, statement: str) -> int:
        """Do something with the rows that have some keys; how many there are."""
        found = self._temporary(name)
        self._run(f"create temp table {found} as {keys}")
        number = self.session.count(found, self._doing)
        if number:
            same = self.comparison.meet_by_name(
                self.comparison.keys, self.comparison.table.sql, "k"
            )
            self._run(f"{statement} {found} as k where {same}")
        return number

    @property
    def _gone_now(self) -> str:
        """SQL: sets the mark, and which load made it."""
        constants = {
            name: value
            for name, value in self.comparison.constants.items()
            if name in self.comparison.kinds and name not in self.comparison.compared
        }
        moment = self.comparison.constants[PROCESSING_TIMESTAMP]
        if self.comparison.kinds[DELETED_AT].name == "timestamptz":
            # whatever zone the session has
            moment = f"{moment} at time zone 'UTC'"
        elif self.comparison.kinds[DELETED_AT].name == "varchar":
            moment = f"cast({moment} as varchar)"
        values = {DELETED_AT: moment, **constants}
        return ", ".join(f"{quoted(name)} = {value}" for name, value in values.items())

    def _insert(self, source: str) -> None:
        columns = self.comparison.arrived.columns
        values = {
            **{name: f"a.{column}" for name, column in columns.items()},
            **self.comparison.constants,
        }
        self._run(
            f"insert into {self.comparison.table.sql} ({', '.join(map(quoted, values))}) "
            f"select {', '.join(values.values())} from {source}"
        )

    def _temporary(self, name: str) -> str:
        return quoted(f"{self.comparison.arrived.name}_{name}")

    def _run(self, statement: str) -> None:
        self.session.run(statement, self._doing)

    @property
    def _doing(self) -> str:
        return f"load into table {self.comparison.table}"
