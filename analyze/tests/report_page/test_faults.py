"""Each foreseeable fault is one sentence that says what to do next, and exit status 1."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from deftunes_report.cli import main

COMMAND = Path(sys.executable).parent / "deftunes-report"


def sentence(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["build", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_a_missing_warehouse(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, "--warehouse", "nosuch.duckdb")
    assert said == (
        "deftunes-report: there is no warehouse at nosuch.duckdb: "
        "run `meltano invoke dbt:build` first\n"
    )
    assert not (project / "output" / "report.html").exists()


def test_a_warehouse_that_dbt_did_not_build(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(project / "output" / "warehouse.duckdb") as warehouse:
        warehouse.execute("drop table deftunes_bi_views.sales_per_artist_vw")
    said = sentence(capsys)
    assert "sales_per_artist_vw" in said
    assert said.endswith("run `meltano invoke dbt:build` first\n")


def test_a_file_that_is_no_warehouse(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "other").write_text("something else" * 1000, encoding="utf-8")
    assert "the warehouse other cannot be read" in sentence(capsys, "--warehouse", "other")


def test_a_damaged_run_record(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = project / "output" / "lake" / "landing_zone" / "_runs" / "zzz.json"
    record.write_text('{"run_id": "zzz"', encoding="utf-8")
    said = sentence(capsys)
    assert "zzz.json cannot be read" in said
    assert "move a damaged one away" in said


@pytest.mark.parametrize("steps", ["install: 9", "[1, 2]", '{"install": "long"}'])
def test_steps_that_are_none(project: Path, capsys: pytest.CaptureFixture[str], steps: str) -> None:
    assert project.is_dir()
    assert "--steps takes seconds by step" in sentence(capsys, "--steps", steps)


def test_damaged_dbt_results(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = project / ".meltano" / "dbt" / "target"
    target.mkdir(parents=True)
    (target / "run_results.json").write_text("{}", encoding="utf-8")
    assert "run `meltano invoke dbt:build` again" in sentence(capsys)


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "taken").write_text("a file", encoding="utf-8")
    assert "report.html cannot be written" in sentence(capsys, "--output", "taken")
    (project / "folder" / "report.html").mkdir(parents=True)
    assert "report.html cannot be written" in sentence(capsys, "--output", "folder")
    assert [file.name for file in (project / "folder").iterdir()] == ["report.html"]


def test_a_warehouse_in_use_by_a_build(project: Path) -> None:
    with duckdb.connect(project / "output" / "warehouse.duckdb"):
        done = subprocess.run([COMMAND, "build"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "wait until no build is running, then try again" in done.stderr
