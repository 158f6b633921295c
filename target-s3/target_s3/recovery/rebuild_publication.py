"""The publication of a rebuild: a table that was made anew takes the place of the one there is."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyiceberg.table import Table

from columnar_target.errors import ConcurrentWriteError
from target_s3.merging.arrival import Arrival, Published
from target_s3.publishing.audited import AuditedPublication, Staged
from target_s3.publishing.candidate import Candidate


@dataclass
class RebuildPublication(AuditedPublication):
    """Publishes one table and its quarantine, if both are what they were when loads were counted.

    Attributes:
        base: The table's snapshot then.
        set_aside: The quarantine, its snapshot then, and what goes into it, if there is one.
    """

    base: int | None = field(kw_only=True)
    set_aside: tuple[Table, int | None, Arrival] | None = field(kw_only=True)

    @property
    def quarantined(self) -> Published | None:
        """What became of the quarantine, if there is one."""
        staged = self._staged[0].quarantine
        return None if staged is None else staged[1]

    def _stage(self, candidate: Candidate) -> Staged:
        published = self.publisher.attempt(candidate.table, candidate.arrival, aside=True)
        if published is None or published.base != self.base:
            raise _overtaken(candidate)
        if self.set_aside is None:
            return Staged(candidate, published, None, None)
        table, base, arrival = self.set_aside
        quarantine = self.publisher.attempt(table, arrival, aside=True)
        if quarantine is None or quarantine.base != base:
            raise _overtaken(candidate)
        return Staged(candidate, published, (table, quarantine), base)

    def _again(self, staged: Staged) -> Staged:
        # what has been loaded meanwhile is not in the table that was made
        raise _overtaken(staged.candidate)


def _overtaken(candidate: Candidate) -> ConcurrentWriteError:
    return ConcurrentWriteError(
        f"Table {candidate.name} was loaded while it was made anew, so nothing has changed: stop "
        "what loads it, and rebuild again."
    )
