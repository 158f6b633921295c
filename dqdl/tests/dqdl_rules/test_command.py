"""`dqdl check` on files and Iceberg tables: what it says, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyiceberg.catalog.sql import SqlCatalog

from deftunes_dqdl.command import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with duckdb.connect() as connection:
        for name in ("1.parquet", "2.parquet", "data.csv"):
            connection.execute(
                f"copy (select 1 as id, 'Ann' as name union all select 2, null) "
                f"to '{tmp_path / name}'"
            )
    return tmp_path


def check(folder: Path, rules: str, data: str = "1.parquet", *options: str) -> Result:
    (folder / "rules.dqdl").write_text(rules, encoding="utf-8")
    command = ["check", str(folder / "rules.dqdl"), str(folder / data), *options]
    return CliRunner().invoke(main, command)


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ('Rules = [IsComplete "id"]', 0),
        ('Rules = [IsComplete "id", IsComplete "name" labels=["policy"="warn"]]', 0),
        ('Rules = [IsComplete "id", IsComplete "name"]', 1),
        ('Rules = [IsComplete "name", Entropy "id" > 1]', 2),
        ('Rules = [Entropy "id" > 1 labels=["policy"="warn"]]', 2),
        ('Rules = [IsComplete "id"', 2),
    ],
)
def test_the_exit_status_tells_whether_the_rules_passed(
    folder: Path, rules: str, status: int
) -> None:
    assert check(folder, rules).exit_code == status


def test_the_text_is_a_line_for_each_rule_and_a_sum(folder: Path) -> None:
    done = check(folder, 'Rules = [RowCount = 2, IsComplete "name", Completeness "name" > 0.9]')
    assert done.stdout.splitlines() == [
        "passed  RowCount = 2",
        'FAILED  IsComplete "name"  1 of 2 rows fail.',
        'FAILED  Completeness "name" > 0.9  Completeness is 0.5, wanted > 0.9. 1 row is the cause.',
        f"{folder / '1.parquet'}: 1 passed, 2 failed, 0 not answered.",
    ]


def test_json_tells_everything_of_each_rule(folder: Path) -> None:
    rules = 'Rules = [\n  ColumnValues "id" < 2 labels=["policy"="quarantine"]\n]'
    done = check(folder, rules, "1.parquet", "--format", "json")
    assert json.loads(done.stdout) == {
        "data": str(folder / "1.parquet"),
        "passed": False,
        "rules": [
            {
                "rule": 'ColumnValues "id" < 2',
                "line": 2,
                "column": 3,
                "policy": "quarantine",
                "labels": {"policy": "quarantine"},
                "outcome": "failed",
                "message": "1 of 2 rows fail.",
                "measured": 0.5,
                "failing_rows": 1,
                "metrics": {"Column.id.ColumnValues.Compliance": 0.5},
            }
        ],
    }


def test_junit_has_a_test_for_each_rule(folder: Path) -> None:
    rules = """Rules = [RowCount = 2, IsComplete "name", Entropy "id" > 1,
        IsComplete "name" where "id > 0" labels=["policy"="warn"]]"""
    suite = ET.fromstring(check(folder, rules, "1.parquet", "--format", "junit").stdout)  # noqa: S314 - our own
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "1", "1"]
    assert [[child.tag for child in case] for case in suite] == [
        [],
        ["failure"],
        ["error"],
        ["skipped"],
    ]


@pytest.mark.parametrize(("data", "rows"), [("data.csv", 2), ("*.parquet", 4), ("1.parquet", 2)])
def test_files_and_globs_of_them_are_read(folder: Path, data: str, rows: int) -> None:
    assert check(folder, f"Rules = [RowCount = {rows}, ColumnCount = 2]", data).exit_code == 0


def test_other_data_are_found_by_their_names(folder: Path) -> None:
    rules = 'Rules = [ReferentialIntegrity "id" "others.id" = 1.0, RowCountMatch "others" = 0.5]'
    done = check(folder, rules, "1.parquet", "--reference", f"others={folder}/*.parquet")
    assert done.exit_code == 0, done.output


@pytest.mark.slow
def test_an_iceberg_table_is_read_by_its_metadata(folder: Path) -> None:
    catalog = SqlCatalog("here", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    catalog.create_namespace("lake")
    rows = pa.table({"id": [1, 2, 3], "name": ["a", "b", None]})
    table = catalog.create_table("lake.rows", rows.schema)
    table.append(rows)
    table.delete("id = 3")
    catalog.close()
    place = Path(table.metadata_location.removeprefix("file://")).relative_to(folder)
    rules = 'Rules = [RowCount = 2, IsComplete "name", IsPrimaryKey "id"]'
    done = check(folder, rules, str(place))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("rules", "data", "options", "sentence"),
    [
        ("Rules = [", "1.parquet", [], "rules.dqdl:1:10: expected a rule, found the end"),
        ("Rules = [RowCount > 1]", "no.parquet", [], "no.parquet cannot be read: there is no such"),
        ("Rules = [RowCount > 1]", "rules.dqdl", [], "rules.dqdl is no data that can be checked"),
        (
            "Rules = [RowCount > 1]",
            "torn.parquet",
            [],
            "torn.parquet cannot be read: it is damaged",
        ),
        ("Rules = [RowCount > 1]", "x.metadata.json", [], "cannot be read as an Iceberg table"),
        ("Rules = [RowCount > 1]", "1.parquet", ["--reference", "x"], "write NAME=DATA"),
        ('Rules = [Entropy "id" > 1]', "1.parquet", [], "rules.dqdl:1:10: Entropy"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(
    folder: Path, rules: str, data: str, options: list[str], sentence: str
) -> None:
    (folder / "torn.parquet").write_bytes(b"PAR1 torn")
    done = check(folder, rules, data, *options)
    (said,) = done.stderr.splitlines()
    assert said.startswith("dqdl: ")
    assert sentence in said
    assert done.exit_code == 2


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_rule_file_that_cannot_be_read_is_told_so(folder: Path, content: bytes | None) -> None:
    path = folder / "other.dqdl"
    if content:
        path.write_bytes(content)
    done = CliRunner().invoke(main, ["check", str(path), str(folder / "1.parquet")])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"dqdl: {path} ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_command_is_installed(folder: Path) -> None:
    (folder / "rules.dqdl").write_text("Rules = [RowCount > 5]", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("dqdl")), "check", "rules.dqdl", "data.csv"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == "data.csv: 0 passed, 1 failed, 0 not answered."
