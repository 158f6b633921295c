"""From two sources to right answers, through Meltano, as an operator types it."""

from __future__ import annotations

import json
import re

import duckdb
import psycopg
import pytest
import yaml

from deftunes_sandbox import Sandbox
from tests.project import NAMESPACE, ROOT, TABLES, Answers, Project, put_fault

from .conftest import BOTH, FIRST_RUN

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("line")]

TOTALS = "select count(*), sum(price) from deftunes_serving.fact_session"


def test_every_purchase_is_in_the_lake_value_by_value(project: Project, answers: Answers) -> None:
    assert len(answers.items) > 1000
    assert project.rows("session_items") == answers.item_rows()


def test_counts_and_revenue_equal_what_the_api_says(project: Project, answers: Answers) -> None:
    assert project.warehouse(TOTALS) == [(len(answers.items), answers.revenue)]
    # a session without items is counted too
    assert any(not session["session_items"] for session in answers.sessions)
    count = len(answers.sessions)
    activity = "select sum(session_count), sum(total_spent) from deftunes_bi_views.user_activity_vw"
    assert project.warehouse(activity) == [(count, answers.revenue)]


def test_every_sales_view_sums_to_the_same_cent(project: Project, answers: Answers) -> None:
    for view in ("sales_per_artist_vw", "sales_per_country_vw"):
        query = f"select sum(total_sales) from deftunes_bi_views.{view}"
        assert project.warehouse(query) == [(answers.revenue,)]
    by_country = dict(
        project.warehouse(
            "select country_code, sum(total_sales) from deftunes_bi_views.sales_per_country_vw "
            "group by country_code"
        )
    )
    known = {country: total for country, total in answers.revenue_by_country.items() if country}
    assert {country: by_country[country] for country in known} == known


def test_purchases_of_known_tracks_find_their_song(project: Project, answers: Answers) -> None:
    sold = [item["song_id"] for item in answers.items]
    known = [track for track in sold if track in answers.tracks]
    assert 0 < len(known) < len(sold)
    query = "select count(song_id), count(*) from deftunes_serving.fact_session"
    assert project.warehouse(query) == [(len(known), len(sold))]


def test_both_loads_of_a_run_are_in_its_record(project: Project) -> None:
    file = project.folder / "output/lake/landing_zone" / f"_runs/{FIRST_RUN}.json"
    loads = json.loads(file.read_bytes())["loads"]
    assert [sorted(load["streams"]) for load in loads] == [
        ["deftunes-songs"],
        ["session_items", "sessions", "users"],
    ]
    assert {load["status"] for load in loads} == {"published"}


@pytest.mark.heavy  # make demo runs the line twice, too
def test_the_same_line_again_commits_nothing_and_changes_no_total(
    project: Project, answers: Answers
) -> None:
    before = {table: project.rows(table) for table in TABLES}, project.snapshots()
    project.meltano("run", *BOTH)
    assert ({table: project.rows(table) for table in TABLES}, project.snapshots()) == before
    assert project.warehouse(TOTALS) == [(len(answers.items), answers.revenue)]


@pytest.mark.heavy
def test_the_refresh_reads_everything_anew_and_leaves_the_daily_bookmark_alone(
    project: Project, answers: Answers
) -> None:
    before = project.meltano("state", "get", "local:tap-deftunes-api-to-target-s3").stdout
    snapshots = project.snapshots()
    done = project.meltano("run", "deftunes-refresh")
    after = project.meltano("state", "get", "local:tap-deftunes-api-to-target-s3").stdout

    assert re.search(rf"session_items: 0 inserted.*{len(answers.items)} unchanged", done.stderr)
    # the job shows it to everyone: also on dashboards, for which nothing needs to be installed
    assert f"${answers.revenue:,.2f}" in (project.folder / "output/report.html").read_text("utf-8")
    with duckdb.connect(project.folder / "output/dashboards/warehouse.duckdb") as published:
        shown = published.execute("select sum(total_sales) from deftunes_bi_views.monthly_sales_vw")
        assert shown.fetchall() == [(answers.revenue,)]
    assert not (project.folder / ".cache/superset").exists()
    assert after == before
    assert project.snapshots() == snapshots


