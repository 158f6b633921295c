"""What is started when, read from one plan of everything: nothing is started."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

import pytest

from tests.project import ROOT
from tests.terraform.planned import Planned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

UPKEEP = ("lake-maintain", "deftunes-emulated-lake-maintain-job", ("invoke", "target-s3:maintain"))


def test_the_scheduler_starts_what_airflow_would_start_and_the_upkeep(planned: Planned) -> None:
    sys.path.insert(0, str(ROOT / "orchestrate/dags"))
    read_schedules = import_module("deftunes_dags.schedules").read_schedules
    expected = {UPKEEP}
    for schedule in read_schedules(ROOT):
        steps = [block for block in schedule.blocks if block.where is None]
        for number, block in enumerate(steps, start=1):
            name = f"{schedule.name.replace('_', '-')}-{number}"
            expected.add((name, f"deftunes-emulated-{block.job}", ("run", *block.words)))
    starts = set()
    for made in _of_tasks(planned):
        target = made["target"][0]
        family = target["ecs_parameters"][0]["task_definition_arn"].rpartition("/")[2]
        command = json.loads(target["input"])["containerOverrides"][0]["command"]
        starts.add((made["name"], family, tuple(command)))
    assert starts == expected


def test_schedules_are_told_in_the_notation_of_aws(planned: Planned) -> None:
    assert {made["name"]: made["schedule_expression"] for made in _of_tasks(planned)} == {
        "deftunes-songs-pipeline-1": "cron(0 5 * * ? *)",
        "deftunes-songs-pipeline-2": "cron(30 5 * * ? *)",
        "deftunes-api-pipeline-1": "cron(0 6 * * ? *)",
        "deftunes-api-pipeline-2": "cron(30 6 * * ? *)",
        "deftunes-refresh-pipeline-1": "cron(0 3 ? * 1 *)",
        "deftunes-refresh-pipeline-2": "cron(30 3 ? * 1 *)",
        "lake-maintain": "cron(0 4 ? * 7 *)",
    }


def test_glue_evaluates_every_rule_set_with_the_tables_that_its_rules_name(
    planned: Planned,
) -> None:
    made = {
        each["name"].removeprefix("data-quality-"): each
        for each in planned.values("aws_scheduler_schedule")
        if not each["target"][0]["ecs_parameters"]
    }
    assert made.keys() == {file.stem for file in ROOT.glob("quality/*.dqdl")}
    for table, each in made.items():
        target = each["target"][0]
        asked = json.loads(target["input"])
        assert target["arn"].endswith(":::aws-sdk:glue:startDataQualityRulesetEvaluationRun")
        assert asked["DataSource"] == _table(table)
        assert asked["RulesetNames"] == [f"deftunes-emulated-{table}"]
        others = asked.get("AdditionalDataSources", {})
        assert others == ({"songs": _table("songs")} if table == "session_items" else {})


def _of_tasks(planned: Planned) -> list[dict[str, Any]]:
    schedules = planned.values("aws_scheduler_schedule")
    return [made for made in schedules if made["target"][0]["ecs_parameters"]]


def _table(name: str) -> dict[str, Any]:
    return {"GlueTable": {"DatabaseName": "deftunes_transform", "TableName": name}}
