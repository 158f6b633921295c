"""What became of loads: each rule of one run, and whether every table was loaded lately."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.orchestrate.test_alerts import receiver
from tests.project import ROOT

pytestmark = pytest.mark.slow
RULE = {
    "rule": 'ColumnLength "song_id" = 18',
    "policy": "block",
    "outcome": "failed",
    "failing_rows": 1,
    "checked_rows": 1500,
}


def write_record(
    lake: Path, run_id: str, table: str, status: str = "published", hours_ago: float = 1
) -> None:
    ended = dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=hours_ago)
    stream = {"table": table, "rows_merged": 1500, "withheld": 0, "quality": [RULE]}
    load = {"status": status, "ended": f"{ended:%FT%T.%fZ}", "streams": {table: stream}}
    file = lake / "landing_zone/_runs" / f"{run_id}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"run_id": run_id, "loads": [load]}), "utf-8")
    os.utime(file, (ended.timestamp(), ended.timestamp()))


def runs(lake: Path | str, *words: str, **settings: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "orchestrate/runs.py"), *words],
        env={
            "DEFTUNES_LAKE": str(lake),
            "DEFTUNES_FRESHNESS_TABLES": "songs users",
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_rules_of_a_run_are_shown_and_a_stopped_one_is_status_3(tmp_path: Path) -> None:
    write_record(tmp_path, "one", "songs", status="blocked")
    status, said, _ = runs(tmp_path.as_uri(), "quality", "--run", "one")
    assert status == 3
    shown = 'failed    songs          ColumnLength "song_id" = 18 (block)  1 of 1,500 rows fail'
    assert shown in said
    assert said.splitlines()[-1] == "A rule stopped the load: nothing of it is seen."


def test_a_run_without_record_is_nothing_to_show(tmp_path: Path) -> None:
    status, said, _ = runs(tmp_path, "quality", "--run", "one")
    assert (status, said) == (99, "Run one left no record: it ended before its load did.\n")


def test_a_table_that_was_not_loaded_lately_is_an_alarm(tmp_path: Path) -> None:
    write_record(tmp_path, "1", "users", hours_ago=2)
    write_record(tmp_path, "2", "songs", hours_ago=50)
    # a load that was stopped shows nobody anything new
    write_record(tmp_path, "3", "songs", status="blocked", hours_ago=1)
    with receiver() as (url, received):
        status, said, told = runs(tmp_path, "freshness", DEFTUNES_ALERT_WEBHOOK=url)
    assert status == 1
    assert "users: loaded 2.0 hours ago" in said
    (alert,) = received
    assert alert["text"].startswith(
        "Not loaded for more than 30.0 hours: songs (loaded 50.0 hours ago"
    )
    assert "users" not in alert["text"]
    assert "Not loaded for more than 30.0 hours: songs" in told


def test_tables_that_were_loaded_lately_are_no_alarm(tmp_path: Path) -> None:
    write_record(tmp_path, "1", "users", hours_ago=29)
    write_record(tmp_path, "2", "songs", hours_ago=50)
    write_record(tmp_path, "3", "songs", hours_ago=29)
    with receiver() as (url, received):
        assert runs(tmp_path, "freshness", DEFTUNES_ALERT_WEBHOOK=url)[0] == 0
    assert received == []


def test_a_lake_without_any_load_is_an_alarm_too(tmp_path: Path) -> None:
    status, said, _ = runs(tmp_path / "nowhere", "freshness")
    assert (status, said) == (1, "songs: never loaded\nusers: never loaded\n")


def test_a_record_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    write_record(tmp_path, "1", "users")
    (tmp_path / "landing_zone/_runs/1.json").write_text("{", "utf-8")
    status, _, told = runs(tmp_path, "freshness")
    assert status == 1
    assert "cannot be read" in told
    assert len(told.splitlines()) == 1
