"""What a load does to a table, in numbers, and how rows go that their source has no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Removal:
    """How rows go that their source does not have any more.

    Attributes:
        whole: The load brings all rows that the source has: the table's others are gone.
        hard: Rows that are gone are removed; if not, they are marked in `_sdc_deleted_at`.
        moment: SQL: when that is, UTC.
        named: A relation with the keys of rows to remove, under the table's aliases.
        replica: The load brings the table itself, with the load's own columns and marks: rows that
            differ in any of them differ, and marked ones are rows like others.
    """

    whole: bool
    hard: bool
    moment: str
    named: str | None = None
    replica: bool = False


@dataclass(frozen=True)
class Difference:
    """How many rows a load changes, and which of the table's files hold old copies of them.

    Attributes:
        inserted: Rows that the table does not have.
        updated: Rows that it has otherwise.
        deleted: Rows that go, or are marked as gone.
        unchanged: Rows that it has already.
        withheld: Rows that must not come in.
        files: Local copies of the data files with old copies of changed rows.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    withheld: int = 0
    files: frozenset[Path] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Whether the table already says what the load says."""
        return not (self.inserted or self.updated or self.deleted)
