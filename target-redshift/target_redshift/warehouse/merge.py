"""What a load changes in a table, said in Redshift's SQL within one transaction.

The rows that arrived, one for each key, are in a temporary table with the columns `c1`, `c2`, …
Rows that differ from the table's go to a second one; they alone are written, so a load that brings
nothing new changes nothing. Redshift takes two texts for equal that differ in blanks at their end
only: their lengths are compared, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from columnar_target.own_columns import (
    DELETED_AT,
    INGEST_ON,
    NO_DIFFERENCE,
    PROCESSING_TIMESTAMP,
    SOURCE_FROM,
)
from target_redshift.columns.names import quoted
from target_redshift.columns.types import LONGEST_TEXT, WarehouseType
from target_redshift.warehouse.session import Session
from target_redshift.warehouse.tables import TableColumn, TableName


@dataclass(frozen=True)
class Difference:
    """What a load does to a table, in numbers.

    Attributes:
        inserted: Rows that the table did not have.
        updated: Rows that it had otherwise.
        deleted: Rows that went, or were marked as gone.
        unchanged: Rows that it had already.
        withheld: Rows that were set aside.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    withheld: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the table already said what the load says."""
        return not (self.inserted or self.updated or self.deleted or self.withheld)


@dataclass(frozen=True)
class Arrived:
    """The rows of a load in a temporary table.

    Attributes:
        relation: The temporary table, quoted.
        columns: Its column (`c3`) by the table's column that it is for.
        number: A number of its own within the load, for the names of further tables.
        rows: How many there are.
    """

    relation: str
    columns: dict[str, str]
    number: int
    rows: int


@dataclass(frozen=True)
class Origin:
    """The load's own columns, as SQL expressions."""

    ingest_on: str
    processing_timestamp: str
    source_from: str


