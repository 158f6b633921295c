"""Which of a table's rows go with a load, or are marked as gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from target_redshift.columns.names import quoted
from target_redshift.warehouse.comparison import Arrived, Comparison


@dataclass(frozen=True)
class Removal:
    """How rows go.

    Attributes:
        whole: Whether the rows that arrived are all that the source has.
        hard: Whether rows that are gone are removed; if not, they are marked.
        group: Columns that rows share which are replaced together.
        withheld: Rows that arrived and are set aside: they are there at the source.
        groups: Groups that arrived, and that no row which counts has any more.
    """

    whole: bool = False
    hard: bool = False
    group: tuple[str, ...] = ()
    withheld: Arrived | None = None
    groups: Arrived | None = None


@dataclass(frozen=True)
class Removals:
    """SQL for the keys of rows that go; both read `t`, the table, and `a`, what arrived.

    Attributes:
        comparison: Of both.
        removal: How rows go.
    """

    comparison: Comparison
    removal: Removal

    @property
    def told(self) -> str:
        """SQL: whether a row `a` says that it is gone, so that it does not come in."""
        # without keys, a whole read says it by leaving the row out
        without_keys = self.removal.whole and not self.comparison.keys
        return self.comparison.told_gone(matters=self.removal.hard or without_keys)

    def gone(self) -> str | None:
        """Rows to remove: told to be gone, lost by their group, or not in a whole read."""
        return " union ".join(self._gone()) or None

    def marked(self) -> str | None:
        """Rows to mark: those that a whole read did not see."""
        if self.removal.hard or not self.removal.whole:
            return None
        return f"{self._unseen()} and {self.comparison.alive('t')}"

    def _gone(self) -> Iterator[str]:
        if self.told != "false":
            yield f"{self._keys} join {self._arrived} where {self.told}"
        if self.removal.group:
            yield self._lost_by_group()
        if self.removal.hard and self.removal.whole:
            yield self._unseen()

    def _unseen(self) -> str:
        """Rows that did not arrive, not even to be set aside."""
        withheld, where = self._withheld(self.comparison.keys)
        return (
            f"{self._keys} left join {self._arrived}{withheld} "
            f"where {self.comparison.unseen}{where}"
        )

    def _lost_by_group(self) -> str:
        """Rows of a group that arrived without them; one that is set aside stays in its own."""
        names = self.removal.group
        sources = (self.comparison.arrived, self.removal.withheld, self.removal.groups)
        groups = " union ".join(
            f"select distinct {self._columns(names, rows.columns.__getitem__)} from {rows.relation}"
            for rows in sources
            if rows is not None
        )
        same = self.comparison.meet_by_name(names, "t", "g")
        withheld, where = self._withheld((*self.comparison.keys, *names))
        return (
            f"{self._keys} join ({groups}) as g on {same} left join {self._arrived}{withheld} "
            f"where {self.comparison.unseen}{where}"
        )

    def _withheld(self, names: tuple[str, ...]) -> tuple[str, str]:
        """A join with the rows that are set aside, and a condition that there is none."""
        rows = self.removal.withheld
        if rows is None:
            return "", ""
        same = self.comparison.meet(tuple(dict.fromkeys(names)), "t", rows, "w")
        return (
            f" left join {rows.relation} as w on {same}",
            f" and w.{rows.columns[self.comparison.keys[0]]} is null",
        )

    @property
    def _keys(self) -> str:
        keys = self._columns(self.comparison.keys, lambda key: f"t.{quoted(key)}")
        return f"select {keys} from {self.comparison.table.sql} as t"

    def _columns(self, names: Sequence[str], value: Callable[[str], str]) -> str:
        """SQL: columns by their names, and beside them what tells DISTINCT and UNION texts apart.

        Args:
            names: The columns.
            value: SQL of each.
        """
        apart = self.comparison.told_apart(names, value)
        lengths = (f"_bytes_{number}" for number in range(len(apart) - len(names)))
        called = [*names, *lengths]
        return ", ".join(
            f"{each} as {quoted(name)}" for each, name in zip(apart, called, strict=True)
        )

    @property
    def _arrived(self) -> str:
        return f"{self.comparison.arrived.relation} as a on {self.comparison.same_key}"
