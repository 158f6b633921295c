"""What Terraform would make, read from one plan of everything: nothing is made."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from deftunes_dqdl import parse
from deftunes_sandbox.aws import EmulatedAws
from tests.project import ROOT
from tests.terraform.conftest import SONGS_DATABASE
from tests.terraform.policies import allows, too_wide
from tests.terraform.read_by import variables_of_airflow, variables_of_aws
from tests.terraform.tool import Terraform

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

LAKE = "arn:aws:s3:::deftunes-emulated-lake-123456789012"
TOKEN = "TAP_DEFTUNES_API_AUTH_TOKEN"

Resource = dict[str, Any]


@pytest.fixture(scope="module")
def plan(terraform: Terraform, aws: EmulatedAws) -> dict[str, Any]:
    variables = {
        "aws_endpoint_url": aws.url,
        "demo_songs_database": False,
        "songs_database": SONGS_DATABASE,
        "purchase_api": {"url": "https://api.example.com", "needs_token": True},
    }
    return replace(terraform, variables=variables).plan()


@pytest.fixture(scope="module")
def resources(plan: dict[str, Any]) -> list[Resource]:
    return list(_resources(plan["planned_values"]["root_module"]))


@pytest.fixture(scope="module")
def policies(plan: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The documents that are known before anything is made, by module and role."""
    return dict(plan["planned_values"]["outputs"]["policies"]["value"])


def test_the_files_are_as_terraform_would_write_them(terraform: Terraform) -> None:
    assert terraform.run("fmt", "-check", "-recursive", "-diff").stdout == ""


def test_the_configuration_is_valid(terraform: Terraform) -> None:
    told = json.loads(terraform.run("validate", "-json").stdout)
    assert (told["valid"], told["diagnostics"]) == (True, [])


def test_the_variables_it_tells_are_exactly_those_that_are_read(plan: dict[str, Any]) -> None:
    change = plan["output_changes"]["meltano_env"]
    told = {part: _keys(change, part) for part in ("variables", "secrets", "airflow")}
    assert told["variables"] | told["secrets"] == variables_of_aws() | {TOKEN}
    assert told["secrets"] == {TOKEN, "DEFTUNES_SONGS_PASSWORD"}
    assert told["airflow"] == variables_of_airflow()


def test_no_role_may_do_more_than_it_names(policies: dict[str, dict[str, str]]) -> None:
    wide = {
        f"{module}.{role}": too_wide(document)
        for module, roles in policies.items()
        for role, document in roles.items()
    }
    assert {name: found for name, found in wide.items() if found} == {}
    assert len(wide) == 7


@pytest.mark.parametrize(
    ("role", "action", "resource", "allowed"),
    [
        ("api", "s3:PutObject", "landing_zone/api/users/x.parquet", True),
        ("api", "s3:PutObject", "landing_zone/rds/songs/x.parquet", False),
        ("rds", "s3:PutObject", "landing_zone/rds/songs/x.parquet", True),
        ("rds", "s3:PutObject", "landing_zone/api/users/x.parquet", False),
        ("api", "s3:DeleteObject", "landing_zone/api/users/x.parquet", False),
        ("rds", "s3:DeleteObject", "landing_zone/rds/songs/x.parquet", False),
        ("api", "s3:GetObject", "meltano_state/aws:tap-deftunes-api-to-target-s3/state.json", True),
        ("api", "s3:PutObject", "meltano_state/aws:tap-postgres-to-target-s3/state.json", False),
        ("rds", "s3:PutObject", "meltano_state/aws:tap-deftunes-api-to-target-s3/lock", False),
        ("api", "s3:PutObject", "transform_zone/users/data/x.parquet", True),
        ("api", "s3:PutObject", "athena/x", False),
    ],
)
def test_an_extract_writes_to_its_own_zone_and_state_only(
    policies: dict[str, dict[str, str]], role: str, action: str, resource: str, allowed: bool
) -> None:
    document = policies["extract_job"][role]
    assert allows([document], action, f"{LAKE}/{resource}") is allowed


def test_the_warehouse_reads_the_lake_and_writes_nothing(
    policies: dict[str, dict[str, str]],
) -> None:
    document = policies["serving"]["lake_reader"]
    assert allows([document], "s3:GetObject", f"{LAKE}/transform_zone/users/data/x.parquet")
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert not allows([document], action, f"{LAKE}/transform_zone/users/data/x.parquet")
    assert not allows([document], "s3:GetObject", f"{LAKE}/landing_zone/api/users/x.parquet")


def test_nothing_can_be_reached_from_outside(resources: list[Resource]) -> None:
    into = [
        each["values"]
        for each in resources
        if each["type"] == "aws_vpc_security_group_ingress_rule"
    ]
    assert into
    assert {rule["cidr_ipv4"] for rule in into} <= {None, "10.20.0.0/16"}
    assert {rule["cidr_ipv6"] for rule in into} == {None}
    cluster = _values(resources, "aws_redshift_cluster")[0]
    assert (cluster["publicly_accessible"], cluster["enhanced_vpc_routing"]) == (False, True)
    assert {subnet["map_public_ip_on_launch"] for subnet in _values(resources, "aws_subnet")} == {
        False
    }
    for schedule in _values(resources, "aws_scheduler_schedule"):
        network = schedule["target"][0]["ecs_parameters"][0]["network_configuration"][0]
        assert network["assign_public_ip"] is False


