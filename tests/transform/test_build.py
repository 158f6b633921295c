"""What `dbt build` says and does when the lake is not as it should be."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from .dbt import rows, run_dbt
from .handmade import NOW, latest, session_id, write_lake
from .lake import COLUMNS, write_table

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_a_lake_without_rows_builds_and_passes(tmp_path: Path) -> None:
    for table in COLUMNS:
        write_table(tmp_path / "lake", table, [], NOW)

    done = run_dbt("build", folder=tmp_path)

    assert done.returncode == 0, done.stdout
    assert rows(tmp_path, "select count(*) from deftunes_serving.fact_session") == [(0,)]
    assert rows(tmp_path, "select user_id from deftunes_serving.dim_users") == [("unknown",)]


def test_the_build_fails_when_the_lake_is_not_what_was_landed(tmp_path: Path) -> None:
    write_lake(tmp_path / "lake")
    items = [row for row in latest("session_items") if row["session_id"] != session_id(2)]
    items[0] = items[0] | {"price": Decimal("1.04")}
    write_table(tmp_path / "lake", "session_items", items, NOW)

    done = run_dbt("build", folder=tmp_path)

    assert done.returncode == 1
    assert "Failure in test purchases_equal_the_latest_landed" in done.stdout
    # One price differs, one purchase is missing; nothing else is wrong.
    assert "Got 2 results, configured to fail if != 0" in done.stdout
    assert ", 1 failed, " in done.stdout


def test_a_new_snapshot_shows_at_the_next_build(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    write_lake(folder / "lake")
    write_table(folder / "lake", "songs", latest("songs")[:1], NOW)

    done = run_dbt("run", folder=folder)

    assert done.returncode == 0, done.stdout
    assert rows(folder, "select track_id from deftunes_serving.dim_songs") == [("TR1",)]


def test_a_table_that_no_load_has_made_yet_counts_as_empty_and_is_named(tmp_path: Path) -> None:
    write_lake(tmp_path / "lake", leave_out="songs")

    done = run_dbt("build", folder=tmp_path)

    assert done.returncode == 0, done.stdout
    assert (
        f"table deftunes_transform.songs is not in the lake at {tmp_path / 'lake'} yet and counts "
        "as empty: `meltano run tap-postgres target-s3` fills it"
    ) in done.stdout
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
        done = run_dbt("run", folder=folder)

    assert done.returncode != 0
    last = done.stdout.splitlines()[-1]
    assert f"the warehouse {folder / 'warehouse.duckdb'} is open in another program" in last
    assert "close it there, then run again" in last
    assert "Traceback" not in done.stdout + done.stderr
