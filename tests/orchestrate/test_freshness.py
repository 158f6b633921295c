"""Whether every table was loaded lately, told by something else than Airflow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.orchestrate.conftest import Runs
from tests.orchestrate.records import record_of, write_record
from tests.orchestrate.test_alerts import receiver
from tests.project import ROOT


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


def test_a_record_that_cannot_be_read_is_a_sentence_and_an_alarm(
    runs: Runs, tmp_path: Path
) -> None:
    write_record(tmp_path, "1", "users")
    record_of(tmp_path, "1").write_text("{", "utf-8")
    with receiver() as (url, received):
        status, _, told = runs(tmp_path, "freshness", DEFTUNES_ALERT_WEBHOOK=url)
    assert status == 1
    assert "cannot be read" in told
    assert len(told.splitlines()) == 1
    sentence = told.strip().removeprefix("runs: ")
    assert received == [{"text": f"Freshness is not known: {sentence}"}]


def test_to_watch_no_table_is_an_alarm_as_well(runs: Runs, tmp_path: Path) -> None:
    with receiver() as (url, received):
        told = {"DEFTUNES_FRESHNESS_TABLES": " ", "DEFTUNES_ALERT_WEBHOOK": url}
        assert runs(tmp_path, "freshness", **told)[0] == 1
    sentence = "no table is watched: name some in RUNS_FRESHNESS_TABLES, or unset it."
    assert received == [{"text": f"Freshness is not known: {sentence}"}]


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
