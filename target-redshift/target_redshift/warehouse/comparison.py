"""What the rows of a load say beside those of the table, in Redshift's SQL.

`t` is the table there, and `a` the temporary table of the rows that arrived. Redshift takes two
texts for equal that differ in blanks at their end only: their lengths are compared, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from columnar_target.own_columns import DELETED_AT, NO_DIFFERENCE
from target_redshift.columns.names import quoted
from target_redshift.columns.types import LONGEST_TEXT, WarehouseType
from target_redshift.warehouse.tables import TableName


@dataclass(frozen=True)
class Arrived:
    """Rows of a load in a temporary table.

    Attributes:
        name: That of the temporary table.
        columns: Its column (`c3`) by the table's column that it is for.
        rows: How many there are.
    """

    name: str
    columns: Mapping[str, str]
    rows: int

    @property
    def relation(self) -> str:
        """The temporary table's name in SQL."""
        return quoted(self.name)


@dataclass(frozen=True)
class Comparison:
    """SQL on a table's rows and those that arrived for it.

    Attributes:
        table: The table.
        kinds: The types of its columns.
        arrived: The rows, one for each key.
        keys: Those of the columns that identify a row; may be none.
        constants: SQL by column, for columns that say the same in all rows of the load.
    """

    table: TableName
    kinds: Mapping[str, WarehouseType]
    arrived: Arrived
    keys: tuple[str, ...]
    constants: Mapping[str, str]

    @property
    def compared(self) -> list[str]:
        """The columns that make a difference, of rows of one key."""
        return [name for name in self.kinds if name not in self.keys and name not in NO_DIFFERENCE]

    @property
    def same_key(self) -> str:
        """Whether `t` and `a` are the same row."""
        return self.meet(self.keys, "t", self.arrived, "a")

    @property
    def same(self) -> str:
        """Whether `t` says what `a` says; never null."""
        parts = (
            _equal(f"t.{quoted(name)}", self.value(name), self.kinds[name])
            for name in self.compared
        )
        return f"coalesce({' and '.join([f't.{quoted(self.keys[0])} is not null', *parts])}, false)"

    @property
    def unseen(self) -> str:
        """Whether a row `t`, joined with the rows that arrived, is none of them."""
        return f"a.{self.arrived.columns[self.keys[0]]} is null"

    def alive(self, alias: str) -> str:
        """Whether a row of the table is not marked as gone."""
        return f"{alias}.{quoted(DELETED_AT)} is null" if DELETED_AT in self.kinds else "true"

    def told_gone(self, *, matters: bool) -> str:
        """Whether a row `a` says that it is gone, if that matters."""
        mark = self.arrived.columns.get(DELETED_AT)
        return f"a.{mark} is not null" if mark and matters else "false"

    def meet(self, names: Sequence[str], table: str, rows: Arrived, alias: str) -> str:
        """Whether a row of the table and one of a load have the same values, none of them null.

        Args:
            names: The columns.
            table: Alias of the table, or its name.
            rows: The rows of the load.
            alias: Their alias.
        """
        return " and ".join(
            matches(f"{table}.{quoted(name)}", f"{alias}.{rows.columns[name]}", self.kinds[name])
            for name in names
        )

    def meet_by_name(self, names: Sequence[str], table: str, alias: str) -> str:
        """The same with rows whose columns are called as the table's are."""
        return " and ".join(
            matches(f"{table}.{quoted(name)}", f"{alias}.{quoted(name)}", self.kinds[name])
            for name in names
        )

    def told_apart(self, names: Sequence[str], value: Callable[[str], str]) -> list[str]:
        """Columns to group by: GROUP BY, too, takes texts for one that differ in blanks only.

        Args:
            names: The table's columns.
            value: SQL of each.
        """
        texts = [name for name in names if self.kinds[name].name == "varchar"]
        return [*map(value, names), *(f"octet_length({value(name)})" for name in texts)]

    def value(self, name: str) -> str:
        """What the load says of a column."""
        if name in self.constants:
            return self.constants[name]
        column = self.arrived.columns.get(name)
        return f"a.{column}" if column else f"cast(null as {self.kinds[name]})"


@dataclass(frozen=True)
class Tally:
    """SQL that counts rows which say the same: of the table, and of those that arrived.

    Two sets of as many rows are the same if each kind of row is there as often.

    Attributes:
        comparison: Of both.
        told_gone: Whether a row `a` is none to count.
    """

    comparison: Comparison
    told_gone: str

    @property
    def _names(self) -> list[str]:
        return [name for name in self.comparison.compared if name != DELETED_AT]

    @property
    def _there(self) -> str:
        return f"{self.comparison.table.sql} as t where {self.comparison.alive('t')}"

    @property
    def _came(self) -> str:
        return f"{self.comparison.arrived.relation} as a where not ({self.told_gone})"

    def too_long(self) -> list[str]:
        """Queries that give a row where a document is too long to be compared."""
        documents = [name for name in self._names if self.comparison.kinds[name].name == "super"]
        sides = [
            (self._there, [f"t.{quoted(name)}" for name in documents]),
            (self._came, [self.comparison.value(name) for name in documents]),
        ]
        return [
            f"select 1 from {source} and ({' or '.join(map(_is_too_long, values))}) limit 1"
            for source, values in sides
            if documents
        ]

    def differences(self) -> str:
        """A query that gives a row if there is a kind that the table has in another number."""
        there = self._counted(self._there, [f"t.{quoted(name)}" for name in self._names])
        came = self._counted(self._came, [self.comparison.value(name) for name in self._names])
        return f"({there}) except ({came}) limit 1"

    def _counted(self, source: str, values: Sequence[str]) -> str:
        listed: list[str] = []
        for name, value in zip(self._names, values, strict=True):
            kind = self.comparison.kinds[name]
            if kind.name == "super":
                listed.append(f"json_serialize({value})")
                continue
            listed.append(f"cast({value} as {kind})")
            if kind.name == "varchar":
                listed.append(f"octet_length({value})")
        positions = ", ".join(str(number) for number in range(1, len(listed) + 1))
        grouping = f" group by {positions}" if listed else ""
        return f"select {''.join(f'{each}, ' for each in listed)}count(*) from {source}{grouping}"


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
    # those that are too long count as changed
    too_long = f"{_is_too_long(left)} or {_is_too_long(right)}"
    same = f"json_serialize({left}) = json_serialize({right})"
    return f"(case when {too_long} then false else {same} end or {nulls})"


def _is_too_long(document: str) -> str:
    """SQL: whether JSON_SERIALIZE would give more than a VARCHAR holds."""
    return f"json_size({document}) > {LONGEST_TEXT}"
