"""What meltano.yml says of schedules is what Airflow is told, and Meltano would say the same."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.project import ROOT

Modules = Callable[[str], ModuleType]


def project_with(folder: Path, **parts: Any) -> Path:
    """A project whose meltano.yml includes one file with these parts."""
    (folder / "meltano.yml").write_text("include_paths: [more/*.yml]\n", "utf-8")
    (folder / "more").mkdir()
    (folder / "more" / "one.yml").write_text(yaml.safe_dump(parts), "utf-8")
    return folder


@pytest.mark.slow
def test_the_schedules_are_those_that_meltano_lists(module: Modules) -> None:
    done = subprocess.run(
        [str(ROOT / ".venv/bin/meltano"), "schedule", "list", "--format=json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = json.loads(done.stdout)["schedules"]["job"]
    assert [
        (each.name, each.interval, each.job, [" ".join(block.words) for block in each.blocks])
        for each in module("schedules").read_schedules(ROOT)
    ] == [
        (each["name"], each["interval"], each["job"]["name"], each["job"]["tasks"])
        for each in listed
    ]


def test_the_tasks_have_the_names_that_people_know(module: Modules) -> None:
    schedules = module("schedules").read_schedules(ROOT)
    after_the_load = ["dbt_build_job", "publish_report", "publish_dashboards"]
    assert {each.dag_id: [block.task_id for block in each.blocks] for each in schedules} == {
        "deftunes_songs_pipeline_dag": ["rds_extract_job", *after_the_load],
        "deftunes_api_pipeline_dag": ["api_extract_job", *after_the_load],
        "deftunes_refresh_pipeline_dag": ["api_refresh_job", *after_the_load],
    }


def test_only_the_purchase_api_has_a_history_to_catch_up(module: Modules) -> None:
    schedules = module("schedules").read_schedules(ROOT)
    assert {each.name: (each.catchup, each.blocks[0].history_by) for each in schedules} == {
        "deftunes_songs_pipeline": (False, {}),
        "deftunes_api_pipeline": (
            True,
            {"tap-deftunes-api": "tap-deftunes-api-backfill"},
        ),
        "deftunes_refresh_pipeline": (False, {}),
    }
    (api,) = [each for each in schedules if each.name == "deftunes_api_pipeline"]
    assert api.start_date == dt.date(2020, 1, 1)


def test_a_job_without_annotations_is_named_after_what_it_runs(
    module: Modules, tmp_path: Path
) -> None:
    project = project_with(
        tmp_path,
        plugins={"extractors": [{"name": "tap-x"}], "loaders": [{"name": "target-y"}]},
        jobs=[{"name": "both", "tasks": [["tap-x target-y", "dbt:run"], "dbt:test"]}],
        schedules=[{"name": "hourly", "job": "both", "interval": "@hourly"}],
    )
    (schedule,) = module("schedules").read_schedules(project)
    assert (schedule.dag_id, schedule.interval, schedule.catchup) == (
        "hourly_dag",
        "@hourly",
        False,
    )
    told = [(block.task_id, block.words, block.loads, block.builds) for block in schedule.blocks]
    assert told == [
        ("tap_x_target_y_dbt_run", ("tap-x", "target-y", "dbt:run"), True, True),
        ("dbt_test", ("dbt:test",), False, True),
    ]


@pytest.mark.parametrize(("told", "hours"), [({}, 8), ({"airflow": {"hours": 0.5}}, 0.5)])
def test_a_run_may_take_eight_hours_unless_its_schedule_says_otherwise(
    module: Modules, tmp_path: Path, told: dict[str, Any], hours: float
) -> None:
    project = project_with(
        tmp_path,
        jobs=[{"name": "job", "tasks": "dbt:run"}],
        schedules=[{"name": "now", "job": "job", "interval": "@daily", "annotations": told}],
    )
    (schedule,) = module("schedules").read_schedules(project)
    assert schedule.longest == dt.timedelta(hours=hours)


@pytest.mark.parametrize("interval", [None, "@once", "@manual", "@none"])
def test_a_schedule_without_times_runs_when_told(
    module: Modules, tmp_path: Path, interval: str | None
) -> None:
    project = project_with(
        tmp_path,
        jobs=[{"name": "job", "tasks": "dbt:run"}],
        schedules=[{"name": "now", "job": "job", "interval": interval}],
    )
    (schedule,) = module("schedules").read_schedules(project)
    assert schedule.interval is None


def test_a_schedule_of_a_job_that_is_not_there_is_a_sentence(
    module: Modules, tmp_path: Path
) -> None:
    project = project_with(
        tmp_path,
        jobs=[{"name": "a", "tasks": "dbt:run"}],
        schedules=[{"name": "daily", "job": "b", "interval": "@daily"}],
    )
    with pytest.raises(Exception, match="Schedule daily runs the job b, which is none of a: "):
        module("schedules").read_schedules(project)