def test_the_products_sentence_works_as_typed_also_after_a_kill(
    fresh_project: Project, answers: Answers
) -> None:
    fresh_project.meltano("run", "tap-postgres", "target-s3")
    # a line that is killed, whatever it was doing, is simply typed again
    sentence = ("run", "tap-deftunes-api", "target-s3", "dbt:run")
    fresh_project.killed_in("works on", *sentence)
    fresh_project.meltano(*sentence, "--force")
    assert fresh_project.rows("session_items") == answers.item_rows()
    assert fresh_project.warehouse(TOTALS) == [(len(answers.items), answers.revenue)]


@pytest.mark.heavy  # the tap's own tests read anew what comes late
def test_what_changes_long_after_its_bookmark_comes_with_every_refresh(
    fresh_project: Project, sandbox: Sandbox, answers: Answers
) -> None:
    """Not only with the first one, which has no bookmark yet."""
    put_fault(sandbox, "late=0.2")
    try:
        fresh_project.meltano("run", "tap-deftunes-api-refresh", "target-s3")
        half = fresh_project.rows("session_items")
        assert 0 < len(half) < len(answers.items)
    finally:
        put_fault(sandbox, "")
    fresh_project.meltano("run", "tap-deftunes-api-refresh", "target-s3")
    assert fresh_project.rows("session_items") == answers.item_rows()


@pytest.mark.heavy  # tests/songs has songs deleted as well
def test_a_song_that_is_deleted_at_the_source_goes_from_the_lake(
    fresh_project: Project, sandbox: Sandbox
) -> None:
    with psycopg.connect(**sandbox.songs_dsn, autocommit=True) as database:  # type: ignore[arg-type]
        # a copy of some song, under an id of its own
        database.execute(
            "create temporary table copied as select * from deftunes.songs limit 1;"
            "update copied set track_id = 'TRDELETEDLATERXXXX';"
            "insert into deftunes.songs select * from copied"
        )
        try:
            fresh_project.meltano("run", "tap-postgres", "target-s3")
            before = fresh_project.rows("songs")
        finally:
            database.execute("delete from deftunes.songs where track_id = 'TRDELETEDLATERXXXX'")
    fresh_project.meltano("run", "tap-postgres", "target-s3")
    assert [row for row in before if row["track_id"] == "TRDELETEDLATERXXXX"]
    assert fresh_project.rows("songs") == [
        row for row in before if row["track_id"] != "TRDELETEDLATERXXXX"
    ]


DESCRIBED = [
    *(("_deftunes__sources.yml", NAMESPACE, table) for table in TABLES),
    ("_deftunes_quality__sources.yml", f"{NAMESPACE}_quality", "results"),
]


@pytest.mark.parametrize(("file", "namespace", "table"), DESCRIBED)
def test_the_described_sources_are_the_tables_that_the_target_makes(
    project: Project, file: str, namespace: str, table: str
) -> None:
    """Names, order and types: a table that is not there yet is shown by its description."""
    described = yaml.safe_load(
        (ROOT / "transform/models/staging" / file).read_text(encoding="utf-8")
    )["sources"]
    (tables,) = (source["tables"] for source in described if source["name"] == namespace)
    (columns,) = (entry["columns"] for entry in tables if entry["name"] == table)
    sql_names = {
        "string": "varchar",
        "long": "bigint",
        "int": "integer",
        "float": "real",
        "double": "double precision",
    }
    assert [(column["name"], column["data_type"]) for column in columns] == [
        (name, sql_names.get(kind, kind.replace(" ", "")))
        for name, kind in project.columns(table, namespace)
    ]
