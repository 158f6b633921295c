"""What `dbt build` says and does when the lake is not as it should be."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml

from .dbt import PROJECT, rows, run_dbt
from .handmade import NOW, latest, session_id, write_lake
from .lake import COLUMNS, Load, write_landing, write_table

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("transform")]


def test_a_lake_without_rows_builds_and_passes(tmp_path: Path) -> None:
    for table in COLUMNS:
        write_table(tmp_path / "lake", table, [], NOW)

    done = run_dbt("build", folder=tmp_path)

    assert done.returncode == 0, done.stdout
    assert rows(tmp_path, "select count(*) from deftunes_serving.fact_session") == [(0,)]
    for member in ("user", "artist"):
        found = rows(tmp_path, f"select {member}_id from deftunes_serving.dim_{member}s")
        assert found == [("unknown",)]


def test_the_build_fails_when_the_lake_is_not_what_was_landed(tmp_path: Path) -> None:
    """No load recorded these rows, and one that began so long ago is not under way."""
    write_lake(tmp_path / "lake")
    write_as_of(tmp_path / "lake", now() - timedelta(days=2))

    done = run_dbt("build", folder=tmp_path)

    assert done.returncode == 1
    assert "Failure in test purchases_equal_the_latest_landed" in done.stdout
    # One price differs, one purchase is missing; nothing else is wrong.
    assert "Got 2 results, configured to fail if != 0" in done.stdout
    assert ", 1 failed, " in done.stdout


@pytest.mark.heavy
def test_a_load_that_publishes_beside_the_build_fails_nothing(tmp_path: Path) -> None:
    """Its tables are committed, its record is not written yet."""
    write_lake(tmp_path / "lake")
    write_as_of(tmp_path / "lake", now())

    done = run_dbt("build", folder=tmp_path)

    assert done.returncode == 0, done.stdout
    assert rows(
        tmp_path, "select count(*) from deftunes_serving.fact_session where price = 0.99"
    ) == [(1,)]


def write_as_of(lake: Path, started: datetime) -> None:
    """Change the price of a purchase and take one off its session, as a load without record."""
    theirs = {"processing_timestamp": started, "ingest_on": started.date()}
    sessions, items = latest("sessions"), latest("session_items")
    assert (items[2]["session_id"], items[2]["item_index"]) == (session_id(1), 2)
    del items[2]
    sessions[0] = sessions[0] | theirs | {"item_count": 2}
    items[-1] = items[-1] | theirs | {"price": Decimal("0.99")}
    write_table(lake, "sessions", sessions, NOW)
    write_table(lake, "session_items", items, NOW)


def now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def test_a_purchase_that_all_of_gold_has_lost_is_missed(built: Path, tmp_path: Path) -> None:
    """What staging loses, everything after it lacks alike: only the lake still knows."""
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    with duckdb.connect(folder / "warehouse.duckdb") as warehouse:
        warehouse.execute("delete from deftunes_serving.fact_session where price = 1.85")
        warehouse.execute("drop view deftunes_staging.stg_deftunes__session_items")
        warehouse.execute(
            "create view deftunes_staging.stg_deftunes__session_items as "
            "from deftunes_serving.fact_session"
        )

    done = run_dbt("test", "--select", "revenue_and_items_are_equal_everywhere", folder=folder)

    assert "Failure in test revenue_and_items_are_equal_everywhere" in done.stdout
    # staging, the fact and each of the five views that sell
    assert "Got 7 results, configured to fail if != 0" in done.stdout


@pytest.mark.heavy
def test_json_lines_in_a_folder_of_any_name_are_compared_too(tmp_path: Path) -> None:
    folder, neighbour = tmp_path / "100%25 [of] *", tmp_path / "100%25 o it"
    for each in (folder, neighbour):
        write_lake(each / "lake", landing_format="jsonl.gz")
    items = latest("session_items")
    items[0] = items[0] | {"price": items[0]["price"] + Decimal("0.01")}
    write_table(folder / "lake", "session_items", items, NOW)

    done = run_dbt("build", folder=folder, by_its_name=True)

    assert "Failure in test purchases_equal_the_latest_landed" in done.stdout
    # the one that was changed, and no other
    assert "Got 1 result, configured to fail if != 0" in done.stdout


def test_a_new_snapshot_shows_at_the_next_build(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    write_lake(folder / "lake")
    write_table(folder / "lake", "songs", latest("songs")[:1], NOW)

    done = run_dbt("run", folder=folder)

    assert done.returncode == 0, done.stdout
    assert rows(folder, "select track_id from deftunes_serving.dim_songs") == [("TR1",)]


@pytest.mark.heavy  # so begins the first load of test_redshift, too
def test_a_table_that_no_load_has_made_yet_counts_as_empty_and_is_named(tmp_path: Path) -> None:
    write_lake(tmp_path / "lake", leave_out="songs")

    done = run_dbt("build", folder=tmp_path, by_its_name=True)

    assert done.returncode == 0, done.stdout
    assert (
        f"table deftunes_transform.songs is not in the lake at {tmp_path / 'lake'} yet and counts "
        "as empty: `meltano run --full-refresh tap-postgres target-s3` fills it"
    ) in done.stdout
    # no load has held rules or set rows aside: that is nothing to speak of
    assert done.stdout.count("is not in the lake") == 1
    for view in ("quality_history_vw", "quarantine_vw"):
        assert rows(tmp_path, f"select count(*) from deftunes_bi_views.{view}") == [(0,)]
    assert rows(tmp_path, "select count(*) from deftunes_serving.dim_songs") == [(0,)]
    assert rows(
        tmp_path, "select count(song_id), count(*) > 0 from deftunes_serving.fact_session"
    ) == [(0, True)]


def test_an_open_warehouse_is_one_sentence_that_names_who_holds_it(
    built: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    with duckdb.connect(folder / "warehouse.duckdb"):
        done = run_dbt("run", folder=folder, patience=0, by_its_name=True)

    assert done.returncode != 0
    last = done.stdout.splitlines()[-1]
    assert f"the warehouse {folder / 'warehouse.duckdb'} is open in another program" in last
    assert "close it there, then run again" in last
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.heavy
def test_a_source_in_which_nothing_changes_is_fresh_as_long_as_it_is_loaded(
    tmp_path: Path,
) -> None:
    write_lake(tmp_path / "lake")
    write_landing(tmp_path / "lake", Load("today", now(), {"sessions": []}))

    done = run_dbt("source", "freshness", folder=tmp_path)

    assert done.returncode == 0, done.stdout
    results = json.loads((tmp_path / "target" / "sources.json").read_text(encoding="utf-8"))
    assert {result["unique_id"]: result["status"] for result in results["results"]} == {
        "source.deftunes.deftunes_transform.sessions": "pass",
        "source.deftunes.deftunes_transform.session_items": "warn",
        "source.deftunes.deftunes_transform.songs": "warn",
        "source.deftunes.deftunes_transform.users": "warn",
    }


@pytest.mark.parametrize("command", [pytest.param("docs", marks=pytest.mark.heavy), "test"])
def test_the_results_of_the_build_outlive(command: str, built: Path) -> None:
    plugins = yaml.safe_load((PROJECT / "transform.meltano.yml").read_text(encoding="utf-8"))
    arguments = plugins["plugins"]["utilities"][0]["commands"][command]["args"]
    results = built / "target" / "run_results.json"
    before = results.read_bytes()

    done = run_dbt(*arguments.replace("$MELTANO_PROJECT_ROOT", str(built)).split(), folder=built)

    assert done.returncode == 0, done.stdout
    assert results.read_bytes() == before
