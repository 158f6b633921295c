"""Who may do what, read from the policies of one plan: nothing is made."""

from __future__ import annotations

import json

import pytest

from tests.terraform.planned import Planned
from tests.terraform.policies import allows, statement, too_wide
from tests.terraform.readme import TEXT
from tests.terraform.wildcards import of_policies, of_readme

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

LAKE = "arn:aws:s3:::deftunes-emulated-lake-123456789012"
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/deftunes-emulated"
TASK = "arn:aws:ecs:us-east-1:123456789012:task/deftunes-emulated/0123456789abcdef"


def test_no_role_may_do_more_than_it_names(planned: Planned) -> None:
    wide = {
        f"{module}.{role}": too_wide(document)
        for module, roles in planned.policies.items()
        for role, document in roles.items()
    }
    assert {name: found for name, found in wide.items() if found} == {}
    assert len(wide) == 11


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
    planned: Planned, role: str, action: str, resource: str, allowed: bool
) -> None:
    document = planned.policies["extract_job"][role]
    assert allows([document], action, f"{LAKE}/{resource}") is allowed


def test_the_warehouse_reads_the_lake_and_writes_nothing(
    planned: Planned,
) -> None:
    document = planned.policies["serving"]["lake_reader"]
    assert allows([document], "s3:GetObject", f"{LAKE}/transform_zone/users/data/x.parquet")
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert not allows([document], action, f"{LAKE}/transform_zone/users/data/x.parquet")
    assert not allows([document], "s3:GetObject", f"{LAKE}/landing_zone/api/users/x.parquet")


def test_every_wildcard_is_in_the_table_of_the_readme(planned: Planned) -> None:
    assert of_policies(planned.documents()) == of_readme(TEXT)


def test_what_starts_a_task_with_tags_may_tag_it(planned: Planned) -> None:
    """Without that, ECS refuses the start; and what runs already keeps the tags that it has."""
    targets = [made["target"][0] for made in planned.values("aws_scheduler_schedule")]
    of_tasks = [target["ecs_parameters"][0] for target in targets if target["ecs_parameters"]]
    assert {each["propagate_tags"] for each in of_tasks} == {"TASK_DEFINITION"}
    document = planned.policies["orchestration"]["scheduler"]
    assert allows([document], "ecs:TagResource", TASK)
    tagging = statement([document], "TagTheTasksItStarts")
    assert tagging["Condition"] == {"StringEquals": {"ecs:CreateAction": "RunTask"}}
    assert tagging["Action"] == "ecs:TagResource"


def test_what_starts_tasks_and_evaluations_may_do_so_and_hand_over_their_roles(
    planned: Planned,
) -> None:
    document = planned.policies["orchestration"]["scheduler"]
    for made in planned.values("aws_scheduler_schedule"):
        target = made["target"][0]
        if target["ecs_parameters"]:
            family = target["ecs_parameters"][0]["task_definition_arn"]
            assert allows([document], "ecs:RunTask", f"{family}:7")
        else:
            asked = json.loads(target["input"])
            [ruleset] = asked["RulesetNames"]
            arn = f"arn:aws:glue:us-east-1:123456789012:dataQualityRuleset/{ruleset}"
            assert allows([document], "glue:StartDataQualityRulesetEvaluationRun", arn)
            assert allows([document], "iam:PassRole", asked["Role"])
    handing = statement([document], "HandGlueItsRole")
    assert handing["Condition"] == {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}


def test_managed_airflow_finds_the_tasks_of_its_cluster_again(planned: Planned) -> None:
    finding = statement([planned.policies["orchestration"]["airflow"]], "FindTasksAgain")
    assert (finding["Action"], finding["Resource"]) == ("ecs:ListTasks", "*")
    assert finding["Condition"] == {"ArnEquals": {"ecs:cluster": CLUSTER}}


def test_a_rule_tells_the_topic_without_a_condition(planned: Planned) -> None:
    """EventBridge sends SNS nothing that a condition could look at: it would refuse every alert."""
    [topic] = planned.values("aws_sns_topic_policy")
    telling = json.loads(topic["policy"])["Statement"]
    by_service = {
        service: told.get("Condition")
        for told in telling
        for service in _several(told["Principal"]["Service"])
    }
    of_this_account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert by_service == {
        "budgets.amazonaws.com": of_this_account,
        "cloudwatch.amazonaws.com": of_this_account,
        "events.amazonaws.com": None,
    }


@pytest.mark.parametrize(
    "action",
    [
        "CreateLogGroup",
        "CreateLogStream",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "PutLogEvents",
    ],
)
def test_flow_logs_are_delivered_with_all_that_aws_asks_for(planned: Planned, action: str) -> None:
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/deftunes-emulated/flow-logs:*"
    document = planned.policies["network"]["flow_logs"]
    resource = "*" if action == "DescribeLogGroups" else group
    assert allows([document], f"logs:{action}", resource)


def _several(told: str | list[str]) -> list[str]:
    return [told] if isinstance(told, str) else told
