"""An Airflow that is up beside its sources, and what the same sources are to a plain run."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from deftunes_sandbox import Sandbox, SandboxSettings
from tests.leftovers import assert_none_left
from tests.orchestrate.airflows import AirflowProject
from tests.orchestrate.running import RunningAirflow
from tests.orchestrate.test_alerts import receiver
from tests.project import Project, copy_project

SONGS, API, REFRESH, MONTHS = (
    f"deftunes_{name}_dag"
    for name in ("songs_pipeline", "api_pipeline", "refresh_pipeline", "months")
)
SLEEP = "sleep_dag"
ALL_WELL = {"success"}
FACTS = "select * from deftunes_serving.fact_session order by all"
TODAY = dt.datetime.now(dt.timezone.utc).date()
YESTERDAY = TODAY - dt.timedelta(days=1)


def month_before(day: dt.date, count: int) -> dt.date:
    """The first day of a month some months ago."""
    months = day.year * 12 + day.month - 1 - count
    return dt.date(months // 12, months % 12 + 1, 1)


BEGIN, END = month_before(TODAY, 3), month_before(TODAY, 0)
SETTINGS = SandboxSettings(
    api_port=0,
    songs_port=0,
    songs=300,
    users=60,
    sessions_per_day=3,
    history_start=BEGIN,
    history_end=YESTERDAY,
)


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SETTINGS) as running:
        yield running


@pytest.fixture(scope="package")
def alerts() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with receiver() as told:
        yield told


@pytest.fixture(scope="package")
def airflow(
    sandbox: Sandbox,
    alerts: tuple[str, list[dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningAirflow]:
    """An Airflow whose daily pipeline has three days to catch up, and two schedules more."""
    project = AirflowProject.made(tmp_path_factory.mktemp("airflow"), sandbox, has_songs=True)
    file = project.folder / "orchestrate/orchestrate.meltano.yml"
    content = yaml.safe_load(file.read_text("utf-8"))
    (api,) = [each for each in content["schedules"] if each["name"] == "deftunes_api_pipeline"]
    api["annotations"]["airflow"]["start_date"] = TODAY - dt.timedelta(days=4)
    content["schedules"] += [
        {"name": "deftunes_months", "job": "deftunes-api", "interval": "0 6 1 * *"},
        # which may take no more than 18 seconds
        {"name": "sleep", "job": "sleep", "interval": "@once", **airflow_knows(hours=0.005)},
    ]
    content["jobs"].append({"name": "sleep", "tasks": ["sleeper:long"]})
    content["plugins"]["utilities"].append(
        {
            "name": "sleeper",
            "namespace": "sleeper",
            "executable": "sleep",
            "commands": {"long": {"args": "600"}},
        }
    )
    file.write_text(yaml.safe_dump(content), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    project.settings = {
        "AIRFLOW_PORT": str(port),
        "AIRFLOW_RETRY_DELAY": "1",
        "DEFTUNES_ALERT_WEBHOOK": alerts[0],
    }
    with project.up() as running:
        yield running
    assert_none_left(project.folder, project.mark)


def airflow_knows(**told: Any) -> dict[str, Any]:
    """Annotations of a schedule."""
    return {"annotations": {"airflow": told}}


@pytest.fixture(scope="package")
def plain(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same sources, read by one line."""
    folder = tmp_path_factory.mktemp("plain")
    copy_project(folder)
    project = Project(folder, sandbox)
    line = ("tap-postgres", "target-s3", "tap-deftunes-api", "target-s3", "dbt:build")
    project.meltano("run", *line)
    return project