@dataclass(frozen=True)
class Merge:
    """The statements of one stream.

    Attributes:
        session: Runs them.
        table: Where the rows go.
        columns: Its columns.
        arrived: The rows.
        keys: Those of its columns that identify a row; none: rows are appended.
        group: Those that rows share which are replaced together.
        whole: Whether the rows are all that the source has.
        hard: Whether rows that are gone are removed; if not, they are marked.
        origin: The load's own columns.
    """

    session: Session
    table: TableName
    columns: dict[str, TableColumn]
    arrived: Arrived
    keys: tuple[str, ...]
    group: tuple[str, ...]
    whole: bool
    hard: bool
    origin: Origin
    _there: dict[str, WarehouseType] = field(init=False)

    def __post_init__(self) -> None:
        there = {name: column.type for name, column in self.columns.items()}
        object.__setattr__(self, "_there", there)

    def carry_out(self) -> Difference:
        """Compare, remove, and write what is new or differs."""
        return self._by_key() if self.keys else self._without_keys()

    def _by_key(self) -> Difference:
        changed = self._temporary("changed")
        self._run(
            f"create temp table {changed} as select a.*, "
            f"case when t.{quoted(self.keys[0])} is null then 0 else 1 end as known "
            f"from {self.arrived.relation} as a left join {self.table.sql} as t "
            f"on {self._on('t', 'a')} where not ({self._same}) and not ({self._told})"
        )
        new, old = self._counted(changed)
        deleted = self._remove() + self._mark()
        if old:
            self._run(
                f"delete from {self.table.sql} using {changed} as c "
                f"where {self._on(self.table.sql, 'c')}"
            )
        if new or old:
            self._insert(changed)
        told = 0
        if self._told != "false":
            told = self.session.count(
                f"{self.arrived.relation} as a where {self._told}", self._doing
            )
        return Difference(new, old, deleted, self.arrived.rows - told - new - old)

    def _without_keys(self) -> Difference:
        if not self.whole:
            self._insert(self.arrived.relation)
            return Difference(inserted=self.arrived.rows)
        alive = f"{self.table.sql} as t where {self._alive('t')}"
        there = self.session.count(alive, self._doing)
        if there == self.arrived.rows and self._say_the_same():
            return Difference(unchanged=there)
        if self.hard:
            self._run(f"delete from {self.table.sql}")
        elif there:
            self._run(f"update {self.table.sql} set {self._gone_now()} where {self._alive_here}")
        self._insert(self.arrived.relation)
        return Difference(inserted=self.arrived.rows, deleted=there)

    # what differs

    @property
    def _same(self) -> str:
        """SQL: whether the table's row `t` says what the row `a` says; never null."""
        parts = [f"t.{quoted(self.keys[0])} is not null"]
        for name, kind in self._there.items():
            if name in self.keys or name in NO_DIFFERENCE or name == SOURCE_FROM:
                continue
            parts.append(_equal(f"t.{quoted(name)}", self._value(name), kind))
        if SOURCE_FROM in self._there:
            parts.append(f"t.{quoted(SOURCE_FROM)} = {self.origin.source_from}")
        return f"coalesce({' and '.join(parts)}, false)"

    def _say_the_same(self) -> bool:
        """Whether a whole read without keys brings the rows that are there, each as often."""
        names = [name for name in self._there if name not in {*NO_DIFFERENCE, DELETED_AT}]
        if any(self._there[name].name == "super" for name in names):
            return False
        there = self._tallied([f"t.{quoted(name)}" for name in names], names)
        came = self._tallied([self._value(name) for name in names], names)
        of_there = f"select {there} from {self.table.sql} as t where {self._alive('t')} group by "
        of_came = f"select {came} from {self.arrived.relation} as a group by "
        positions = ", ".join(str(number) for number in range(1, self._tally_width(names) + 1))
        return not self.session.run(
            f"({of_there}{positions}) except ({of_came}{positions}) limit 1", self._doing
        )

    def _tallied(self, values: Sequence[str], names: Sequence[str]) -> str:
        lengths = (
            f"octet_length({value})"
            for value, name in zip(values, names, strict=True)
            if self._there[name].name == "varchar"
        )
        cast = (
            f"cast({value} as {self._there[name]})"
            for value, name in zip(values, names, strict=True)
        )
        return ", ".join([*cast, *lengths, "count(*)"])

    def _tally_width(self, names: Sequence[str]) -> int:
        return len(names) + sum(self._there[name].name == "varchar" for name in names)

    # what goes

    @property
    def _told(self) -> str:
        """SQL: whether a row of `a` says that it is gone, so that it is removed."""
        mark = self.arrived.columns.get(DELETED_AT)
        return f"a.{mark} is not null" if mark and self.hard else "false"

    def _remove(self) -> int:
        """Remove rows that are told to be gone, lost by their group, or not in a whole read."""
        keys = ", ".join(f"t.{quoted(key)}" for key in self.keys)
        rows = f"select {keys} from {self.table.sql} as t"
        unseen = f"left join {self.arrived.relation} as a on {self._on('t', 'a')}"
        parts = []
        if self._told != "false":
            of_row = f"join {self.arrived.relation} as a on {self._on('t', 'a')}"
            parts.append(f"{rows} {of_row} where {self._told}")
        if self.group:
            parts.append(f"{rows} {self._arrived_groups} {unseen} where {self._missing}")
        if self.whole and self.hard:
            parts.append(f"{rows} {unseen} where {self._missing}")
        if not parts:
            return 0
        gone = self._temporary("gone")
        self._run(f"create temp table {gone} as {' union '.join(parts)}")
        number = self.session.count(gone, self._doing)
        if number:
            self._run(
                f"delete from {self.table.sql} using {gone} as g "
                f"where {self._keys_match(self.table.sql, 'g')}"
            )
        return number

    def _mark(self) -> int:
        """Mark the rows that a whole read did not see, if they are not removed."""
        if self.hard or not self.whole:
            return 0
        keys = ", ".join(f"t.{quoted(key)}" for key in self.keys)
        marked = self._temporary("marked")
        self._run(
            f"create temp table {marked} as select {keys} from {self.table.sql} as t "
            f"left join {self.arrived.relation} as a on {self._on('t', 'a')} "
            f"where {self._missing} and {self._alive('t')}"
        )
        number = self.session.count(marked, self._doing)
        if number:
            self._run(
                f"update {self.table.sql} set {self._gone_now()} from {marked} as m "
                f"where {self._keys_match(self.table.sql, 'm')}"
            )
        return number

    @property
    def _arrived_groups(self) -> str:
        """SQL: joins the groups that arrived."""
        groups = ", ".join(f"a.{self.arrived.columns[name]}" for name in self.group)
        same = " and ".join(
            matches(f"t.{quoted(name)}", f"g.{self.arrived.columns[name]}", self._there[name])
            for name in self.group
        )
        return f"join (select distinct {groups} from {self.arrived.relation} as a) as g on {same}"

    def _gone_now(self) -> str:
        return (
            f"{quoted(DELETED_AT)} = {self.origin.processing_timestamp}, "
            f"{quoted(INGEST_ON)} = {self.origin.ingest_on}, "
            f"{quoted(PROCESSING_TIMESTAMP)} = {self.origin.processing_timestamp}"
        )

    # what comes in

    def _insert(self, relation: str) -> None:
        names = [*self.arrived.columns, INGEST_ON, PROCESSING_TIMESTAMP, SOURCE_FROM]
        values = [
            *(f"a.{column}" for column in self.arrived.columns.values()),
            self.origin.ingest_on,
            self.origin.processing_timestamp,
            self.origin.source_from,
        ]
        self._run(
            f"insert into {self.table.sql} ({', '.join(map(quoted, names))}) "
            f"select {', '.join(values)} from {relation} as a"
        )

    # words

    def _value(self, name: str) -> str:
        if name == SOURCE_FROM:
            return self.origin.source_from
        column = self.arrived.columns.get(name)
        return f"a.{column}" if column else f"cast(null as {self._there[name]})"

    def _alive(self, alias: str) -> str:
        return f"{alias}.{quoted(DELETED_AT)} is null" if DELETED_AT in self._there else "true"

    @property
    def _alive_here(self) -> str:
        return f"{quoted(DELETED_AT)} is null"

    @property
    def _missing(self) -> str:
        return f"a.{self.arrived.columns[self.keys[0]]} is null"

    def _on(self, left: str, right: str) -> str:
        """SQL: whether a row of the table is a row of the load."""
        return " and ".join(
            matches(
                f"{left}.{quoted(key)}", f"{right}.{self.arrived.columns[key]}", self._there[key]
            )
            for key in self.keys
        )

    def _keys_match(self, left: str, right: str) -> str:
        return " and ".join(
            matches(f"{left}.{quoted(key)}", f"{right}.{quoted(key)}", self._there[key])
            for key in self.keys
        )

    def _counted(self, changed: str) -> tuple[int, int]:
        found = dict(
            self.session.run(f"select known, count(*) from {changed} group by known", self._doing)
        )
        return int(found.get(0, 0)), int(found.get(1, 0))

    def _temporary(self, name: str) -> str:
        return quoted(f"deftunes_{name}_{self.arrived.number}")

    def _run(self, statement: str) -> None:
        self.session.run(statement, self._doing)

    @property
    def _doing(self) -> str:
        return f"load into table {self.table}"


def matches(left: str, right: str, kind: WarehouseType) -> str:
    """SQL: whether two values, of which none is null, are the same."""
    if kind.name != "varchar":
        return f"{left} = {right}"
    return f"{left} = {right} and octet_length({left}) = octet_length({right})"


def _equal(left: str, right: str, kind: WarehouseType) -> str:
    """SQL: whether two values are the same, or both null; may be null if they are not."""
    nulls = f"({left} is null and {right} is null)"
    if kind.name != "super":
        return f"({matches(left, right, kind)} or {nulls})"
    # JSON_SERIALIZE gives no more than a VARCHAR holds: longer ones count as changed
    fits = f"json_size({left}) <= {LONGEST_TEXT} and json_size({right}) <= {LONGEST_TEXT}"
    same = f"json_serialize({left}) = json_serialize({right})"
    return f"(case when {fits} then {same} else false end or {nulls})"
