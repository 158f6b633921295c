"""A back-fill of a project that runs every day, with a real API, through Meltano."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path

import pytest

from deftunes_sandbox import Sandbox
from tests.backfill.backfills import Backfills, started_in
from tests.backfill.story import Story, happen
from tests.chaos.readers import read_tables
from tests.chaos.truth import tables_of
from tests.project import NAMESPACE, Project, Row, copy_project, put_fault

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("backfill")]

TIMES = {
    "users": "user_since",
    "sessions": "session_start_time",
    "session_items": "session_start_time",
}


def rows_of(api: Sandbox, first: str, until: str) -> dict[str, list[Row]]:
    """The rows of some days, straight from the API's answers."""
    begin, end = (dt.datetime.fromisoformat(day) for day in (first, until))
    return {
        table: [row for row in rows if begin <= row[TIMES[table]].replace(tzinfo=None) < end]
        for table, rows in tables_of(api).items()
    }


@pytest.fixture(scope="module")
def story(project: Project) -> Story:
    return happen(project)


def test_a_back_fill_that_was_killed_goes_on_after_the_last_chunk_that_it_read(
    story: Story, api: Sandbox
) -> None:
    counts = [
        sum(len(rows) for rows in rows_of(api, first, until).values())
        for first, until in (("2020-02-01", "2020-03-01"), ("2020-03-01", "2020-04-01"))
    ]
    landed = [f" s  {count} landed: {count} inserted\n" for count in counts]
    assert story.first_line.startswith("  1 of 2  2020-02-01 to 2020-02-29  ")
    assert story.first_line.endswith(landed[0])
    assert story.lines[0] == "  1 of 2  2020-02-01 to 2020-02-29  done already\n"
    assert story.lines[1].startswith("  2 of 2  2020-03-01 to 2020-03-31  ")
    assert story.lines[1].endswith(landed[1])


@pytest.mark.usefixtures("story")
def test_the_tables_are_what_the_source_says_of_the_months_before_and_of_these(
    project: Project, api: Sandbox
) -> None:
    tables = read_tables(project.folder / "output/lake", NAMESPACE)
    assert tables == rows_of(api, "2020-01-01", "2020-04-01")


def test_the_daily_pipelines_bookmark_stays_as_it_is_byte_for_byte(story: Story) -> None:
    before, after = story.bookmarks
    assert "2020-02-01T00:00:00+00:00" in before[1]
    assert after == before


def test_a_second_back_fill_waits_for_the_end_of_the_first_and_of_its_meltano(
    story: Story, project: Project
) -> None:
    assert "waiting for its end" in story.waiting
    assert project.folder / "output/backfill/lock" in story.open_files


def test_an_interrupted_back_fill_says_how_to_go_on(story: Story) -> None:
    assert story.status == 130
    assert story.complaints.startswith("\nbackfill: interrupted; what it had started is stopped.")
    same = "`make backfill FROM=2020-02-01 TO=2020-04-01 STEP=month` goes on"
    assert same in story.complaints


def test_what_a_dry_run_shows_is_what_is_run(story: Story) -> None:
    (line,) = [each for each in story.shown.splitlines() if "2020-03-01_2020-04-01" in each]
    *variables, meltano, environment, run, suffix, tap, target = shlex.split(line)
    assert shlex.join([meltano, environment, run, suffix, tap, target]) in story.started
    assert dict(each.split("=") for each in variables).items() <= story.variables.items()


def test_a_dry_run_lists_all_chunks_and_changes_nothing(tmp_path: Path, api: Sandbox) -> None:
    copy_project(tmp_path)
    files = everything_below(tmp_path)
    backfills = Backfills(Project(tmp_path, api, has_songs=False))
    no_caches = {"PYTHONDONTWRITEBYTECODE": "1"}  # Python's own
    done = backfills.run("2020-01-30", "2020-03-01", "--dry-run", **no_caches)
    meltano = ".venv/bin/meltano --environment=local run"
    plugins = "tap-deftunes-api-backfill target-s3"
    first, last = (f"TAP_DEFTUNES_API_BACKFILL_{which}_DATE" for which in ("START", "END"))
    january = f"    {first}=2020-01-30 {last}=2020-01-31 {meltano} --state-id-suffix=2020-01-30_"
    february = f"    {first}=2020-02-01 {last}=2020-02-29 {meltano} --state-id-suffix=2020-02-01_"
    assert done.stdout.splitlines() == [
        "This would run, in environment local:",
        "  1 of 2  2020-01-30 to 2020-01-31",
        f"{january}2020-02-01 {plugins}",
        "  2 of 2  2020-02-01 to 2020-02-29",
        f"{february}2020-03-01 {plugins}",
        "  the warehouse",
        f"    {meltano} dbt:build",
    ]
    assert everything_below(tmp_path) == files


def everything_below(folder: Path) -> dict[Path, int]:
    """When each file and folder was changed."""
    return {path: path.lstat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


@pytest.mark.usefixtures("story")
@pytest.mark.heavy
def test_again_begins_anew_and_a_rule_that_stops_it_is_told_with_the_log_and_how_to_go_on(
    project: Project, api: Sandbox
) -> None:
    put_fault(api, "bad=song_id:null;path=/sessions")
    with started_in(project) as backfills:
        done = backfills.run("2020-02-01", "2020-04-01", "--again", "--no-dbt")
        # of March as well: so the same without AGAIN reads both
        assert not [state for state in backfills.states() if "backfill" in state]
    assert done.returncode == 1
    assert done.stdout == "  1 of 2  2020-02-01 to 2020-02-29  failed\n"
    rule, where, what = done.stderr.strip().splitlines()
    told = 'target-s3: Table session_items: IsComplete "song_id" (block): '
    assert rule.startswith(f"backfill: 2020-02-01 to 2020-02-29: {told}")
    log = "output/backfill/2020-02-01_2020-03-01.log"
    assert log in where
    assert rule.partition(told)[2] in (project.folder / log).read_text(encoding="utf-8")
    assert "`make backfill FROM=2020-02-01 TO=2020-04-01 STEP=month DBT=0` goes on." in what
