"""The history of quality in the warehouse, against what pyiceberg reads from the same lake."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from html import unescape
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from deftunes_report.cli import main

from .dbt import rows, run_dbt
from .lake import Row, read_iceberg
from .quality import CHECKS, IN_QUARANTINE, PRIVATE, QUARANTINE, RESULT_COLUMNS, RESULTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("transform")]

HISTORY = (
    "select table_name, recency, run_id, checked_at, decision, rules_held, rules_passed, "
    "rules_warned, rules_setting_aside, rules_not_answered, rules_failed, rows_set_aside "
    "from deftunes_bi_views.quality_history_vw order by table_name, recency"
)


def _moment(check: Row) -> Any:
    return check["checked_at"]


def verdict(check: Row) -> str:
    if check["outcome"] != "failed":
        return str(check["outcome"])
    if check["policy"] == "quarantine":
        return "set aside" if check["decision"] == "publish" else "failed"
    return {"warn": "warned", "block": "failed"}[check["policy"]]


def expected_history(checks: list[Row]) -> list[tuple[Any, ...]]:
    """One row per table and load, each table's last load first."""
    loads: defaultdict[str, defaultdict[tuple[Any, ...], list[Row]]]
    loads = defaultdict(lambda: defaultdict(list))
    for check in checks:
        load = (check["checked_at"], check["run_id"], check["decision"])
        loads[check["table_name"]][load].append(check)
    found = []
    for table in sorted(loads):
        for recency, load in enumerate(sorted(loads[table], reverse=True), start=1):
            held = loads[table][load]
            verdicts = Counter(map(verdict, held))
            kinds = ("passed", "warned", "set aside", "error", "failed")
            (aside,) = {row["rows_set_aside"] for row in held}
            moment, run_id, decision = load
            counts = (len(held), *(verdicts[kind] for kind in kinds), aside)
            found.append((table, recency, run_id, moment, decision, *counts))
    return found


def test_the_history_has_each_load_of_each_table_with_what_its_rules_found(built: Path) -> None:
    checks = read_iceberg(built / "lake", RESULTS)
    assert len(checks) == len(CHECKS)
    assert rows(built, HISTORY) == expected_history(checks)


def test_every_rule_keeps_its_numbers_and_an_empty_sentence_is_none(built: Path) -> None:
    kept = [name for name, _ in RESULT_COLUMNS if name != "outcome"]  # which became a verdict
    found = rows(built, f"select {', '.join(kept)} from deftunes_serving.fact_quality_check")
    read = [check | {"message": check["message"] or None} for check in CHECKS]
    assert sorted(found, key=repr) == sorted(
        (tuple(check.get(name) for name in kept) for check in read), key=repr
    )


def test_the_quarantine_is_counted_by_table_and_rules_without_any_value(built: Path) -> None:
    groups: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for table in ("session_items", "users"):
        for row in read_iceberg(built / "lake", f"{QUARANTINE}.{table}"):
            groups[table, row["_quarantine_rules"]].append(row)
    expected = [
        (
            *group,
            len(inside),
            len({row["_quarantine_run_id"] for row in inside}),
            min(row["_quarantined_at"] for row in inside),
            max(row["_quarantined_at"] for row in inside),
        )
        for group, inside in sorted(groups.items())
    ]
    # every column: none is one of the row's own
    found = rows(built, "select * from deftunes_bi_views.quarantine_vw order by 1, 2")
    assert found == expected
    columns = rows(
        built,
        "select column_name from information_schema.columns "
        "where table_name = 'fact_quarantine' order by ordinal_position",
    )
    assert columns == [
        (name,)
        for name in (
            "table_name",
            "broken_rules",
            "run_id",
            "row_count",
            "first_set_aside_at",
            "last_set_aside_at",
        )
    ]


def test_the_report_tells_what_the_lake_holds_and_no_value_of_a_row(
    built: Path, tmp_path: Path
) -> None:
    chosen = ("--warehouse", built / "warehouse.duckdb", "--lake", built / "lake")
    assert main(["build", *map(str, chosen), "--output", str(tmp_path)]) == 0

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    section = page.split("<h2>Quality</h2>")[1].split("</section>", maxsplit=1)[0]
    body = section.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    shown = [
        re.findall(r'<t[hd](?: scope="row"| class="number")?>([^<]+)</t[hd]>', row)
        for row in body.split("</tr>")
    ]
    checks = read_iceberg(built / "lake", RESULTS)
    aside = {
        table: len(read_iceberg(built / "lake", f"{QUARANTINE}.{table}")) for table in IN_QUARANTINE
    }
    assert shown[:-1] == [
        [
            table,
            f"{moment:%Y-%m-%d %H:%M}",
            *map(str, (held, passed, rows_aside, aside.get(table, 0))),
        ]
        for table, recency, _, moment, _, held, passed, *_, rows_aside in expected_history(checks)
        if recency == 1
    ]
    last = {check["table_name"]: check["checked_at"] for check in sorted(checks, key=_moment)}
    findings = section.split("<h3>What did not pass</h3>")[1].split("</ul>", maxsplit=1)[0]
    told = {unescape(rule) for rule in re.findall("<code>(.*?)</code>", findings)}
    assert told == {
        check["rule"]
        for check in checks
        if check["outcome"] != "passed" and check["checked_at"] == last[check["table_name"]]
    }
    assert read_iceberg(built / "lake", f"{QUARANTINE}.users")[0]["user_lastname"] == PRIVATE
    assert PRIVATE not in page


def test_a_history_that_is_wrong_is_warned_of_and_stops_nothing(
    built: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    with duckdb.connect(folder / "warehouse.duckdb") as warehouse:
        checks = "deftunes_serving.fact_quality_check"
        warehouse.execute(f"insert into {checks} from {checks} where run_id = 'run-3'")
        warehouse.execute(f"update {checks} set rule = null where table_name = 'songs'")
        warehouse.execute(f"update {checks} set rows_set_aside = 4 where run_id = 'run-3'")
        warehouse.execute("delete from deftunes_serving.fact_quarantine where run_id = 'run-1'")
    counted = "every_rule_held_and_every_row_set_aside_is_counted"

    done = run_dbt("test", "--select", "fact_quality_check", counted, folder=folder)

    assert done.returncode == 0, done.stdout
    assert "Warning in test unique_together_fact_quality_check" in done.stdout
    assert "Warning in test never_null_fact_quality_check" in done.stdout
    assert f"Warning in test {counted}" in done.stdout
    # rules held, rows set aside, and rows in quarantine
    assert "Got 3 results, configured to warn if != 0" in done.stdout
    assert ", 3 warnings, 0 failed, 0 skipped" in done.stdout
