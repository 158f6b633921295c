"""Airflow itself at work: scheduler, triggers, back-fills, cleared and killed tasks.

The story of one Airflow, told in order; at its end the lake is that of a plain run. Its days are
the last months', as those are what a scheduler knows. `make test-airflow` runs it.
"""

from __future__ import annotations

import datetime as dt
import stat
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from deftunes_sandbox import Sandbox
from tests.leftovers import processes_of
from tests.orchestrate.airflows import AirflowProject
from tests.orchestrate.running import (
    RefusedError,
    RunningAirflow,
    kill,
    overlapping,
    parent_of,
    states_of,
)
from tests.orchestrate.standalone.conftest import BEGIN, END, TODAY, month_before
from tests.project import TABLES, Project, Row, ask, put_fault

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("airflow")]

SONGS, API, MONTHS = (
    f"deftunes_{name}_dag" for name in ("songs_pipeline", "api_pipeline", "months")
)
ALL_WELL = {"success"}
FACTS = "select * from deftunes_serving.fact_session order by all"


def states(project: Project) -> set[str]:
    return set(project.meltano("--log-level=critical", "state", "list").stdout.split())


def items_between(sandbox: Sandbox, first: dt.date, until: dt.date) -> list[Row]:
    """What the API says of some days, computed without any code of ours."""
    rows = ask(sandbox, set()).item_rows()
    return [row for row in rows if first <= row["session_start_time"].date() < until]


def test_it_is_up_with_every_pipeline_and_a_login_that_only_its_owner_knows(
    airflow: RunningAirflow,
) -> None:
    dags = {each["dag_id"] for each in airflow.api("/dags")["dags"]}
    assert dags == {SONGS, API, MONTHS, "deftunes_refresh_pipeline_dag"}
    assert airflow.api("/importErrors")["import_errors"] == []
    with pytest.raises(RefusedError, match="401"):
        airflow.log_in("admin")
    with pytest.raises(RefusedError, match="401"):
        airflow.ask("/api/v2/dags")
    file = airflow.project.folder / ".meltano/airflow/password.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert airflow.password in file.read_text("ascii")


def test_a_second_one_on_its_port_is_a_sentence(airflow: RunningAirflow) -> None:
    done = airflow.project.meltano("--log-level=warning", "invoke", "airflow:ui", expect=None)
    assert done.returncode == 1
    assert f"port {airflow.project.settings['AIRFLOW_PORT']} is taken: " in done.stderr
    assert airflow.password not in done.stdout


def test_a_backfill_of_three_months_reads_each_with_a_state_of_its_own(
    airflow: RunningAirflow, sandbox: Sandbox
) -> None:
    project = airflow.project
    span = ("--from-date", f"{BEGIN}", "--to-date", f"{END - dt.timedelta(days=1)}")
    project.airflow("backfill", "create", "--dag-id", MONTHS, *span)
    airflow.unpause(MONTHS)
    runs = [run for run in airflow.runs(MONTHS) if run["run_type"] == "backfill"]
    assert len(runs) == 3
    for run in runs:
        assert set(states_of(airflow.ended(MONTHS, run["dag_run_id"])).values()) == ALL_WELL
    assert project.rows("session_items") == items_between(sandbox, BEGIN, END)
    firsts = [month_before(TODAY, count) for count in (3, 2, 1, 0)]
    name = "local:tap-deftunes-api-backfill-to-target-s3:"
    chunks = {f"{name}{one}_{other}" for one, other in pairwise(firsts)}
    assert chunks <= states(project)


def test_songs_are_read_once_whatever_was_missed(airflow: RunningAirflow, plain: Project) -> None:
    airflow.unpause(SONGS)
    while not airflow.runs(SONGS):
        airflow.wait_a_moment()
    (run,) = airflow.runs(SONGS)
    tasks = airflow.ended(SONGS, run["dag_run_id"])
    assert set(states_of(tasks).values()) == ALL_WELL
    assert airflow.project.rows("songs") == plain.rows("songs")
    log = airflow.ask(
        f"/meltano-logs/{SONGS}/{tasks['rds_extract_job']['id']}",
        token=airflow.log_in(airflow.password),
    )
    assert "tap-postgres-to-target-s3" in log
    with pytest.raises(RefusedError, match="401"):
        airflow.ask(f"/meltano-logs/{SONGS}/{tasks['rds_extract_job']['id']}")


def test_days_that_were_missed_are_caught_up_by_themselves_and_the_newest_moves_the_bookmark(
    airflow: RunningAirflow, plain: Project
) -> None:
    airflow.unpause(API)
    while True:
        runs = airflow.runs(API)
        if len(runs) >= 3 and {run["state"] for run in runs} <= {"success", "failed"}:
            break
        airflow.wait_a_moment()
    lines = []
    for run in runs:
        task = airflow.tasks(API, run["dag_run_id"])["api_extract_job"]
        lines.append(task["rendered_fields"]["bash_command"].split("meltano_line.py ")[1])
    assert {run["state"] for run in runs} == ALL_WELL
    *passed, newest = lines
    assert newest == "run tap-deftunes-api target-s3"
    for run, line in zip(runs, passed, strict=False):
        day = dt.date.fromisoformat(run["data_interval_start"][:10])
        chunk = f"{day}_{day + dt.timedelta(days=1)}"
        assert line == (
            f"run --full-refresh --state-id-suffix={chunk} tap-deftunes-api-backfill target-s3"
        )
    assert "local:tap-deftunes-api-to-target-s3" in states(airflow.project)
    assert airflow.project.rows("session_items") == plain.rows("session_items")


