"""Write, audit, publish: readers see a load when all of it has passed its rules, or nothing of it.

Each stream goes into an audit branch of its table, and so do the rows that are set aside. When all
are there, the rules are asked. If they pass, a journal is written and each `main` is moved.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from columnar_target.errors import ConcurrentWriteError, QualityError
from columnar_target.quality.verdict import Verdict
from target_s3.iceberg.branches import drop_branch, head, is_published, move_main
from target_s3.lake.runs import LoadOutcome
from target_s3.merging.arrival import Published
from target_s3.merging.publish import Publisher
from target_s3.publishing.candidate import Candidate
from target_s3.publishing.journal import Journals, Move
from target_s3.publishing.records import note
from target_s3.quality.gate import TableGate
from target_s3.quality.history import History
from target_s3.quality.quarantine import Quarantine
from target_s3.quality.relations import Neighbours
from target_s3.settings import Settings


@dataclass
class Staged:
    """A candidate on its audit branch.

    Attributes:
        candidate: The candidate.
        published: What would become of its table.
        quarantine: What would become of its quarantine, if it has to do with this.
        waiting: The snapshot of the quarantine that the candidate was compared with.
        seen: What readers see of it already, where its quarantine had to be compared anew.
    """

    candidate: Candidate
    published: Published
    quarantine: tuple[Table, Published] | None
    waiting: int | None
    seen: Published | None = None

    @property
    def result(self) -> Published:
        """What the load does to its table."""
        return self.seen or self.published

    @property
    def parts(self) -> list[tuple[Table, Published]]:
        """The tables that have something to commit; the stream's own first, so no row is lost."""
        both = [(self.candidate.table, self.published)]
        both += [self.quarantine] if self.quarantine else []
        return [(table, part) for table, part in both if part.snapshot_id is not None]


