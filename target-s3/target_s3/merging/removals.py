"""Which of a table's rows go, or are marked as gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from target_s3.iceberg.fields import Field
from target_s3.merging.difference import Removal
from target_s3.merging.existing import listed, on
from target_s3.merging.keys import alive


@dataclass(frozen=True)
class Removals:
    """SQL for the rows that a load removes; it reads the relations of `Incoming` and `Merge`.

    Attributes:
        fields: The table's columns.
        keys: Those that identify a row.
        group: Those that rows share which are replaced together.
        removal: How rows go.
        deleted_at: The column in which they are marked, if the table has it and it is no other.
    """

    fields: Sequence[Field]
    keys: Sequence[Field]
    group: Sequence[Field]
    removal: Removal
    deleted_at: Field | None

    @property
    def alive(self) -> str:
        """SQL: whether a row is there at its source."""
        return "true" if self.removal.replica else alive(self.fields)

    def gone(self, held: str | None) -> str:
        """Rows to remove: lost by their group, told to be deleted, or not in a whole read.

        Args:
            held: A relation of positions that must not come in.
        """
        if not self.keys:
            everything = self.removal.whole and self.removal.hard
            return f"{self._row} from existing where {'true' if everything else 'false'}"
        return " union ".join(self._gone(held))

    def marked(self) -> str:
        """Rows to mark as deleted: those that a whole read did not see."""
        rows = f"{self._row} from existing"
        if self.removal.hard or not self.removal.whole:
            return f"{rows} where false"
        if not self.keys:
            return f"{rows} where {self.alive}"
        return f"""
            {rows}
            {self._unseen}
            anti join gone on {on(self.keys, "existing", "gone")}
            where {self.alive}"""

    def touched_files(self) -> str:
        """SQL: the numbers of files with rows that may go, unless it is a whole read."""
        rows = ["select old_file from existing where false"]
        if self.group:
            rows.append(f"select old_file from existing {self._of_arrived_groups}")
        if self.removal.named:
            same = on(self.keys, "existing", "named")
            rows.append(
                f"select old_file from existing semi join {self.removal.named} as named on {same}"
            )
        return " union ".join(rows)

    @property
    def _row(self) -> str:
        keys = "".join(f"existing.{key.alias}, " for key in self.keys)
        return f"select {keys}existing.old_file"

    @property
    def _unseen(self) -> str:
        return f"anti join latest on {on(self.keys, 'existing', 'latest')}"

    def _gone(self, held: str | None) -> Iterator[str]:
        rows = f"{self._row} from existing"
        yield f"{rows} where false"
        if self.removal.named:
            same = on(self.keys, "existing", "named")
            yield f"{rows} semi join {self.removal.named} as named on {same}"
        if self.group:
            yield f"{rows} {self._of_arrived_groups} {self._unseen}"
        if self.group and held is not None:
            # one that is set aside came with another group, and stays in none
            moved = " or ".join(f"existing.{c.alias} <> held.{c.alias}" for c in self.group)
            yield (
                f"{rows} semi join (select arrived.* from arrived semi join "
                f"{held} as withheld on arrived.position = withheld.position "
                "and withheld.instead is null) as held "
                f"on {on(self.keys, 'existing', 'held')} and ({moved}) {self._of_arrived_groups}"
            )
        if self.removal.hard and self.deleted_at:
            yield (
                f"{rows} semi join "
                f"(from incoming where {self.deleted_at.alias} is not null) as told "
                f"on {on(self.keys, 'existing', 'told')}"
            )
        if self.removal.hard and self.removal.whole:
            yield f"{rows} {self._unseen}"

    @property
    def _of_arrived_groups(self) -> str:
        return (
            f"semi join (select distinct {listed(self.group)} from arrived) as groups "
            f"on {on(self.group, 'existing', 'groups')}"
        )
