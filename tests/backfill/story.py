"""One back-fill that meets a kill, a second one beside it, and an interruption."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.backfill.backfills import environment_of, open_files_of, started_in
from tests.leftovers import assert_none_left
from tests.project import Project

PIPELINE = "local:tap-deftunes-api-to-target-s3"


@dataclass
class Story:
    """A back-fill of two months: killed in the second, typed again, interrupted when all is read.

    Attributes:
        bookmarks: The daily pipeline's state, before and after.
        shown: What a dry run showed at first.
        started: The command line of the Meltano that was killed.
        variables: Its environment.
        open_files: The files that it had open.
        first_line: What the back-fill said of the first month.
        waiting: What the same said that was typed while the back-fill ran.
        lines: What it said when it had waited, of the two months.
        status: How it ended.
        complaints: What it said then.
    """

    bookmarks: list[tuple[str, str]]
    shown: str
    started: str
    variables: dict[str, str]
    open_files: list[Path]
    first_line: str
    waiting: str
    lines: list[str]
    status: int
    complaints: str


def happen(project: Project) -> Story:
    """Have it happen, in a project whose pipeline has read January; no process is left."""
    span = ("2020-02-01", "2020-04-01")
    # what the daily pipeline is told is not for the back-fill
    daily = {"TAP_DEFTUNES_API_END_DATE": "2020-01-15"}
    with started_in(project) as backfills:
        before = backfills.states()[PIPELINE]
        shown = backfills.run(*span, "--dry-run").stdout
        killed = backfills.start(*span, "--no-dbt", **daily)
        assert killed.stdout is not None
        first_line = killed.stdout.readline()
        with backfills.held():  # while it is at March, somebody types the same
            second = backfills.start(*span, **daily)
            assert second.stdout is not None
            waiting = second.stdout.readline()
        meltano, started = backfills.await_meltano("run --state-id-suffix")
        variables, open_files = environment_of(meltano), open_files_of(meltano)
        for pid in (killed.pid, meltano):
            os.kill(pid, signal.SIGKILL)
        # the second one goes on, and comes to the warehouse, which tests/line builds to the end
        lines = [second.stdout.readline(), second.stdout.readline()]
        backfills.await_meltano("run dbt:build")
        second.send_signal(signal.SIGINT)
        _, complaints = second.communicate()
        assert_none_left(project.folder, backfills.mark)
        return Story(
            bookmarks=[before, backfills.states()[PIPELINE]],
            shown=shown,
            started=started,
            variables=variables,
            open_files=open_files,
            first_line=first_line,
            waiting=waiting,
            lines=lines,
            status=second.returncode,
            complaints=complaints,
        )
