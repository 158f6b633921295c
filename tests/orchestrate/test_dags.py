"""A DAG's run in Airflow is the line typed by hand: the lake and the warehouse have the days."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from deftunes_sandbox import Sandbox
from tests.chaos.truth import SETTINGS
from tests.orchestrate.airflows import AirflowProject
from tests.project import ask

# in `make test-airflow`: installing Airflow and importing it takes longer than make test has
pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("airflow")]

TOTALS = "select count(*), sum(price) from deftunes_serving.fact_session"


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    with Sandbox(SETTINGS, services=["api"]) as running:
        yield running


@pytest.fixture(scope="module")
def airflow(
    airflow_programs: Path, api: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> AirflowProject:
    folder = tmp_path_factory.mktemp("airflow")
    return AirflowProject.made(folder, api, has_songs=False, programs=airflow_programs)


def test_a_dag_run_of_a_day_that_has_passed_reads_that_day_and_leaves_no_bookmark(
    airflow: AirflowProject, api: Sandbox
) -> None:
    # at midnight, the last whole interval is that from six of the 5th to six of the 6th
    done = airflow.airflow("dags", "test", "deftunes_api_pipeline_dag", "2020-01-07")
    assert "DagRun Finished" in done.stdout
    expected = [
        row
        for row in ask(api, set()).item_rows()
        if f"{row['session_start_time']:%F}" == "2020-01-05"
    ]
    assert len(expected) > 3
    assert airflow.rows("session_items") == expected
    revenue = sum((row["price"] for row in expected), Decimal(0))
    assert airflow.warehouse(TOTALS) == [(len(expected), revenue)]
    assert f"{revenue:,.2f}" in (airflow.folder / "output/report.html").read_text("utf-8")
    with closing(sqlite3.connect(airflow.folder / ".meltano/meltano.db")) as database:
        states = database.execute("select state_id from state").fetchall()
    assert states == [("local:tap-deftunes-api-backfill-to-target-s3:2020-01-05_2020-01-06",)]


@pytest.mark.heavy
def test_three_days_one_after_the_other_are_what_the_sources_say_of_them(
    airflow_programs: Path, tmp_path: Path
) -> None:
    with Sandbox(SETTINGS) as both:
        project = AirflowProject.made(tmp_path, both, has_songs=True, programs=airflow_programs)
        with psycopg.connect(**both.songs_dsn) as database:  # type: ignore[arg-type]  # a dict of all
            songs = database.execute("select track_id, title from deftunes.songs").fetchall()
        items = ask(both, set()).item_rows()
        for date, until in (
            ("2020-02-11", "02-10"),
            ("2020-02-12", "02-11"),
            ("2020-02-13", "02-12"),
        ):
            project.airflow("dags", "test", "deftunes_api_pipeline_dag", date)
            project.airflow("dags", "test", "deftunes_songs_pipeline_dag", date)
            seen = [row for row in items if "02-09" <= f"{row['session_start_time']:%m-%d}" < until]
            assert len(seen) > 1
            assert project.rows("session_items") == seen
            revenue = sum((row["price"] for row in seen), Decimal(0))
            assert project.warehouse(TOTALS) == [(len(seen), revenue)]
            kept = [(row["track_id"], row["title"]) for row in project.rows("songs")]
            assert sorted(kept) == sorted(songs)
