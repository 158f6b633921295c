"""The DAGs as Airflow sees them: tasks, order, retries, pools, here and on ECS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from deftunes_sandbox.aws import EmulatedAws
from tests.orchestrate.test_alerts import receiver
from tests.project import ROOT, copy_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]

ADDED = {
    "jobs": [{"name": "both", "tasks": ["tap-postgres target-s3 dbt:run", "dbt:test"]}],
    "schedules": [{"name": "added", "job": "both", "interval": "@weekly"}],
}
AFTER_THE_LOAD = ["dbt_build_job", "publish_report", "publish_dashboards"]
PLATFORM = {
    "DEFTUNES_TASKS": "ecs",
    "DEFTUNES_ECS_NAME": "deftunes-test",
    "DEFTUNES_ECS_SUBNETS": "subnet-a,subnet-b",
    "DEFTUNES_ECS_SECURITY_GROUPS": "sg-tasks",
}


def found(programs: Path, project: Path, **places: dict[str, str]) -> dict[str, Any]:
    """What Airflow finds in the folder of the DAGs; that starts no process, or it fails."""
    done = subprocess.run(
        [
            *(str(programs / "python"), str(ROOT / "tests/orchestrate/structure.py")),
            *(str(ROOT / "orchestrate/dags"), json.dumps(places)),
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AIRFLOW_HOME": str(project / "home"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "DEFTUNES_PROJECT_ROOT": str(project),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which somebody has added a schedule, and no Python."""
    folder = tmp_path_factory.mktemp("project")
    copy_project(folder, with_environment=False)
    (folder / "orchestrate/added.meltano.yml").write_text(yaml.safe_dump(ADDED), "utf-8")
    return folder


@pytest.fixture(scope="module")
def everywhere(airflow_programs: Path, project: Path) -> dict[str, Any]:
    """The DAGs of the project, here and on ECS; and who was told when a pipeline failed."""
    with receiver() as (url, told):
        local = {"DEFTUNES_TASKS": "local", "DEFTUNES_ALERT_WEBHOOK": url}
        return {**found(airflow_programs, project, here=local, there=PLATFORM), "told": told}


@pytest.fixture(scope="module")
def here(everywhere: dict[str, Any]) -> dict[str, Any]:
    """The DAGs where tasks run on this machine."""
    return dict(everywhere["here"])


@pytest.fixture(scope="module")
def there(everywhere: dict[str, Any]) -> dict[str, Any]:
    """The DAGs where tasks run on ECS."""
    return dict(everywhere["there"])


def dag(of: dict[str, Any], name: str) -> dict[str, Any]:
    assert of["errors"] == {}
    described: dict[str, Any] = of["dags"][name]
    return described


def test_each_schedule_is_a_dag_also_one_that_was_just_added(here: dict[str, Any]) -> None:
    schedules = {name: (each["schedule"], each["catchup"]) for name, each in here["dags"].items()}
    assert schedules == {
        "deftunes_songs_pipeline_dag": ("0 5 * * *", False),
        "deftunes_api_pipeline_dag": ("0 6 * * *", True),
        "deftunes_refresh_pipeline_dag": ("0 3 * * 0", False),
        "added_dag": ("0 0 * * 0", False),
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


def test_on_ecs_the_same_tasks_are_containers_that_terraform_has_described(
    there: dict[str, Any],
) -> None:
    tasks = dag(there, "deftunes_api_pipeline_dag")["tasks"]
    # a page from a warehouse that is no file is made nowhere
    assert list(tasks) == ["api_extract_job", "api_extract_job_quality", "dbt_build_job"]
    assert {name: each["where"]["task_definition"] for name, each in tasks.items()} == {
        "api_extract_job": "deftunes-test-api-extract-job",
        "api_extract_job_quality": "deftunes-test-api-extract-job",
        "dbt_build_job": "deftunes-test-dbt-build-job",
    }
    (refresh, *_) = dag(there, "deftunes_refresh_pipeline_dag")["tasks"].values()
    assert refresh["where"]["task_definition"] == "deftunes-test-api-extract-job"
    assert tasks["dbt_build_job"]["pool"] == "warehouse"
    assert tasks["api_extract_job"]["where"] == {
        "cwd": None,
        "cluster": "deftunes-test",
        "task_definition": "deftunes-test-api-extract-job",
        "network_configuration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-tasks"],
                "assignPublicIp": "DISABLED",
            }
        },
        "container_name": "meltano",
        "awslogs_group": "/deftunes-test/meltano",
        "awslogs_stream_prefix": "api-extract-job",
        "deferrable": True,
        "launch_type": "FARGATE",
    }


def test_a_container_is_told_the_words_that_are_typed_here(there: dict[str, Any]) -> None:
    (container,) = there["typed"]["containerOverrides"]
    assert container["name"] == "meltano"
    assert " ".join(container["command"]) == (
        "run --full-refresh --state-id-suffix=2020-01-05_2020-01-06 "
        "tap-deftunes-api-backfill target-s3"
    )
    assert {each["name"]: each["value"] for each in container["environment"]} == {
        "MELTANO_RUN_ID": "01a2008c",
        "TAP_DEFTUNES_API_BACKFILL_START_DATE": "2020-01-05",
        "TAP_DEFTUNES_API_BACKFILL_END_DATE": "2020-01-05",
    }


def test_a_container_is_not_started_again_for_a_broken_rule_or_to_look_at_a_failed_load(
    there: dict[str, Any],
) -> None:
    kinds = {status: kind for status, (kind, _) in there["ends"].items()}
    assert kinds == {
        "0": "none",
        "1": "AirflowException",
        "3": "AirflowFailException",
        "4": "AirflowFailException",
        "99": "AirflowSkipException",
        "None": "EcsTaskFailToStart",
    }
    assert there["ends"]["3"][1].endswith('IsComplete "title" (block): 2 of 9 rows fail.')
    assert "no image" in there["ends"]["None"][1]


@pytest.mark.heavy
def test_a_container_that_is_found_again_is_looked_at_by_its_own_run(
    airflow_programs: Path, project: Path
) -> None:
    with EmulatedAws() as aws:
        ecs = boto3.client(
            "ecs",
            endpoint_url=aws.url,
            region_name=aws.environment["AWS_REGION"],
            aws_access_key_id=aws.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=aws.environment["AWS_SECRET_ACCESS_KEY"],
        )
        ecs.create_cluster(clusterName="deftunes-test")
        ecs.register_task_definition(
            family="deftunes-test-api-extract-job",
            containerDefinitions=[{"name": "meltano", "image": "deftunes", "memory": 512}],
        )
        place = {**PLATFORM, **aws.environment}
        run_ids = found(airflow_programs, project, there=place)["there"]["run_ids"]
    assert run_ids == ["first", "first", "third"]


@pytest.mark.heavy
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Airflow 3.0 is for Python 3.12 at most")
def test_the_oldest_airflow_3_that_aws_manages_finds_the_same(
    managed_airflow_programs: Path, project: Path, there: dict[str, Any]
) -> None:
    managed = found(managed_airflow_programs, project, there=PLATFORM)["there"]
    for each in managed["dags"].values():
        for task in each["tasks"].values():
            assert task["backoff"] is True, "which is twice as long there"
            task["backoff"] = 2
    assert managed == there


def test_a_container_s_log_is_a_click_away(there: dict[str, Any]) -> None:
    group, stream = "$252Fdeftunes-test$252Fmeltano", "api-extract-job$252Fmeltano$252F0123"
    assert there["log"] == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        f"#logsV2:log-groups/log-group/{group}/log-events/{stream}"
    )
