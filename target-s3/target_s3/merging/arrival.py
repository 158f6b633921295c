"""One stream's rows on the way into its table, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from columnar_target.arrivals.staging import StagedFile
from target_s3.iceberg.fields import Field
from target_s3.merging.difference import Difference, Removal
from target_s3.merging.keys import Keys


class Gate(Protocol):
    """What keeps rows from coming in, and looks at those that come.

    Both methods read the relations that `Merge` has made, `new_rows` above all.
    """

    def withhold(
        self, connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], keys: Keys
    ) -> str | None:
        """Find the rows among the new ones that must stay out.

        Args:
            connection: Where they are.
            fields: The table's columns.
            keys: What identifies its rows.

        Returns:
            A relation with the `position` of each row that must stay out, and of the one that
            comes in `instead`, an earlier version of it, if there is one. None if all may come in.
        """

    def look_at(
        self, connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], keys: Keys
    ) -> None:
        """Look at the rows that come in, when those that must not are left out."""


@dataclass(frozen=True)
class Arrival:
    """One stream's rows on the way into its table.

    Attributes:
        stream: The stream's name, for messages.
        files: The staged rows, in the order of their arrival.
        keys: What identifies rows.
        removal: How rows go that the source does not have any more.
        constants: SQL expression by column name for the load's own columns.
        snapshot_properties: Kept in the snapshot's summary, atomically with the data.
        gate: What keeps rows out; None lets all in.
    """

    stream: str
    files: tuple[StagedFile, ...]
    keys: Keys
    removal: Removal
    constants: dict[str, str]
    snapshot_properties: dict[str, str]
    gate: Gate | None = None

    @property
    def brings_nothing(self) -> bool:
        """Whether there is nothing to compare the table with."""
        return not (self.files or self.removal.whole or self.removal.named)


@dataclass(frozen=True)
class Published:
    """What a load did to a table, or is to do.

    Attributes:
        difference: The rows.
        snapshot_id: The snapshot that has them; None if there was nothing to commit.
        base: The table's snapshot that the load was compared with.
        branch: Where the snapshot waits, if readers do not see it yet.
        fields: The table's columns.
        files: Local copies of the data files that hold the table's rows with it.
        compared_at: When they had been compared with the base (UTC).
    """

    difference: Difference
    snapshot_id: int | None = None
    base: int | None = None
    branch: str | None = None
    fields: tuple[Field, ...] = ()
    files: tuple[Path, ...] = ()
    compared_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.timezone.utc))
