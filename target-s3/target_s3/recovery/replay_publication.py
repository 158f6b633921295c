"""The publication of a replay: rows leave the quarantine exactly when they come into the table.

What waits is older than what a load brings meanwhile. So a replay counts only if table and
quarantine are, when they move, what they were when it read them; if not, it reads them anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import ConcurrentWriteError
from target_s3.iceberg.branches import drop_branch, head, move_main
from target_s3.merging.arrival import Published
from target_s3.merging.difference import Difference
from target_s3.merging.publish import ATTEMPTS
from target_s3.publishing.audited import AuditedPublication, Staged
from target_s3.publishing.candidate import Candidate


@dataclass
class ReplayPublication(AuditedPublication):
    """Publishes the waiting rows of one table.

    Attributes:
        rows_of: The rows of the quarantine, as if they had just arrived.
    """

    rows_of: Callable[[Table], tuple[StagedFile, ...]] = field(kw_only=True)

    def _stage(self, candidate: Candidate) -> Staged:
        """Read what waits and stage it; anew where somebody else changes table or quarantine."""
        for _ in range(ATTEMPTS):
            candidate.table.refresh()
            waiting = self.quarantine.table_of(candidate.name)
            # a load that is between its moves has changed the table, and not the quarantine yet
            if self.journals.finish(self.catalog, apart_from=self.settings.run_id):
                continue
            files = self.rows_of(waiting) if waiting is not None else ()
            read_at = head(waiting) if waiting is not None else None
            if not files:
                as_it_is = Published(Difference(), base=head(candidate.table))
                return Staged(candidate, as_it_is, None, read_at)
            read = replace(candidate, arrival=replace(candidate.arrival, files=files))
            published = self.publisher.attempt(read.table, read.arrival, aside=True)
            if published is None:
                continue
            # all that waits has come: what is not set aside again waits no more
            whole = replace(read.arrival, removal=replace(read.arrival.removal, whole=True))
            quarantine = self.quarantine.stage(read.name, whole, published)
            staged = Staged(read, published, quarantine, read_at)
            if self._is_current(staged):
                return staged
            self._forget(staged)
        raise ConcurrentWriteError(
            f"Other writers changed table {candidate.name} or its quarantine during each of "
            f"{ATTEMPTS} attempts to replay. Nothing is lost: run again when they are done."
        )

    def _again(self, staged: Staged) -> Staged:
        """Stage anew; if the table has its rows by now, and the quarantine too, it gives them back.

        They are then not those that wait.
        """
        table, part = staged.candidate.table.refresh(), staged.published
        own = part.snapshot_id
        if own is not None and part.base is not None and head(table) == own:
            with contextlib.suppress(CommitFailedException):  # another load builds on it just now
                move_main(self.catalog, table, base=own, snapshot_id=part.base, branch=None)
        anew = super()._again(staged)
        if anew.seen is None or staged.candidate.arrival.keys.columns:
            return anew
        # without keys the same rows would come in twice: they can only leave the quarantine
        if anew.published.difference.inserted != part.difference.inserted:
            raise ConcurrentWriteError(
                f"Rows that waited came into table {staged.candidate.name}, and before they had "
                "left its quarantine, other writers put rows into both that keep the rules now. "
                "The table has no keys to tell them: take those of snapshot "
                f"{own} out of the quarantine by hand."
            )
        self._forget(replace(anew, quarantine=None))
        return replace(anew, published=replace(anew.published, snapshot_id=None, branch=None))

    def _forget(self, staged: Staged) -> None:
        for table, part in staged.parts:
            with contextlib.suppress(CommitFailedException):  # it stays until maintenance
                table.refresh()
                if part.branch in table.metadata.refs:
                    drop_branch(self.catalog, table, part.branch)
