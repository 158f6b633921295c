"""Full-table versions: which rows a stream's source still has, as ACTIVATE_VERSION tells it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Whole:
    """A whole read of a stream's source.

    Attributes:
        version: Its version.
        first_row: Number of its first row among those that arrived; it and all after it are what
            the source has.
    """

    version: int
    first_row: int


@dataclass
class Versions:
    """What RECORD and ACTIVATE_VERSION messages of one stream say about whole reads of its source.

    A version is whole when it is activated *after* its records. The Singer SDK activates one
    before them, right after the SCHEMA message, which says nothing about what is to come. One that
    is activated twice, without a record or a SCHEMA between, says that the source is empty.

    Attributes:
        begun: Versions in the order in which they came, with the number of rows before each.
        latest_whole: The latest whole read.
        whole_before_state: The same, as it was at the last STATE message.
        schema_at: How many rows had arrived at the latest SCHEMA message, until a version is
            activated.
        sources: The tap's streams that become this one; more than one, where stream maps say so.
    """

    begun: list[tuple[int, int]] = field(default_factory=list)
    latest_whole: Whole | None = None
    whole_before_state: Whole | None = None
    schema_at: int | None = None
    sources: set[str] = field(default_factory=set)

    def declare(self, source: str, row: int) -> None:
        """A SCHEMA message arrives.

        Args:
            source: The tap's stream.
            row: How many rows arrived before it.
        """
        self.sources.add(source)
        self.schema_at = row

    def record(self, version: int, row: int) -> None:
        """A row of a version arrives.

        Args:
            version: Its version.
            row: How many rows arrived before it.
        """
        if not self.begun or version != self.begun[-1][0]:
            self.begun.append((version, row))

    def activate(self, version: int, row: int) -> None:
        """An ACTIVATE_VERSION message arrives.

        Args:
            version: The version it names.
            row: How many rows arrived before it.
        """
        before_its_records = self.schema_at == row
        self.schema_at = None
        first_rows = [first for begun, first in self.begun if begun == version]
        if not self.begun or version != self.begun[-1][0]:
            self.begun.append((version, row))
        # one that came in several pieces has rows of others between its own
        elif not before_its_records and len(first_rows) == 1:
            self.latest_whole = Whole(version, first_rows[0])

    def mark_state(self) -> None:
        """A STATE message covers what has been said so far."""
        self.whole_before_state = self.latest_whole

    def whole(self, *, at_last_state: bool) -> Whole | None:
        """The whole read to merge, if there is one.

        Rows of several of the tap's streams are never the whole of one.

        Args:
            at_last_state: Whether only what the last STATE message covers is merged.
        """
        if len(self.sources) > 1:
            return None
        return self.whole_before_state if at_last_state else self.latest_whole

    def latest(self, end: int) -> int | None:
        """The version of the last of the rows that are merged.

        Args:
            end: How many rows are.
        """
        return next((version for version, first in reversed(self.begun) if first < end), None)
