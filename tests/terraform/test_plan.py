"""What Terraform would make, read from one plan of everything: nothing is made."""

from __future__ import annotations

import json

import pytest

from deftunes_dqdl import parse
from tests.project import ROOT
from tests.terraform.conftest import SONGS_DATABASE
from tests.terraform.planned import Planned
from tests.terraform.read_by import variables_of_airflow, variables_of_aws
from tests.terraform.tool import Terraform

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

TOKEN = "TAP_DEFTUNES_API_AUTH_TOKEN"


def test_the_files_are_as_terraform_would_write_them(terraform: Terraform) -> None:
    assert terraform.run("fmt", "-check", "-recursive", "-diff").stdout == ""


def test_the_configuration_is_valid(terraform: Terraform) -> None:
    told = json.loads(terraform.run("validate", "-json").stdout)
    assert (told["valid"], told["diagnostics"]) == (True, [])


def test_the_variables_it_tells_are_exactly_those_that_are_read(planned: Planned) -> None:
    parts = ("variables", "secrets", "airflow")
    told = {part: planned.keys("meltano_env", part) for part in parts}
    assert told["variables"] | told["secrets"] == variables_of_aws() | {TOKEN}
    assert told["secrets"] == {TOKEN, "DEFTUNES_SONGS_PASSWORD"}
    assert told["airflow"] == variables_of_airflow()


def test_nothing_can_be_reached_from_outside(planned: Planned) -> None:
    into = planned.values("aws_vpc_security_group_ingress_rule")
    assert {rule["cidr_ipv4"] for rule in into} <= {None, "10.20.0.0/16"}
    assert {rule["cidr_ipv6"] for rule in into} == {None}
    cluster = planned.values("aws_redshift_cluster")[0]
    assert (cluster["publicly_accessible"], cluster["enhanced_vpc_routing"]) == (False, True)
    assert {subnet["map_public_ip_on_launch"] for subnet in planned.values("aws_subnet")} == {False}
    targets = [schedule["target"][0] for schedule in planned.values("aws_scheduler_schedule")]
    of_tasks = [target["ecs_parameters"][0] for target in targets if target["ecs_parameters"]]
    assert [each["network_configuration"][0]["assign_public_ip"] for each in of_tasks] == [
        False
    ] * len(of_tasks)


def test_tasks_reach_a_songs_database_in_a_network_of_its_own(planned: Planned) -> None:
    """Both networks know the way, and the database's group lets the tasks in, at its port only."""
    theirs = SONGS_DATABASE["peering"]
    [connection] = planned.values("aws_vpc_peering_connection")
    assert (connection["peer_vpc_id"], connection["auto_accept"]) == (theirs["vpc_id"], True)
    ways = {
        (route.get("route_table_id") in theirs["route_table_ids"], route["destination_cidr_block"])
        for route in planned.values("aws_route")
        if route["destination_cidr_block"] != "0.0.0.0/0"
    }
    assert ways == {(False, "172.31.0.0/16"), (True, "10.20.0.0/16")}
    into = planned.values("aws_vpc_security_group_ingress_rule")
    [let_in] = [
        rule for rule in into if rule.get("security_group_id") == theirs["security_group_id"]
    ]
    out_of = planned.values("aws_vpc_security_group_egress_rule")
    [out] = [rule for rule in out_of if rule["cidr_ipv4"] == "172.31.0.0/16"]
    assert (let_in["cidr_ipv4"], let_in["from_port"], let_in["to_port"]) == (None, 5432, 5432)
    assert (out["from_port"], out["to_port"]) == (5432, 5432)


def test_a_destroy_is_let_through_where_nothing_has_to_outlive_it(planned: Planned) -> None:
    buckets = ("access_logs", "artifacts", "lake")
    assert planned.guards() == {f"module.data_lake.module.{bucket}": True for bucket in buckets}


def test_no_password_passes_through_terraform(planned: Planned) -> None:
    written = json.dumps(planned.plan["planned_values"]) + json.dumps(planned.plan["variables"])
    for name in ("master_password", "master_password_wo", "admin_user_password", "secret_string"):
        values = [each["values"].get(name) for each in planned.resources()]
        assert set(values) <= {None}, name
    assert '"aws_secretsmanager_secret_version"' not in written


def test_the_rules_of_glue_are_ours_without_their_labels(planned: Planned) -> None:
    made = {
        ruleset["target_table"][0]["table_name"]: ruleset["ruleset"]
        for ruleset in planned.values("aws_glue_data_quality_ruleset")
    }
    files = {file.stem: file.read_text("utf-8") for file in (ROOT / "quality").glob("*.dqdl")}
    assert made.keys() == files.keys()
    for table, text in made.items():
        ours, glues = parse(files[table]), parse(text)
        assert [rule.labels for rule in glues.rules] == [{}] * len(ours.rules)
        assert [rule.text for rule in glues.rules] == [
            rule.text.partition(" labels=")[0] for rule in ours.rules
        ]


def test_a_load_that_does_not_come_is_told(planned: Planned) -> None:
    """Also when nothing runs at all: then there is no data, and that is an alarm."""
    rules = {
        rule["name"]: json.loads(rule["event_pattern"])["detail"]
        for rule in planned.values("aws_cloudwatch_event_rule")
    }
    stale = {
        alarm["alarm_name"]: alarm
        for alarm in planned.values("aws_cloudwatch_metric_alarm")
        if alarm["alarm_name"].endswith("-stale")
    }
    assert stale.keys() == {
        f"deftunes-emulated-{job}-stale"
        for job in ("api-extract-job", "dbt-build-job", "rds-extract-job")
    }
    for name, alarm in stale.items():
        family = name.removesuffix("-stale")
        # which AWS tells by rule, unlike MatchedEvents
        assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/Events", "Invocations")
        assert alarm["dimensions"].keys() == {"RuleName"}
        assert alarm["treat_missing_data"] == "breaching"
        assert alarm["period"] * alarm["evaluation_periods"] == 26 * 3600
        watched = rules[alarm["dimensions"]["RuleName"]]
        assert watched["group"] == [f"family:{family}"]
        assert watched["containers"] == {"exitCode": [0]}


def test_each_job_has_its_task_definition(planned: Planned) -> None:
    definitions = planned.values("aws_ecs_task_definition")
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