@dataclass
class AuditedPublication:
    """Publishes the streams of one load.

    Attributes:
        settings: The target's settings.
        catalog: Where tables are registered.
        publisher: Compares and commits.
        quarantine: Where rows are set aside.
        journals: The lake's journals.
        remember: What is done for a candidate just before it is published.
        logger: Where it is told.
    """

    settings: Settings
    catalog: Catalog
    publisher: Publisher
    quarantine: Quarantine
    journals: Journals
    remember: Callable[[Candidate], None]
    logger: logging.Logger
    _staged: list[Staged] = field(default_factory=list)

    def publish(self, candidates: Sequence[Candidate], outcome: LoadOutcome) -> list[Published]:
        """Publish all candidates, or none.

        Args:
            candidates: In the order in which they are to be published.
            outcome: What the run's record will say of the load.

        Returns:
            What became of each.

        Raises:
            QualityError: A rule stops the load; no `main` has moved.
            ConcurrentWriteError: Other writers were faster every time.
        """
        self._staged = [self._stage(candidate) for candidate in candidates]
        self._follow_main()
        self._audit(self._staged, outcome)
        for candidate in candidates:
            self.remember(candidate)
        self._move(outcome)
        return [staged.result for staged in self._staged]

    def _stage(self, candidate: Candidate) -> Staged:
        waiting = self.quarantine.head_of(candidate.name)
        published = self.publisher.stage(candidate.table, candidate.arrival)
        quarantine = self.quarantine.stage(candidate.name, candidate.arrival, published)
        return Staged(candidate, published, quarantine, waiting)

    def _follow_main(self) -> None:
        """Stage anew what others have changed since, while nothing of this load is visible."""
        for number, staged in enumerate(self._staged):
            if not self._is_current(staged):
                self._staged[number] = self._again(staged)

    def _is_current(self, staged: Staged) -> bool:
        """Whether nobody has changed the table or its quarantine since they were compared.

        One without the other would be the work of nobody. Without any change to make, the load
        has come before all others.
        """
        if not staged.parts:
            return True
        table, name = staged.candidate.table.refresh(), staged.candidate.name
        own = staged.published.snapshot_id
        if head(table) != staged.published.base and not (own and is_published(table, own)):
            return False
        waiting = staged.quarantine[1].snapshot_id if staged.quarantine else None
        return self.quarantine.head_of(name) in {staged.waiting, waiting}

    def _again(self, staged: Staged) -> Staged:
        """Stage on what another writer has left, and forget what was staged before."""
        self.logger.info(
            "Another writer changed table %s first; comparing anew.", staged.candidate.name
        )
        seen = staged.seen
        for table, part in staged.parts:
            table.refresh()
            if table is staged.candidate.table and is_published(table, part.snapshot_id or 0):
                seen = part
            self._drop(table, part)
        anew = self._stage(staged.candidate)
        if seen is not None and staged.candidate.appends:
            # its rows are in the table, and would be there twice: only its quarantine is left
            self._drop(staged.candidate.table.refresh(), anew.published)
            published = replace(anew.published, snapshot_id=None, branch=None)
            anew = replace(anew, published=published)
        return replace(anew, seen=seen)

    def _drop(self, table: Table, part: Published) -> None:
        with contextlib.suppress(CommitFailedException):  # it stays until maintenance
            if part.branch in table.metadata.refs:
                drop_branch(self.catalog, table, part.branch)

    def _audit(
        self, staged: Sequence[Staged], outcome: LoadOutcome, *, again: bool = False
    ) -> None:
        """Ask the rules, and keep what came of them.

        Raises:
            QualityError: One of them stops the load.
        """
        neighbours = Neighbours(
            self.catalog,
            self.settings.namespace,
            self.publisher.storage,
            self.publisher.scratch,
            {each.candidate.name: each.published for each in self._staged},
        )
        verdicts = []
        for each in staged:
            gate = each.candidate.arrival.gate
            if not isinstance(gate, TableGate):
                continue
            verdict = gate.judge(self.publisher.connection, each.published, neighbours)
            verdicts.append(verdict)
            record = outcome.streams.get(each.candidate.arrival.stream)
            if record is not None:
                record.quality = [asdict(check) for check in verdict.checks]
                record.withheld = verdict.withheld
            for remark in verdict.remarks():
                self.logger.warning("%s", remark)
        stops = any(verdict.stops for verdict in verdicts)
        # what passes once more, after another writer was first, has been told
        if stops or not again:
            now = dt.datetime.now(dt.timezone.utc)
            History(self.settings, self.catalog, now).append(verdicts, stops=stops)
        if stops:
            outcome.status = "blocked"
            raise self._stopped(verdicts, outcome)

    def _move(self, outcome: LoadOutcome) -> None:
        """Move each `main`, under a journal."""
        for staged in self._staged:
            self._record(staged, outcome, published=not staged.parts)
        if not any(staged.parts for staged in self._staged):
            return
        journal = self.journals.begin(self._moves(), outcome)
        try:
            for number, staged in enumerate(self._staged):
                self.publisher.persist(
                    staged.candidate.table, partial(self._moved, number, journal, outcome)
                )
                self._record(self._staged[number], outcome, published=True)
        except QualityError:
            # or the next load would make the moves that are left
            self.journals.end(journal, outcome)
            raise
        outcome.status = "published"
        self.journals.end(journal, outcome)

    def _moved(self, number: int, journal: str, outcome: LoadOutcome) -> Published | None:
        """Let readers see one candidate; None if it had to be staged and audited anew."""
        staged = self._staged[number]
        if self._is_current(staged) and all(
            self._is_shown(table, part) for table, part in staged.parts
        ):
            return staged.result
        self._staged[number] = self._again(staged)
        self._audit([self._staged[number]], outcome, again=True)
        is_seen = self._staged[number].seen is not None
        self._record(self._staged[number], outcome, published=is_seen)
        self.journals.rewrite(journal, self._moves(), outcome)
        return None

    def _is_shown(self, table: Table, part: Published) -> bool:
        snapshot_id = part.snapshot_id or 0
        if table.snapshot_by_id(snapshot_id) is None:
            raise ConcurrentWriteError(
                f"What was to be seen of table {table.name()[-1]} has been removed by maintenance "
                "meanwhile: run again, and let maintenance keep what is older (--older-than)."
            )
        try:
            move_main(
                self.catalog, table, base=part.base, snapshot_id=snapshot_id, branch=part.branch
            )
        except CommitFailedException:
            # whoever found the journal may have made the move
            return is_published(table, snapshot_id)
        return True

    def _moves(self) -> list[Move]:
        moves = []
        for staged in self._staged:
            for table, part in staged.parts:
                is_stream = table is staged.candidate.table
                moves.append(
                    Move(
                        namespace=table.name()[-2],
                        table=staged.candidate.name,
                        stream=staged.candidate.arrival.stream if is_stream else None,
                        base=part.base,
                        snapshot_id=part.snapshot_id or 0,
                        branch=part.branch,
                        appends=staged.candidate.appends,
                    )
                )
        return moves

    def _record(self, staged: Staged, outcome: LoadOutcome, *, published: bool) -> None:
        record = outcome.streams.get(staged.candidate.arrival.stream)
        if record is not None:
            note(record, staged.result, published_now=published)
            record.audited, aside = True, staged.quarantine
            record.quarantine_snapshot_id = aside[1].snapshot_id if aside else None

    def _stopped(self, verdicts: Sequence[Verdict], outcome: LoadOutcome) -> QualityError:
        reasons = [sentence for verdict in verdicts for sentence in verdict.reasons()]
        files = sorted({verdict.file for verdict in verdicts if verdict.stops})
        kept = [
            f"{each.published.branch} of table {each.candidate.name}"
            for each in self._staged
            if each.published.branch is not None
        ]
        sentences = [*reasons, "Nothing of this load is published, and no state is written."]
        before = [record.table for record in outcome.streams.values() if record.published]
        if before:
            sentences.append(f"(Published before, or unchanged: {', '.join(before)}.)")
        if kept:
            sentences.append(f"What was to be seen stays in branch {', '.join(kept)}.")
        limit = any(verdict.is_above_limit for verdict in verdicts)
        sentences.append(
            f"Correct the rows at their source, or the rules in {', '.join(files)}"
            f"{', or raise quarantine_limit for one run' if limit else ''}, and run again."
        )
        return QualityError(" ".join(sentences))
