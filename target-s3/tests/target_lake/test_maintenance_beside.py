"""Maintenance beside loads, readers and itself, in real processes; and killed anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .busy import FIRST, LOADED
from .lakes import Lake
from .test_maintenance_orphans import plant
from .upkeep import DAY, add_songs, data_files, grow_older, local, songs

pytestmark = pytest.mark.slow


def busy(what: str, lake: Lake) -> str:
    """Let `busy` work on a lake, which has to end well; returns what it said."""
    lake.close()
    done = subprocess.run(
        [sys.executable, "-m", "target_lake.busy", what, str(lake.folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def old(lake: Lake) -> Lake:
    add_songs(lake, *FIRST)
    grow_older(lake, 30 * DAY)
    return lake


def test_no_row_reader_or_load_is_lost_beside_two_runs_of_maintenance(old: Lake) -> None:
    history = old.snapshots("songs")
    old_files = data_files(old.table("songs"))
    orphan = plant(local(old.table("songs").location()) / "data" / "orphan", age=30 * DAY)
    busy("beside", old)

    assert old.rows("songs") == songs(*FIRST, *LOADED)
    summaries = [snapshot.summary for snapshot in old.table("songs").snapshots()]
    assert [one for one in summaries if one and one["target-s3.maintenance"] == "compaction"]
    # the last was in use until just now, however old it is
    assert set(history) & set(old.snapshots("songs")) == {history[-1]}
    assert [file for file in old_files if not file.exists()] == []
    assert not orphan.exists()


@pytest.mark.heavy
def test_it_may_be_killed_at_any_write_and_the_next_run_completes_it(old: Lake) -> None:
    points = int(busy("killed", old).splitlines()[-1])
    assert points >= 12
