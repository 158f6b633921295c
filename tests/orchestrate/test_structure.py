"""The DAGs as Airflow sees them: tasks, order, retries, pools, alerts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orchestrate.finding import AFTER_THE_LOAD, dag

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]


def test_each_schedule_is_a_dag_also_one_that_was_just_added(here: dict[str, Any]) -> None:
    schedules = {name: (each["schedule"], each["catchup"]) for name, each in here["dags"].items()}
    assert schedules == {
        "deftunes_songs_pipeline_dag": ("0 5 * * *", False),
        "deftunes_api_pipeline_dag": ("0 6 * * *", True),
        "deftunes_refresh_pipeline_dag": ("0 3 * * 0", False),
        "added_dag": ("0 0 * * 0", False),
        "thin_dag": ("0 0 * * 0", False),
    }
    assert dag(here, "deftunes_api_pipeline_dag")["start_date"] == "2020-01-01"


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("deftunes_songs_pipeline_dag", "rds_extract_job"),
        ("deftunes_api_pipeline_dag", "api_extract_job"),
        ("deftunes_refresh_pipeline_dag", "api_refresh_job"),
    ],
)
def test_a_pipeline_loads_shows_its_quality_builds_and_publishes_in_this_order(
    here: dict[str, Any], name: str, load: str
) -> None:
    upstream = {task: each["upstream"] for task, each in dag(here, name)["tasks"].items()}
    assert upstream == {
        load: [],
        f"{load}_quality": [load],
        "dbt_build_job": [load, f"{load}_quality"],
        "publish_report": ["dbt_build_job"],
        "publish_dashboards": ["publish_report"],
    }
    rules = {task: each["trigger_rule"] for task, each in dag(here, name)["tasks"].items()}
    look, follow = "all_done", "none_failed_min_one_success"
    # it is there to look at when the load was stopped, and need not have anything to show
    assert rules == {task: look if task.endswith("_quality") else follow for task in rules}


def test_a_pipeline_that_ends_with_its_load_is_judged_by_it_also_if_there_is_no_quality_to_show(
    here: dict[str, Any],
) -> None:
    tasks = dag(here, "thin_dag")["tasks"]
    assert {task: each["upstream"] for task, each in tasks.items()} == {
        "api_extract_job": [],
        "api_extract_job_quality": ["api_extract_job"],
        "end": ["api_extract_job", "api_extract_job_quality"],
    }
    assert tasks["end"]["trigger_rule"] == "none_failed_min_one_success"


def test_one_run_at_a_time_and_one_program_at_a_time_on_the_warehouse(
    here: dict[str, Any],
) -> None:
    for each in here["dags"].values():
        assert each["max_active_runs"] == 1
        assert each["hours"] == 8
    tasks = [
        (name, task, each)
        for name, dag in here["dags"].items()
        for task, each in dag["tasks"].items()
    ]
    loads = {"rds_extract_job", "api_extract_job", "api_refresh_job"}
    assert {task for _, task, each in tasks if each["one_at_a_time"]} == loads
    in_pool = {(name, task) for name, task, each in tasks if each["pool"] == "warehouse"}
    assert in_pool == {
        *((name, task) for name, task, _ in tasks if task in AFTER_THE_LOAD),
        # a load with dbt in the same line writes the warehouse as well
        ("added_dag", "rds_extract_job"),
        ("added_dag", "dbt_test"),
    }


def test_what_fails_is_tried_again_ever_later_then_told_once(here: dict[str, Any]) -> None:
    for each in here["dags"].values():
        for name, task in each["tasks"].items():
            assert (task["retries"], task["retry_delay"], task["backoff"]) == (3, 60, 2), name
            assert task["max_retry_delay"] == 15 * 60, name
            assert task["hours"] == 2, name


def test_whatever_fails_is_told_once_and_a_load_that_failed_by_itself_alone(
    everywhere: dict[str, Any],
) -> None:
    tasks = ["rds_extract_job", "rds_extract_job_quality", *AFTER_THE_LOAD]
    expected = [
        (task, fault)
        for task in tasks
        for fault in ("A rule.", "A crash.")
        if (task, fault) != ("rds_extract_job_quality", "A rule.")  # of which the load has told
    ]
    *of_tasks, of_run = everywhere["told"]
    assert [(each["task_id"], each["reason"]) for each in of_tasks] == expected
    assert of_run["text"].startswith(
        "deftunes_songs_pipeline_dag: the run one failed. It took more than 8 hours"
    )
