"""Airflow in trouble: what is killed, stopped by a rule, refused or too slow, and what is left.

The story of test_story.py goes on, in order; at its end the lake is that of a plain run.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from deftunes_sandbox import Sandbox
from tests.leftovers import processes_of
from tests.orchestrate.airflows import AirflowProject
from tests.orchestrate.running import RunningAirflow, kill, overlapping, parent_of, states_of
from tests.orchestrate.standalone.conftest import ALL_WELL, API, FACTS, MONTHS, SLEEP, SONGS
from tests.project import TABLES, Project, put_fault

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("airflow")]


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


def test_a_run_that_takes_too_long_is_ended_with_all_it_started_and_told(
    airflow: RunningAirflow, alerts: tuple[str, list[dict[str, Any]]]
) -> None:
    airflow.unpause(SLEEP)
    run = airflow.trigger(SLEEP)
    while not sleepers(airflow.project):
        airflow.wait_a_moment()
    assert states_of(airflow.ended(SLEEP, run)) == {"sleeper_long": "skipped"}
    while sleepers(airflow.project):
        airflow.wait_a_moment()
    while not (told := [each for each in alerts[1] if each["run_id"] == run]):
        airflow.wait_a_moment()
    (alert,) = told
    assert alert["text"].startswith(f"{SLEEP}: the run {run} failed. It took more than 0.005 hours")


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
    return _with(project, f"meltano_line.py run {words}")


def sleepers(project: AirflowProject) -> list[int]:
    """What was started of the line that sleeps."""
    return _with(project, "sleep")


def _with(project: AirflowProject, words: str) -> list[int]:
    found = processes_of(project.folder, project.mark)
    return [pid for pid, said in found.items() if words in said]
