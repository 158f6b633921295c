"""A DAG's run in Airflow is the line typed by hand: the lake and the warehouse have the days."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import yaml

from deftunes_sandbox import Sandbox
from tests.chaos.truth import SETTINGS
from tests.orchestrate.airflows import AirflowProject
from tests.project import ask

pytestmark = pytest.mark.xdist_group("airflow")

THIN = {
    "jobs": [{"name": "load", "tasks": ["tap-deftunes-api target-s3"]}],
    "schedules": [{"name": "thin", "job": "load", "interval": "0 6 * * *"}],
}
"""A pipeline of which nothing comes after its load: the rest takes most of the time."""
TOTALS = "select count(*), sum(price) from deftunes_serving.fact_session"


@pytest.mark.slow
def test_a_dag_run_of_a_day_that_has_passed_reads_that_day_and_leaves_no_bookmark(
    airflow_programs: Path, tmp_path: Path
) -> None:
    with Sandbox(SETTINGS, services=["api"]) as api:
        project = AirflowProject.made(tmp_path, api, has_songs=False, programs=airflow_programs)
        file = tmp_path / "orchestrate/thin.meltano.yml"
        file.write_text(yaml.safe_dump(THIN), "utf-8")
        # at midnight, the last whole interval is that from six of the 5th to six of the 6th
        done = project.airflow("dags", "test", "thin_dag", "2020-01-07")
        items = ask(api, set()).item_rows()
    assert "DagRun Finished" in done.stdout
    assert "The load is published." in done.stdout
    expected = [row for row in items if f"{row['session_start_time']:%F}" == "2020-01-05"]
    assert len(expected) > 3
    assert project.rows("session_items") == expected
    with closing(sqlite3.connect(tmp_path / ".meltano/meltano.db")) as database:
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
            assert f"{revenue:,.2f}" in (tmp_path / "output/report.html").read_text("utf-8")
            kept = [(row["track_id"], row["title"]) for row in project.rows("songs")]
            assert sorted(kept) == sorted(songs)