def test_a_cleared_run_reads_its_days_again_and_changes_no_total(
    airflow: RunningAirflow,
) -> None:
    before = airflow.project.snapshots(), airflow.project.warehouse(FACTS)
    first = airflow.runs(MONTHS)[0]["dag_run_id"]
    airflow.clear(MONTHS, first, "api_extract_job")
    tasks = airflow.ended(MONTHS, first)
    assert set(states_of(tasks).values()) == ALL_WELL
    assert tasks["api_extract_job"]["try_number"] == 2
    record = airflow.project.folder / "output/lake/landing_zone/_runs"
    assert (record / f"{tasks['api_extract_job']['id']}.json").exists()
    assert (airflow.project.snapshots(), airflow.project.warehouse(FACTS)) == before


def test_a_triggered_run_whose_process_is_killed_is_tried_again_and_changes_no_total(
    airflow: RunningAirflow, sandbox: Sandbox, plain: Project
) -> None:
    project = airflow.project
    put_fault(sandbox, "latency=3.0;path=/sessions")
    try:
        run = airflow.trigger(API)
        while not (lines := meltanos(project, "tap-deftunes-api target-s3")):
            airflow.wait_a_moment()
        (line, *_) = lines
        kill(parent_of(line))  # the task's own process, which can say nothing any more
    finally:
        put_fault(sandbox, "")
    tasks = airflow.ended(API, run)
    assert set(states_of(tasks).values()) == ALL_WELL
    assert tasks["api_extract_job"]["try_number"] == 2
    assert project.rows("session_items") == plain.rows("session_items")


def test_a_broken_rule_is_not_tried_again_and_is_told_by_name(
    airflow: RunningAirflow, sandbox: Sandbox, alerts: tuple[str, list[dict[str, Any]]]
) -> None:
    before = airflow.project.rows("songs")
    break_a_song = (
        "update deftunes.songs set song_id = 'short' "
        "where track_id = (select min(track_id) from deftunes.songs) returning track_id"
    )
    with psycopg.connect(**sandbox.songs_dsn, autocommit=True) as database:  # type: ignore[arg-type]
        database.execute(break_a_song)
    run = airflow.trigger(SONGS)
    tasks = airflow.ended(SONGS, run)
    assert states_of(tasks) == {
        "rds_extract_job": "failed",
        "rds_extract_job_quality": "failed",
        "dbt_build_job": "upstream_failed",
        "publish_report": "upstream_failed",
        "publish_dashboards": "upstream_failed",
    }
    assert tasks["rds_extract_job"]["try_number"] == 1
    (alert,) = [each for each in alerts[1] if each["run_id"] == run]
    assert 'ColumnLength "song_id" = 18 (block): 1 of 1 rows fail' in alert["text"]
    assert airflow.project.rows("songs") == before


def test_an_api_that_refuses_is_tried_again_and_nobody_is_told_once_it_does_not(
    airflow: RunningAirflow, sandbox: Sandbox, alerts: tuple[str, list[dict[str, Any]]]
) -> None:
    put_fault(sandbox, "status=403")
    try:
        run = airflow.trigger(API)
        while airflow.tasks(API, run)["api_extract_job"]["try_number"] < 2:
            airflow.wait_a_moment()
    finally:
        put_fault(sandbox, "")
    assert set(states_of(airflow.ended(API, run)).values()) == ALL_WELL
    assert [each for each in alerts[1] if each["run_id"] == run] == []


def test_after_all_of_it_the_lake_and_the_warehouse_are_those_of_a_plain_run(
    airflow: RunningAirflow, plain: Project
) -> None:
    for table in TABLES:
        assert airflow.project.rows(table) == plain.rows(table), table
    facts = plain.warehouse(FACTS)
    assert len(facts) > 100
    assert airflow.project.warehouse(FACTS) == facts


def test_nothing_ever_ran_beside_something_else_on_the_warehouse(airflow: RunningAirflow) -> None:
    tasks = [
        task
        for dag in (SONGS, API, MONTHS)
        for run in airflow.runs(dag)
        for task in airflow.tasks(dag, run["dag_run_id"]).values()
        if task["pool"] == "warehouse" and task["start_date"]
    ]
    assert len(tasks) > 10
    assert overlapping(tasks) == []


def meltanos(project: AirflowProject, words: str) -> list[int]:
    """The lines that are typed at present."""
    found = processes_of(project.folder, project.mark)
    return [pid for pid, said in found.items() if f"meltano_line.py run {words}" in said]
