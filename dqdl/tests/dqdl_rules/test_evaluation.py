"""What the evaluator promises besides the rules' meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from deftunes_dqdl import EvaluationError, Relation, evaluate, failing_rows_condition, parse

from .tables import NOW, query, result, results

PEOPLE = query(
    {
        "id": ("integer", [1, 2, 2, 4]),
        "name": ("varchar", ["Ann", None, "Zoë Secret", ""]),
        "born": ("varchar", ["1990-01-01", "Secret", "1980-01-01", None]),
        "ok": ("boolean", [True, True, False, None]),
    }
)


class Watched:
    """A connection whose queries over a relation are counted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.scans: list[str] = []

    def execute(self, sql: str, *arguments: Any) -> duckdb.DuckDBPyConnection:
        if "people" in sql and not sql.startswith("describe"):
            self.scans.append(sql)
        return self._connection.execute(sql, *arguments)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"create table people as {PEOPLE}")
        yield connection


def test_one_scan_answers_all_that_needs_no_grouping_and_a_grouping_is_shared(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    watched = Watched(connection)
    rules = """RowCount = 4, IsComplete "id", ColumnValues "id" > 0, ColumnLength "name" < 20,
        Completeness "name" > 0.5, Mean "id" > 1, Sum "id" = 9, StandardDeviation "id" < 9,
        (IsComplete "id") or (IsComplete "name"), ColumnCount = 4,
        Uniqueness "id" = 0.5, IsUnique "id", IsPrimaryKey "id", DistinctValuesCount "id" = 3"""
    ruleset = parse(f"Rules = [{rules}]")
    found = evaluate(watched, "people", ruleset)  # type: ignore[arg-type]  # all that is used of it
    assert [each.outcome for each in found.results].count("passed") == 12
    assert len(watched.scans) == 2
    assert sum("group by" in scan for scan in watched.scans) == 1


def test_rules_find_columns_by_the_names_that_are_given_for_them() -> None:
    relation = Relation(
        "select 2 as c1, 'x' as c2 union all select 3, 'y'", {"Total": "c1", "day": "c2"}
    )
    with duckdb.connect() as connection:
        rules = parse("""Rules = [RowCount = 2 where "Total > 1 and day is not null",
            Sum "total" = 5, CustomSql "select max(total) from primary" = 3, ColumnExists "c1",
            ColumnCount = 2, ColumnValues "DAY" in ["x", "z"]]""")
        outcomes = [each.outcome for each in evaluate(connection, relation, rules).results]
        assert outcomes == ["passed", "passed", "passed", "failed", "passed", "failed"]
        condition = failing_rows_condition(connection, relation, rules.rules[-1])
        assert connection.execute(
            f"select c1 from ({relation.sql}) where {condition}"
        ).fetchall() == [(3,)]


def test_a_filter_tells_a_column_from_a_type_and_a_text() -> None:
    rows = "select '2020-01-01' as c1, 'date' as c2"
    relation = Relation(rows, {"date": "c1", "timestamp": "c2"})
    condition = "cast(date as date) = date '2020-01-01' and `timestamp` = 'date'"
    with duckdb.connect() as connection:
        rules = parse(f'Rules = [RowCount = 1 where "{condition}"]')
        (found,) = evaluate(connection, relation, rules).results
    assert (found.outcome, found.measured) == ("passed", 1)


def test_columns_that_differ_in_case_only_are_told_apart_by_their_right_names() -> None:
    relation = Relation("select 1 as c1, null::integer as c2", {"id": "c1", "ID": "c2"})
    with duckdb.connect() as connection:
        rules = parse('Rules = [IsComplete "id", IsComplete "ID", IsComplete "Id"]')
        found = evaluate(connection, relation, rules).results
    assert [each.outcome for each in found] == ["passed", "failed", "error"]
    assert "column Id can be id or ID" in found[2].message


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ('Entropy "id" > 1', "Entropy is not evaluated here"),
        ('MadeUp "id"', "MadeUp is not evaluated here"),
        ("RowCount > avg(last(10)) * 0.8", "it is dynamic"),
        ('ColumnValues "id" > 1 with threshold > avg(last(2))', "it is dynamic"),
        ("RowCount > 1 / 0", "arithmetic has no result"),
        ('IsComplete "id" where "nothing = 1"', "no column nothing, which its `where` names"),
        ('IsComplete "id" where "id ="', "its `where` is no condition in SQL"),
        ('IsComplete "id" where "1 from people"', "its `where` is no condition in SQL"),
        ('ColumnValues "ok" > 1', "type BOOLEAN does not compare with numbers"),
        ('ColumnValues "id" > "2020-01-01"', "type INTEGER does not compare with dates"),
        ('ColumnValues "name" matches "(?=a)"', "RE2 does not know"),
        ('Mean "name" > 1', "type VARCHAR holds no numbers"),
        ('DataFreshness "id" < 1 days', "type INTEGER has no age"),
        ('ColumnDataType "name" = "BLOB"', "BOOLEAN, DATE"),
        ('ColumnDataType "name" = "DATE" with format = "dd/MM/yyyy"', "`with format`"),
        ('CustomSql "select nothing from primary" > 1', "DuckDB says: Binder Error"),
        ('CustomSql "select id from primary" > 1', "no row, or more than one"),
        ("CustomSql \"select 'x'\" > 1", "other than one number"),
        ('ReferentialIntegrity "id" "others.id" = 1', "no reference named others"),
        ('ReferentialIntegrity "id" "others" = 1', "its reference is no"),
        ('(RowCount > 0) or (Entropy "id" > 1)', "Entropy is not evaluated here"),
    ],
)
def test_a_rule_that_cannot_be_answered_is_an_error_with_its_place_and_never_passes(
    rule: str, reason: str
) -> None:
    found = results(f'RowCount = 4,\n{rule},\nIsComplete "id"', PEOPLE)
    assert [each.outcome for each in found] == ["passed", "error", "passed"]
    assert found[1].message.startswith("2:1: ")
    assert reason in found[1].message


