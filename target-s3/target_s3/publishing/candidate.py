"""What is to go into a table."""

from __future__ import annotations

from dataclasses import dataclass

from pyiceberg.table import Table

from target_s3.merging.arrival import Arrival


@dataclass(frozen=True)
class Candidate:
    """One table's share of a load.

    Attributes:
        name: The table's name.
        table: The table.
        arrival: What goes into it.
        version: The full-table version that it is about to have rows of for the first time.
        comes_again: Whether the rows come once more if they are not published now.
    """

    name: str
    table: Table
    arrival: Arrival
    version: int | None = None
    comes_again: bool = True

    @property
    def appends(self) -> bool:
        """Whether the same rows come once more, and are there twice then."""
        return self.comes_again and not (self.arrival.keys.columns or self.arrival.removal.whole)
