"""The order of maintenance: finish, then compact, expire, remove, table by table."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from columnar_target.arrivals.scratch import Scratch, left_behind
from columnar_target.errors import TargetError
from columnar_target.relations.database import connect
from columnar_target.storage.storage import Storage
from target_s3.faults import foreseen
from target_s3.iceberg.tables import open_catalog, refuse_no_lake
from target_s3.lake.workplace import workplace
from target_s3.maintenance.audits import drop_audits, stale_audits
from target_s3.maintenance.compaction import Compaction
from target_s3.maintenance.expiry import expirable, expire
from target_s3.maintenance.orphans import find_orphans
from target_s3.maintenance.report import Compacted, Report, TableReport, Tally
from target_s3.maintenance.selection import Selection, select_tables
from target_s3.maintenance.small_files import plan_compaction
from target_s3.maintenance.unnamed import unnamed_files
from target_s3.publishing.journal import Journals
from target_s3.settings import Settings

LEAST_AGE = dt.timedelta(hours=1)
"""Whatever was in use or was written more recently stays, whatever is asked for.

A load may be reading it, or have written it for a commit that is to come, and clocks differ.
"""

_REMOVERS = 8


@dataclass(frozen=True)
class Maintenance:
    """One run of maintenance.

    Attributes:
        settings: The target's settings.
        storage: The lake.
        logger: Where the outcome is told.
        now: The time (UTC).
        older_than: Age from which snapshots and files go.
        dry_run: Whether it is only told what would be done.
    """

    settings: Settings
    storage: Storage
    logger: logging.Logger
    now: dt.datetime
    older_than: dt.timedelta
    dry_run: bool = False

    def run(self, names: Collection[str] = ()) -> Report:
        """Look after the lake's tables.

        Args:
            names: Tables to look after; empty for all.

        Returns:
            What was done. Tables that failed are named in it: the others are done all the same.

        Raises:
            TargetError: Nothing could be done.
        """
        report = Report(self.settings.lake_url, self.settings.namespace, self.dry_run)
        with self._foreseen(), contextlib.ExitStack() as stack:
            refuse_no_lake(self.settings)
            catalog = stack.enter_context(open_catalog(self.settings))
            journals = Journals(self.settings, self.storage, self.logger)
            report.journals_finished = len(journals.pending())
            if not self.dry_run:
                journals.finish(catalog)
            selection = select_tables(catalog, self.settings, self.storage, names)
            report.left_alone = selection.left_alone
            report.staging_removed = _staged_by_dead_loads(self.storage)
            compaction = None if self.dry_run else self._compaction(stack)
            for name in selection.tables:
                self._look_after(name, selection, compaction, report)
            report.landing_unnamed = unnamed_files(
                self.settings, self.storage, before=self._before(LEAST_AGE)
            )
        return report

    def _look_after(
        self, name: str, selection: Selection, compaction: Compaction | None, report: Report
    ) -> None:
        """One table; what goes wrong with it does not keep the others from their turn."""
        others = selection.others(name)
        done = report.tables.setdefault(name, TableReport())
        try:
            with self._foreseen():
                self._table(selection.tables[name], others, compaction, done)
        except NoSuchTableError:
            done.note("it was dropped meanwhile")
        except TargetError as fault:
            report.failed[name] = str(fault)

    def _table(
        self, table: Table, others: list[Table], compaction: Compaction | None, done: TableReport
    ) -> None:
        before = self._before(self.older_than)
        # what this run itself replaces has had no time to go out of use
        current = table.current_snapshot()
        keep = {current.snapshot_id} if current else set()

        plan = plan_compaction(table)
        done.note(plan.note)
        if compaction is None:
            done.compacted = Compacted.of(plan.groups, bytes_after=None)
        else:
            done.compacted, note = compaction.compact(table, plan.groups)
            done.note(note)

        stale = stale_audits(table, before=before)
        if self.dry_run:
            done.audits_dropped = len(stale)
            gone = expirable(table.metadata, before=before, keep=keep, without=stale)
            done.snapshots_expired = len(gone)
        else:
            gone = []
            done.audits_dropped = drop_audits(table.catalog, table, stale)
            expired = expire(table, before=before, keep=keep, logger=self.logger)
            done.snapshots_expired = expired or 0
            if expired is None:
                done.note("other writers were faster: its snapshots are left for next time")

        orphans = find_orphans(table, self.storage, others=others, before=before, expired=gone)
        for note in orphans.notes:
            done.note(note)
        for file in orphans.files:
            done.removed.add(file.size)
        if not self.dry_run:
            self._remove([file.path for file in orphans.files])

    def _remove(self, paths: list[str]) -> None:
        pool = ThreadPoolExecutor(_REMOVERS)
        try:
            list(pool.map(self.storage.remove, paths))
        finally:
            pool.shutdown(cancel_futures=True)

    def _compaction(self, stack: contextlib.ExitStack) -> Compaction:
        name = f"maintain-{self.settings.run_id}"
        scratch = Scratch(workplace(self.storage), name)  # what dead loads left goes with this
        stack.callback(scratch.close)
        connection = connect(scratch.path, memory_limit=self.settings.memory_limit)
        stack.enter_context(contextlib.closing(connection))
        return Compaction(connection, self.storage, scratch.path, name, self.logger)

    def _before(self, age: dt.timedelta) -> dt.datetime:
        return self.now - max(age, LEAST_AGE)

    def _foreseen(self) -> contextlib.AbstractContextManager[None]:
        return foreseen(
            self.settings.lake_url, doing="maintain", kept="Its tables are as readable as before"
        )


def _staged_by_dead_loads(storage: Storage) -> Tally:
    tally = Tally()
    for folder in left_behind(workplace(storage)):
        with contextlib.suppress(FileNotFoundError):  # a load that begins removes it just now
            for file in folder.rglob("*"):
                tally.add(file.stat().st_size)
    return tally
