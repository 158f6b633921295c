"""A back-fill of a project that runs every day, with a real API, through Meltano."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import signal
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from deftunes_sandbox import Sandbox
from tests.backfill.backfills import Backfills, environment_of
from tests.chaos.readers import read_tables
from tests.chaos.truth import tables_of
from tests.leftovers import assert_none_left
from tests.project import NAMESPACE, Project, Row, copy_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("backfill")]

PIPELINE = "local:tap-deftunes-api-to-target-s3"
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


def test_a_back_fill_that_is_killed_goes_on_and_makes_the_tables_equal_to_the_source(
    backfills: Backfills, project: Project, api: Sandbox
) -> None:
    before = backfills.states()[PIPELINE]
    lake = project.folder / "output/lake"
    assert read_tables(lake, NAMESPACE) == rows_of(api, "2020-01-01", "2020-02-01")
    span = ("2020-02-01", "2020-04-01")
    # what the daily pipeline is told is not for the back-fill
    daily = {"TAP_DEFTUNES_API_END_DATE": "2020-01-15"}

    with backfills.start(*span, "--no-dbt", **daily) as killed:
        assert killed.stdout is not None
        assert re.search(r"1 of 2 .* s  \d+ landed", killed.stdout.readline())
        with backfills.held():  # while it is at March, somebody types the same
            second = backfills.start(*span, **daily)
            assert second.stdout is not None
            assert "waiting for its end" in second.stdout.readline()
        meltano, _ = backfills.meltano()
        for pid in (killed.pid, meltano):
            os.kill(pid, signal.SIGKILL)
    words, complaints = second.communicate()
    assert second.returncode == 0, complaints

    march = rows_of(api, "2020-03-01", "2020-04-01")
    count = sum(len(rows) for rows in march.values())
    february, at_march, *_ = words.splitlines()
    assert february == "  1 of 2  2020-02-01 to 2020-02-29  done already"
    assert f"{count} landed, {count} inserted, 0 updated, 0 deleted" in at_march
    assert read_tables(lake, NAMESPACE) == rows_of(api, "2020-01-01", "2020-04-01")
    assert backfills.states()[PIPELINE] == before
    # and the numbers follow
    revenue = sum(
        (item["price"] for item in read_tables(lake, NAMESPACE)["session_items"]), Decimal(0)
    )
    assert project.warehouse("select sum(price) from deftunes_serving.fact_session") == [(revenue,)]
    assert_none_left(project.folder, backfills.mark)


def test_an_interrupted_back_fill_leaves_nothing_running_and_says_how_to_go_on(
    backfills: Backfills, project: Project
) -> None:
    span = ("2020-04-01", "2020-04-08", "--step", "week", "--no-dbt")
    shown = backfills.run(*span, "--dry-run").stdout
    with backfills.held():
        process = backfills.start(*span)
    meltano, words = backfills.meltano()
    variables = environment_of(meltano)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate()
    assert process.returncode == 130
    same = "`make backfill FROM=2020-04-01 TO=2020-04-08 STEP=week DBT=0` goes on"
    assert complaints.startswith("\nbackfill: interrupted; what it had started is stopped.")
    assert same in complaints
    assert_none_left(project.folder, backfills.mark)

    # what a dry run shows is what was run
    (line,) = [each for each in shown.splitlines() if "2020-04-01_2020-04-06" in each]
    typed = shlex.split(line)
    assert shlex.join(typed[2:]) in words
    assert dict(each.split("=") for each in typed[:2]).items() <= variables.items()


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


def test_a_source_that_cannot_be_reached_is_a_sentence_that_names_chunk_and_log(
    backfills: Backfills, project: Project
) -> None:
    with socket.socket() as taken:  # it is bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        down = {"TAP_DEFTUNES_API_API_URL": nowhere, "TAP_DEFTUNES_API_MAX_RETRIES": "0"}
        done = backfills.run("2020-05-01", "2020-06-01", **down)
    assert done.returncode == 1
    assert done.stdout == "  1 of 1  2020-05-01 to 2020-05-31  failed\n"
    reason, where, what = done.stderr.strip().splitlines()
    assert reason.startswith("backfill: 2020-05-01 to 2020-05-31: tap-deftunes-api-backfill: GET ")
    assert "See that the API is well and api_url is right" in reason
    log = "output/backfill/2020-05-01_2020-06-01.log"
    assert log in where
    assert reason.partition("-backfill: ")[2] in (project.folder / log).read_text(encoding="utf-8")
    assert "`make backfill FROM=2020-05-01 TO=2020-06-01 STEP=month` goes on" in what


def test_an_environment_that_is_not_there_is_a_sentence(backfills: Backfills) -> None:
    done = backfills.run("2020-05-01", "2020-06-01", MELTANO_ENVIRONMENT="mars")
    assert done.returncode == 1
    (sentence,) = done.stderr.strip().splitlines()
    assert "Environment 'mars' was not found" in sentence