@pytest.mark.parametrize(
    "rule",
    [
        'CustomSql "select cast(born as date) from primary where id = 2 limit 1" > 1',
        'IsComplete "id" where "cast(born as date) > date \'1970-01-01\'"',
        'IsComplete "id" where "strptime(born, \'%Y-%m-%d\') is not null"',
        'ColumnValues "name" = "Ann"',
        'IsUnique "id"',
        'ColumnDataType "born" = "DATE"',
    ],
)
def test_no_message_shows_a_value(rule: str) -> None:
    found = result(rule, PEOPLE)
    assert found.outcome != "passed"
    assert "Secret" not in found.message


def test_a_rule_that_names_a_missing_column_fails_as_it_does_in_glue() -> None:
    found = result('IsComplete "nothing"', PEOPLE)
    assert (found.outcome, found.message) == (
        "failed",
        "Not answered: the data have no column nothing.",
    )


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ('IsComplete "x"', "passed"),
        ('ColumnValues "x" > 1 with threshold > 0.9', "passed"),
        ('ColumnValues "x" > 1 with threshold < 0.5', "passed"),
        ('Completeness "x" > 0.9', "passed"),
        ('IsPrimaryKey "x"', "passed"),
        ('Uniqueness "x" > 0.9', "passed"),
        ("RowCount > 0", "failed"),
        ('Sum "x" = 0', "failed"),
        ('Mean "x" > 1', "failed"),
        ('ReferentialIntegrity "x" "reference.x" = 1', "passed"),
        ('RowCountMatch "reference" = 1', "failed"),
        ('CustomSql "select x from primary"', "passed"),
    ],
)
def test_an_empty_table_breaks_no_rule_of_rows_or_shares(rule: str, outcome: str) -> None:
    found = result(rule, query({"x": ("integer", [])}), references={"reference": "select 1 as x"})
    assert found.outcome == outcome


def test_data_with_more_columns_match_no_schema() -> None:
    other = {"references": {"other": f"select *, 1 as more from ({PEOPLE})"}}
    assert result('SchemaMatch "other" = 0', PEOPLE, **other).measured == 0


def test_a_row_with_a_null_refers_to_nothing() -> None:
    found = result(
        'ReferentialIntegrity "id,name" "same.{id,name}" = 1', PEOPLE, references={"same": PEOPLE}
    )
    assert (found.measured, found.failing_rows) == (0.75, 1)


def test_dates_compare_by_the_day_in_utc_and_now_by_the_moment() -> None:
    rows = query(
        {
            "naive": ("timestamp", ["2026-01-31 11:00:00"]),
            "zoned": ("timestamptz", ["2026-01-31 23:30:00+00"]),
            "text": ("varchar", ["2026-01-31"]),
        }
    )
    found = results(
        """ColumnValues "naive" = "2026-01-31", ColumnValues "zoned" = "2026-01-31",
        ColumnValues "text" = "2026-01-31", ColumnValues "naive" > (now() - 90 minutes),
        ColumnValues "naive" < (now() - 30 minutes), ColumnValues "zoned" > (now() + 11 hours),
        DataFreshness "naive" between 59 minutes and 61 minutes""",
        rows,
    )
    assert [each.outcome for each in found] == ["passed"] * 7, NOW


def test_a_share_is_compared_as_the_number_that_is_written() -> None:
    rows = query({"x": ("integer", [None, *range(19)])})
    assert result('Completeness "x" = 0.95', rows).outcome == "passed"
    assert result('ColumnValues "x" >= 0 with threshold = 0.95', rows).outcome == "passed"


def test_a_sum_of_decimals_is_exact() -> None:
    rows = query({"x": ("decimal(10,2)", ["0.10"] * 3)})
    assert result('Sum "x" = 0.3', rows).outcome == "passed"


def test_arithmetic_goes_from_left_to_right() -> None:
    assert result("RowCount = 2 + 3 * 2 - 6", PEOPLE).outcome == "passed"


def test_failing_rows_are_counted_and_warnings_stand_in_nobodys_way(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    ruleset = parse("""Rules = [
        IsComplete "name" labels=["policy"="warn"], IsPrimaryKey "id" labels=["policy"="warn"],
        ColumnLength "name" > 0 labels=["policy"="quarantine"]]""")
    found = evaluate(connection, "people", ruleset)
    assert [each.failing_rows for each in found.results] == [1, 2, 2]
    assert [each.rule.text for each in found.failed] == ['ColumnLength "name" > 0']
    assert [each.rule.text for each in found.warnings] == ['IsComplete "name"', 'IsPrimaryKey "id"']
    assert not found.passed


def test_rows_that_break_a_rule_of_no_row_cannot_be_asked_for(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    with pytest.raises(EvaluationError, match="1:10: no single row breaks the rule RowCount > 9"):
        failing_rows_condition(connection, "people", parse("Rules = [RowCount > 9]").rules[0])
    with pytest.raises(EvaluationError, match="1:10: IsComplete nix cannot be answered: the data"):
        failing_rows_condition(connection, "people", parse("Rules = [IsComplete nix]").rules[0])


def test_data_that_cannot_be_read_are_the_callers_to_explain(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    with pytest.raises(duckdb.IOException):
        evaluate(connection, "read_parquet('/nowhere.parquet')", parse("Rules = [RowCount > 0]"))
