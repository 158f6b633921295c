"""Full-table versions: which rows a stream's source still has, as ACTIVATE_VERSION tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Versions:
    """What RECORD and ACTIVATE_VERSION messages of one stream say about whole reads of its source.

    A version is whole when it is activated *after* its records. The Singer SDK activates one
    before them, right after the SCHEMA message, which says nothing about what is to come. One that
    is activated twice, without a record or a SCHEMA between, says that the source is empty.

    Attributes:
        current: The version of the rows that arrive now; None before any is named.
        began: Number of the first row of it.
        whole_from: Number of the first row of the latest whole version; rows from here on are all
            that the source has. None while there is no whole one.
        whole_before_state: The same, as it was at the last STATE message.
        schema_at: How many rows had arrived at the latest SCHEMA message, until a version is
            activated.
    """

    current: int | None = None
    began: int = 0
    whole_from: int | None = None
    whole_before_state: int | None = None
    schema_at: int | None = None

    def declare(self, row: int) -> None:
        """A SCHEMA message arrives.

        Args:
            row: How many rows arrived before it.
        """
        self.schema_at = row

    def record(self, version: int, row: int) -> None:
        """A row of a version arrives.

        Args:
            version: Its version.
            row: How many rows arrived before it.
        """
        if version != self.current:
            self.current, self.began = version, row

    def activate(self, version: int, row: int) -> None:
        """An ACTIVATE_VERSION message arrives.

        Args:
            version: The version it names.
            row: How many rows arrived before it.
        """
        before_its_records = self.schema_at == row
        self.schema_at = None
        if version != self.current:
            self.current, self.began = version, row
        elif not before_its_records:
            self.whole_from = self.began

    def mark_state(self) -> None:
        """A STATE message covers what has been said so far."""
        self.whole_before_state = self.whole_from

    def whole(self, *, at_last_state: bool) -> Whole | None:
        """The whole read to merge, if there is one.

        Args:
            at_last_state: Whether only what the last STATE message covers is merged.
        """
        first = self.whole_before_state if at_last_state else self.whole_from
        return None if first is None or self.current is None else Whole(self.current, first)


@dataclass(frozen=True)
class Whole:
    """A whole read of a stream's source.

    Attributes:
        version: Its version.
        first_row: Number of its first row among those that arrived.
    """

    version: int
    first_row: int