def test_no_password_passes_through_terraform(plan: dict[str, Any]) -> None:
    written = json.dumps(plan["planned_values"]) + json.dumps(plan["variables"])
    for name in ("master_password", "master_password_wo", "admin_user_password", "secret_string"):
        values = [
            each["values"].get(name) for each in _resources(plan["planned_values"]["root_module"])
        ]
        assert set(values) <= {None}, name
    assert '"aws_secretsmanager_secret_version"' not in written


def test_the_rules_of_glue_are_ours_without_their_labels(resources: list[Resource]) -> None:
    made = {
        ruleset["target_table"][0]["table_name"]: ruleset["ruleset"]
        for ruleset in _values(resources, "aws_glue_data_quality_ruleset")
    }
    files = {file.stem: file.read_text("utf-8") for file in (ROOT / "quality").glob("*.dqdl")}
    assert made.keys() == files.keys()
    for table, text in made.items():
        ours, glues = parse(files[table]), parse(text)
        assert [rule.labels for rule in glues.rules] == [{}] * len(ours.rules)
        assert [rule.text for rule in glues.rules] == [
            rule.text.partition(" labels=")[0] for rule in ours.rules
        ]


def test_the_scheduler_starts_what_airflow_would_start(resources: list[Resource]) -> None:
    sys.path.insert(0, str(ROOT / "orchestrate/dags"))
    read_schedules = import_module("deftunes_dags.schedules").read_schedules
    expected = set()
    for schedule in read_schedules(ROOT):
        steps = [block for block in schedule.blocks if block.where is None]
        for number, block in enumerate(steps, start=1):
            name = f"{schedule.name.replace('_', '-')}-{number}"
            expected.add((name, f"deftunes-emulated-{block.job}", ("run", *block.words)))
    planned = set()
    for made in _values(resources, "aws_scheduler_schedule"):
        target = made["target"][0]
        family = target["ecs_parameters"][0]["task_definition_arn"].rpartition("/")[2]
        command = json.loads(target["input"])["containerOverrides"][0]["command"]
        planned.add((made["name"], family, tuple(command)))
    assert planned == expected


def test_schedules_are_told_in_the_notation_of_aws(resources: list[Resource]) -> None:
    told = {
        made["name"]: made["schedule_expression"]
        for made in _values(resources, "aws_scheduler_schedule")
    }
    assert told == {
        "deftunes-songs-pipeline-1": "cron(0 5 * * ? *)",
        "deftunes-songs-pipeline-2": "cron(30 5 * * ? *)",
        "deftunes-api-pipeline-1": "cron(0 6 * * ? *)",
        "deftunes-api-pipeline-2": "cron(30 6 * * ? *)",
        "deftunes-refresh-pipeline-1": "cron(0 3 ? * 1 *)",
        "deftunes-refresh-pipeline-2": "cron(30 3 ? * 1 *)",
    }


def test_a_load_that_does_not_come_is_told(resources: list[Resource]) -> None:
    """Also when nothing runs at all: then there is no data, and that is an alarm."""
    rules = {
        rule["name"]: json.loads(rule["event_pattern"])["detail"]
        for rule in _values(resources, "aws_cloudwatch_event_rule")
    }
    stale = {
        alarm["alarm_name"]: alarm
        for alarm in _values(resources, "aws_cloudwatch_metric_alarm")
        if alarm["metric_name"] == "MatchedEvents"
    }
    assert stale.keys() == {
        f"deftunes-emulated-{job}-stale"
        for job in ("api-extract-job", "dbt-build-job", "rds-extract-job")
    }
    for name, alarm in stale.items():
        family = name.removesuffix("-stale")
        assert alarm["treat_missing_data"] == "breaching"
        assert alarm["period"] * alarm["evaluation_periods"] == 26 * 3600
        watched = rules[alarm["dimensions"]["RuleName"]]
        assert watched["group"] == [f"family:{family}"]
        assert watched["containers"] == {"exitCode": [0]}


def test_each_job_has_its_task_definition(resources: list[Resource]) -> None:
    definitions = _values(resources, "aws_ecs_task_definition")
    families = {each["family"].removeprefix("deftunes-emulated-") for each in definitions}
    assert families == {
        "api-extract-job",
        "api-sessions-extract-job",
        "api-users-extract-job",
        "dbt-build-job",
        "lake-maintain-job",
        "lake-rebuild-job",
        "rds-extract-job",
    }


def _values(resources: list[Resource], kind: str) -> list[dict[str, Any]]:
    found = [each["values"] for each in resources if each["type"] == kind]
    assert found, f"nothing of {kind} is planned"
    return found


def _resources(module: dict[str, Any]) -> Iterator[Resource]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _keys(change: dict[str, Any], part: str) -> set[str]:
    """The keys of a part of an output, known and not yet known."""
    found: set[str] = set()
    for side in ("after", "after_unknown"):
        told = change.get(side) or {}
        if isinstance(told, dict) and isinstance(told.get(part), dict):
            found |= told[part].keys()
    return found
