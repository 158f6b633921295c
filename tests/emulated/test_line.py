"""The product's sentence on S3, Glue, Spectrum and dbt-redshift, as an operator types it."""

from __future__ import annotations

import psycopg
import pytest

from tests.project import Answers, ask

from .conftest import LINE, EmulatedProject

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("emulated")]

ITEMS = (
    "select session_id, item_index, user_id, session_start_time, track_id, price, liked "
    "from deftunes_serving.fact_session order by session_id, item_index"
)


@pytest.fixture(scope="session")
def answers(loaded: EmulatedProject) -> Answers:
    with psycopg.connect(**loaded.sandbox.songs_dsn) as database:  # type: ignore[arg-type]  # a dict of all
        found = database.execute("select track_id from deftunes.songs").fetchall()
    return ask(loaded.sandbox, {str(track) for (track,) in found})


def test_every_purchase_is_in_redshift_value_by_value(
    loaded: EmulatedProject, answers: Answers
) -> None:
    expected = sorted(
        (
            row["session_id"],
            row["item_index"],
            row["user_id"],
            row["session_start_time"],
            row["song_id"],
            row["price"],
            row["liked"],
        )
        for row in answers.item_rows()
    )
    assert len(expected) > 1000
    assert sorted(loaded.ask(ITEMS)) == expected


def test_the_views_sum_to_what_the_api_says(loaded: EmulatedProject, answers: Answers) -> None:
    for view in ("sales_per_artist_vw", "sales_per_country_vw"):
        query = f"select sum(total_sales) from deftunes_bi_views.{view}"
        assert loaded.ask(query) == [(answers.revenue,)]
    activity = "select sum(session_count), sum(total_spent) from deftunes_bi_views.user_activity_vw"
    assert loaded.ask(activity) == [(len(answers.sessions), answers.revenue)]


@pytest.mark.heavy  # tests/lake loads the same into Glue twice, tests/transform builds again
def test_the_same_line_again_commits_nothing_and_changes_no_total(
    loaded: EmulatedProject, answers: Answers
) -> None:
    said = loaded.run(*LINE)
    assert said.count("nothing to commit") == 3
    totals = "select count(*), sum(price) from deftunes_serving.fact_session"
    assert loaded.ask(totals) == [(len(answers.items), answers.revenue)]


def test_the_same_line_without_a_lake_builds_the_same_facts(
    loaded: EmulatedProject, answers: Answers
) -> None:
    """`target-redshift` in the place of `target-s3`, in a database of its own."""
    loaded.ask("create database native")
    line = ("tap-postgres", "target-redshift", "tap-deftunes-api", "target-redshift", "dbt:run")
    with loaded.pointing_at(REDSHIFT_DATABASE="native"):
        loaded.run(*line, REDSHIFT_SOURCES="native")

    assert sorted(loaded.ask(ITEMS, "native")) == sorted(loaded.ask(ITEMS))
    songs = "select count(*), sum(duration) from deftunes_serving.dim_songs"
    assert loaded.ask(songs, "native") == loaded.ask(songs)
    revenue = "select sum(total_sales) from deftunes_bi_views.sales_per_country_vw"
    assert loaded.ask(revenue, "native") == [(answers.revenue,)]


@pytest.mark.heavy  # target-redshift's own tests load the same rows twice
def test_the_same_line_without_a_lake_again_changes_no_row(loaded: EmulatedProject) -> None:
    loaded.ask("create database again")
    with loaded.pointing_at(REDSHIFT_DATABASE="again"):
        loaded.run("tap-deftunes-api", "target-redshift")
        again = loaded.run("tap-deftunes-api", "target-redshift")
    assert again.count(" 0 inserted, 0 updated, 0 deleted, ") == 3
