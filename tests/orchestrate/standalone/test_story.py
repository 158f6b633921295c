"""Airflow itself at work: scheduler, back-fill, catch-up, cleared tasks.

The story of one Airflow, told in order; test_trouble.py goes on with it. Its days are the last
months', as those are what a scheduler knows. `make test-airflow` runs it.
"""

from __future__ import annotations

import datetime as dt
import stat
from itertools import pairwise

import pytest

from deftunes_sandbox import Sandbox
from tests.orchestrate.running import (
    RefusedError,
    RunningAirflow,
    overlapping,
    states_of,
)
from tests.orchestrate.standalone.conftest import (
    ALL_WELL,
    API,
    BEGIN,
    END,
    FACTS,
    MONTHS,
    REFRESH,
    SLEEP,
    SONGS,
    TODAY,
    month_before,
)
from tests.project import Project, Row, ask

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("airflow")]


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
    assert dags == {SONGS, API, MONTHS, SLEEP, REFRESH}
    assert airflow.api("/importErrors")["import_errors"] == []
    with pytest.raises(RefusedError, match="401"):
        airflow.log_in("admin")
    with pytest.raises(RefusedError, match="401"):
        airflow.ask("/api/v2/dags")
    file = airflow.project.folder / ".meltano/airflow/password.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert airflow.password in file.read_text("ascii")


def test_the_warehouse_is_one_task_s_also_while_it_waits_for_its_container(
    airflow: RunningAirflow,
) -> None:
    pool = airflow.api("/pools/warehouse")
    assert (pool["slots"], pool["include_deferred"]) == (1, True)


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
    alone = ("--max-active-runs", "1")
    project.airflow("backfill", "create", "--dag-id", MONTHS, *span, *alone)
    airflow.unpause(MONTHS)
    runs = [run for run in airflow.runs(MONTHS) if run["run_type"] == "backfill"]
    assert len(runs) == 3
    for run in runs:
        assert set(states_of(airflow.ended(MONTHS, run["dag_run_id"])).values()) == ALL_WELL
    ended = {run["dag_run_id"]: run for run in airflow.runs(MONTHS)}
    assert (
        overlapping([{**ended[run["dag_run_id"]], "id": run["dag_run_id"]} for run in runs]) == []
    )
    assert project.rows("session_items") == items_between(sandbox, BEGIN, END)
    firsts = [month_before(TODAY, count) for count in (3, 2, 1, 0)]
    name = "local:tap-deftunes-api-backfill-to-target-s3:"
    chunks = {f"{name}{one}_{other}" for one, other in pairwise(firsts)}
    assert chunks <= states(project)


def test_a_backfill_of_hundreds_of_intervals_is_one_command_beside_all_that_goes_on(
    airflow: RunningAirflow,
) -> None:
    span = ("--from-date", "2020-01-01", "--to-date", "2025-12-31")
    airflow.project.airflow("backfill", "create", "--dag-id", REFRESH, *span)
    (backfill,) = airflow.api(f"/backfills?dag_id={REFRESH}")["backfills"]
    created = airflow.api(f"/dags/{REFRESH}/dagRuns?limit=1")["total_entries"]
    assert created == 313, "weeks that begin on a Sunday of these six years"
    airflow.api(f"/backfills/{backfill['id']}/cancel", method="PUT")


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
