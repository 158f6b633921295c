"""Which of the incoming rows differ from the table's, and in what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from target_s3.iceberg.fields import Field
from target_s3.merging.existing import on


def all_rows(kept: str) -> str:
    """SQL: keys and positions of the latest rows, all of which are new.

    Args:
        kept: SQL: whether a row of `incoming` is to be in the table.
    """
    new = f"select latest.*, {_NOWHERE} from latest"
    return new if kept == "true" else f"{new} join incoming using (position) where {kept}"


@dataclass(frozen=True)
class Comparison:
    """SQL for the incoming rows that are new or differ; it reads the relations of `Merge`.

    Their columns are the keys, `position`, the `old_file` and `old_row` that a row replaces, and
    `differing`, with a bit for each compared column, set where it differs.

    Attributes:
        keys: The key columns.
        compared: The columns that make a difference.
        kept: SQL: whether a row of `incoming` is to be in the table.
        candidates: SQL: whether a row of `incoming` could differ.
    """

    keys: Sequence[Field]
    compared: Sequence[Field]
    kept: str
    candidates: str

    def of_many(self) -> str:
        """SQL: where about as many rows are incoming as are existing."""
        return f"""
            {self._there}
            from {self._incoming}
            left join existing on {self._same_key}
            where (existing.old_file is null or {self._differs}) and {self.kept}"""

    def of_few(self) -> str:
        """SQL: where far fewer rows are incoming, and `matched` names those that are there."""
        return f"""
            {self._there}
            from existing
            join (select * from {self._incoming} semi join matched using (position)) as incoming
                on {self._same_key}
            where ({self._differs}) and {self.kept}
            union all
            {self._new}"""

    def of_aligned(self) -> str:
        """SQL: where `matched` names those that are there, and `differences` those that differ."""
        return f"""
            select {self._keys}, position, old_file, old_row, cast(differing as bit) as differing
            from {self._incoming}
            join differences using (position)
            where {self.kept}
            union all
            {self._new}"""

    def matched(self) -> str:
        """SQL: the incoming rows that are there: position, and the place of the row there."""
        return (
            "select incoming.position, old_file, old_row from existing "
            f"join {self._incoming} on {self._same_key}"
        )

    @property
    def _new(self) -> str:
        return f"""
            select {self._keys}, incoming.position, {_NOWHERE}
            from {self._incoming}
            anti join matched using (position)
            where {self.kept}"""

    @property
    def _keys(self) -> str:
        return ", ".join(f"incoming.{key.alias}" for key in self.keys)

    @property
    def _incoming(self) -> str:
        return f"(select * from incoming where {self.candidates}) as incoming"

    @property
    def _same_key(self) -> str:
        return on(self.keys, "incoming", "existing")

    @property
    def _each_differs(self) -> list[str]:
        return [
            f"incoming.{c.alias} is distinct from existing.{c.alias}" for c in self.compared
        ] or ["false"]

    @property
    def _differs(self) -> str:
        return " or ".join(f"({each})" for each in self._each_differs)

    @property
    def _there(self) -> str:
        bits = ", ".join(f"case when {each} then '1' else '0' end" for each in self._each_differs)
        return (
            f"select {self._keys}, incoming.position, old_file, old_row, "
            f"cast(concat({bits}) as bit) as differing"
        )


_NOWHERE = (
    "cast(null as bigint) as old_file, cast(null as bigint) as old_row, "
    "cast(null as bit) as differing"
)
"""What is said of rows that replace none."""
