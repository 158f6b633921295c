"""The DAGs where tasks run on ECS: the same, as containers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from deftunes_sandbox.aws import EmulatedAws
from tests.orchestrate.finding import PLATFORM, dag, found

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]


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
        "DEFTUNES_LINE_SECONDS": "7200",
        "TAP_DEFTUNES_API_BACKFILL_START_DATE": "2020-01-05",
        "TAP_DEFTUNES_API_BACKFILL_END_DATE": "2020-01-05",
    }


def test_a_container_ends_itself_at_the_task_s_limit_and_airflow_waits_little_longer(
    there: dict[str, Any],
) -> None:
    for each in there["dags"].values():
        for name, task in each["tasks"].items():
            if name != "end":
                assert task["waits"] == (task["hours"] + 0.25) * 3600, name


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
