"""What became of loads: each rule of one run, and whether every table was loaded lately."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.orchestrate.test_alerts import receiver
from tests.project import ROOT

RULE = {
    "rule": 'ColumnLength "song_id" = 18',
    "policy": "block",
    "outcome": "failed",
    "failing_rows": 1,
    "checked_rows": 1500,
}


def write_record(
    lake: Path,
    run_id: str,
    table: str,
    status: str = "published",
    hours_ago: float = 1,
    **of_stream: Any,
) -> None:
    """Write the record of a run of one load."""
    ended = dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=hours_ago)
    write_loads(lake, run_id, [load(status, ended, **{table: of_stream})])
    os.utime(record_of(lake, run_id), (ended.timestamp(), ended.timestamp()))


def load(status: str, ended: dt.datetime, **streams: dict[str, Any]) -> dict[str, Any]:
    """A load as target-s3 writes it down; what is not told is as in one that went well."""
    usual = {"rows_merged": 1500, "withheld": 0, "quality": [RULE], "replay": False}
    return {
        "status": status,
        "ended": f"{ended:%FT%T.%fZ}",
        "streams": {
            table: {
                **usual,
                "table": table,
                "published": status == "published",
                "rolled_back": None,
                **told,
            }
            for table, told in streams.items()
        },
    }


def write_loads(lake: Path, run_id: str, loads: list[dict[str, Any]]) -> None:
    file = record_of(lake, run_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"run_id": run_id, "loads": loads}), "utf-8")


def record_of(lake: Path, run_id: str) -> Path:
    return lake / "landing_zone/_runs" / f"{run_id}.json"


Runs = Callable[..., tuple[int, str, str]]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runs:
    """Run a command: its exit status, what it said, and what it said of a fault."""
    monkeypatch.syspath_prepend(str(ROOT / "orchestrate"))
    main = importlib.import_module("runs").main

    def told(lake: Path | str, *words: str, **settings: str) -> tuple[int, str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)  # the alerts find theirs by themselves
        tables = {"DEFTUNES_LAKE": str(lake), "DEFTUNES_FRESHNESS_TABLES": "songs users"}
        status = main(words, {**tables, **settings})
        said = capsys.readouterr()
        return status, said.out, said.err

    return told


@pytest.mark.slow
def test_a_fault_is_a_sentence_and_an_exit_status_of_its_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "orchestrate/runs.py"), "freshness"],
        env={"DEFTUNES_LAKE": "file://elsewhere/lake", "DEFTUNES_FRESHNESS_TABLES": "songs"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("runs: the records in file://elsewhere/lake/landing_zone/_runs")
    assert len(done.stderr.splitlines()) == 1


def test_the_rules_of_a_run_are_shown_and_a_stopped_one_is_status_3(
    runs: Runs, tmp_path: Path
) -> None:
    write_record(tmp_path, "one", "songs", status="blocked")
    status, said, _ = runs(tmp_path.as_uri(), "quality", "--run", "one")
    assert status == 3
    shown = 'failed    songs          ColumnLength "song_id" = 18 (block)  1 of 1,500 rows fail'
    assert shown in said
    assert said.splitlines()[-1] == "A rule stopped the load: nothing of it is seen."


SEEN, HIDDEN = {"published": True}, {"published": False}
NOW = dt.datetime.now(dt.timezone.utc)
AGAIN = (
    "Clear its task, or run its line again: what is missing comes then (docs/runbooks/airflow.md)."
)


@pytest.mark.parametrize(
    ("loads", "status", "sentence"),
    [
        ([load("published", NOW, songs=SEEN)], 0, "The load is published."),
        (
            [load("published", NOW, songs={"rolled_back": "2026-01-31T12:00:00.000000Z"})],
            0,
            "The load was published, and songs rolled back since.",
        ),
        (
            [load("failed", NOW, songs=HIDDEN)],
            4,
            "The load failed before all of it was published: nothing of it is seen. " + AGAIN,
        ),
        (
            [load("failed", NOW, users=SEEN, sessions=SEEN, session_items=HIDDEN)],
            4,
            "The load failed before all of it was published: of it, users, sessions can be seen. "
            + AGAIN,
        ),
        # another writer came between two of its tables, and then a rule
        (
            [load("blocked", NOW, users=SEEN, sessions=HIDDEN)],
            3,
            "A rule stopped the load: of it, users can be seen.",
        ),
        # a line may have two loads
        (
            [load("failed", NOW, songs=HIDDEN), load("published", NOW, users=SEEN)],
            4,
            "The load failed before all of it was published: of it, users can be seen. " + AGAIN,
        ),
        (
            [load("blocked", NOW, songs=HIDDEN), load("failed", NOW, users=HIDDEN)],
            3,
            "A rule stopped the load: nothing of it is seen.",
        ),
    ],
)
def test_however_a_load_ended_it_is_a_sentence_and_only_a_published_one_is_well(
    runs: Runs, tmp_path: Path, loads: list[dict[str, Any]], status: int, sentence: str
) -> None:
    write_loads(tmp_path, "one", loads)
    told, said, _ = runs(tmp_path, "quality", "--run", "one")
    assert (told, said.splitlines()[-1]) == (status, sentence)


def test_an_end_that_nobody_knows_is_no_good_one(runs: Runs, tmp_path: Path) -> None:
    write_record(tmp_path, "one", "songs", status="paused")
    status, _, told = runs(tmp_path, "quality", "--run", "one")
    assert status == 1
    assert "a load of run one ended as paused, of which only published, blocked and" in told
    assert len(told.splitlines()) == 1


def test_a_run_without_record_is_nothing_to_show(runs: Runs, tmp_path: Path) -> None:
    status, said, _ = runs(tmp_path, "quality", "--run", "one")
    assert (status, said) == (
        99,
        "Run one left no record: it ended before its load did, or its loader keeps none.\n",
    )


def test_a_table_that_was_not_loaded_lately_is_an_alarm(runs: Runs, tmp_path: Path) -> None:
    write_record(tmp_path, "1", "users", hours_ago=2)
    write_record(tmp_path, "2", "songs", hours_ago=50)
    # none of these shows anybody what the source has by now
    write_record(tmp_path, "3", "songs", status="blocked")
    write_record(tmp_path, "4", "songs", status="failed")
    write_record(tmp_path, "5", "songs", replay=True)
    write_record(tmp_path, "6", "songs", rolled_back="2026-01-31T12:00:00.000000Z")
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


def test_tables_that_were_loaded_lately_are_no_alarm(runs: Runs, tmp_path: Path) -> None:
    write_record(tmp_path, "1", "users", hours_ago=29)
    write_record(tmp_path, "2", "songs", hours_ago=50)
    write_record(tmp_path, "3", "songs", hours_ago=29)
    with receiver() as (url, received):
        assert runs(tmp_path, "freshness", DEFTUNES_ALERT_WEBHOOK=url)[0] == 0
    assert received == []


def test_a_lake_without_any_load_is_an_alarm_too(runs: Runs, tmp_path: Path) -> None:
    status, said, _ = runs(tmp_path / "nowhere", "freshness")
    assert (status, said) == (1, "songs: never loaded\nusers: never loaded\n")


def test_a_record_that_cannot_be_read_is_a_sentence(runs: Runs, tmp_path: Path) -> None:
    write_record(tmp_path, "1", "users")
    record_of(tmp_path, "1").write_text("{", "utf-8")
    status, _, told = runs(tmp_path, "freshness")
    assert status == 1
    assert "cannot be read" in told
    assert len(told.splitlines()) == 1
