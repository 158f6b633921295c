"""Rules over small random tables, against a second evaluator that is written without SQL."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deftunes_dqdl import evaluate, failing_rows_condition, parse

from .tables import query

EXAMPLES = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

Row = dict[str, Any]
TEXTS = st.none() | st.sampled_from(["", " ", "a", "bb", "é9", "12", "x'y"])
NUMBERS = st.none() | st.integers(-3, 3)
MONEY = st.none() | st.decimals("-2", "2", places=2)
TABLES = st.lists(
    st.fixed_dictionaries({"t": TEXTS, "n": NUMBERS, "m": MONEY, "b": st.none() | st.booleans()}),
    max_size=8,
)
TYPES = {"t": "varchar", "n": "integer", "m": "decimal(10,2)", "b": "boolean"}
BOUNDS = st.integers(-2, 2)

Test = Callable[[Any], bool]
RowRule = tuple[str, Callable[[Row], bool]]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}


@st.composite
def numeric_tests(draw: st.DrawFn) -> tuple[str, Test]:
    """A condition on a number, and what it means: null fails, but for `!=` and `not in`."""
    low, high = draw(BOUNDS), draw(BOUNDS)
    members = draw(st.lists(BOUNDS, min_size=1, max_size=3))
    with_null = draw(st.booleans())
    listed = ", ".join([*map(str, members), *(["NULL"] if with_null else [])])
    order = draw(st.sampled_from(sorted(_ORDERS)))

    def is_member(value: Any) -> bool:
        return value in members or (value is None and with_null)

    tests: list[tuple[str, Test]] = [
        (f"= {low}", lambda value: value == low),
        (f"!= {low}", lambda value: value != low),
        ("= NULL", lambda value: value is None),
        ("!= NULL", lambda value: value is not None),
        (f"{order} {low}", lambda value: value is not None and _ORDERS[order](value, low)),
        (f"between {low} and {high}", lambda value: value is not None and low < value < high),
        (
            f"not between {low} and {high}",
            lambda value: value is not None and not low < value < high,
        ),
        (f"in [{listed}]", is_member),
        (f"not in [{listed}]", lambda value: not is_member(value)),
    ]
    return draw(st.sampled_from(tests))


@st.composite
def row_rules(draw: st.DrawFn) -> RowRule:
    """A rule, and whether a row keeps it."""
    condition, holds = draw(numeric_tests())
    members = draw(st.lists(st.sampled_from(["a", "bb", "x'y"]), min_size=1, max_size=2))
    listed = ", ".join(f'"{member}"' for member in members)
    choices: list[RowRule] = [
        ('IsComplete "t"', lambda row: row["t"] is not None),
        (f'ColumnValues "n" {condition}', lambda row: holds(row["n"])),
        (f'ColumnValues "m" {condition}', lambda row: holds(row["m"])),
        (f'ColumnValues "t" in [{listed}, EMPTY]', lambda row: row["t"] in {*members, ""}),
        (
            f'ColumnValues "t" not in [{listed}, WHITESPACES_ONLY]',
            lambda row: row["t"] not in {*members, " "},
        ),
        ('ColumnValues "t" matches "[a-z]+"', lambda row: row["t"] in {"a", "bb"}),
        (
            'ColumnValues "t" not matches "[a-z]+"',
            lambda row: row["t"] is not None and row["t"] not in {"a", "bb"},
        ),
        ('ColumnValues "b" = "true"', lambda row: row["b"] is True),
        ('ColumnDataType "t" = "INTEGER"', lambda row: row["t"] == "12"),
    ]
    if "NULL" not in condition:
        choices.append((f'ColumnLength "t" {condition}', lambda row: holds(len(row["t"] or ""))))
    return draw(st.sampled_from(choices))


@st.composite
def filtered_rules(draw: st.DrawFn) -> RowRule:
    """A rule with `where`: rows that are filtered out keep it."""
    rule, keeps = draw(row_rules())
    return (
        f'{rule} where "n >= 0 and `b`"',
        lambda row: row["n"] is None or row["n"] < 0 or not row["b"] or keeps(row),
    )


@st.composite
def joined_rules(draw: st.DrawFn) -> RowRule:
    """Two rules joined, row by row."""
    (first, keeps_first), (second, keeps_second) = draw(row_rules()), draw(filtered_rules())
    if draw(st.booleans()):
        return f"({first}) and ({second})", lambda row: keeps_first(row) and keeps_second(row)
    return f"({first}) or ({second})", lambda row: keeps_first(row) or keeps_second(row)


def _sql(rows: list[Row]) -> str:
    return query({name: (TYPES[name], [row[name] for row in rows]) for name in TYPES})


@pytest.mark.slow
@EXAMPLES
@given(TABLES, st.lists(row_rules() | filtered_rules() | joined_rules(), min_size=1, max_size=4))
def test_the_rows_that_break_a_rule_are_those_that_python_finds(
    rows: list[Row], rules: list[RowRule]
) -> None:
    ruleset = parse(f"Rules = [{', '.join(rule for rule, _ in rules)}]")
    with duckdb.connect() as connection:
        connection.execute(f"create table rows as {_sql(rows)}")
        results = evaluate(connection, "rows", ruleset, composites="row").results
        for rule, result, (_, keeps) in zip(ruleset.rules, results, rules, strict=True):
            broken = [row for row in rows if not keeps(row)]
            condition = failing_rows_condition(connection, "rows", rule)
            found = connection.execute(f"from rows where {condition}").fetchall()
            assert Counter(found) == Counter(
                tuple(row[name] for name in TYPES) for row in broken
            ), rule.text
            assert result.failing_rows == len(broken), rule.text
            assert (result.outcome == "passed") == (not broken), result.message


@pytest.mark.slow
@EXAMPLES
@given(TABLES)
def test_the_measures_of_a_table_are_those_that_python_calculates(rows: list[Row]) -> None:
    texts = [row["t"] for row in rows if row["t"] is not None]
    money = [row["m"] for row in rows if row["m"] is not None]
    counted = Counter(texts)
    pairs = Counter(
        (row["n"], row["b"]) for row in rows if row["n"] is not None or row["b"] is not None
    )
    unique = sum(count == 1 for count in counted.values())
    expected = {
        "RowCount >= 0": len(rows),
        'RowCount >= 0 where "n > 0"': sum((row["n"] or 0) > 0 for row in rows),
        'Completeness "t" >= 0': len(texts) / len(rows) if rows else 1,
        'Uniqueness "t" >= 0': unique / len(texts) if texts else 1,
        'Uniqueness "n" "b" >= 0': (
            sum(count == 1 for count in pairs.values()) / pairs.total() if pairs else 1
        ),
        'UniqueValueRatio "t" >= 0': unique / len(counted) if counted else 1,
        'DistinctValuesCount "t" >= 0': len(counted),
        'IsUnique "t"': unique / len(texts) if texts else 1,
        'Mean "m" > -99': statistics.mean(money) if money else None,
        'Sum "m" > -99': sum(money, Decimal()) if money else None,
        'StandardDeviation "m" >= 0': statistics.pstdev(money) if money else None,
    }
    with duckdb.connect() as connection:
        ruleset = parse(f"Rules = [{', '.join(expected)}]")
        results = evaluate(connection, _sql(rows), ruleset).results
    for result, measure in zip(results, expected.values(), strict=True):
        wanted = None if measure is None else pytest.approx(float(measure), abs=1e-9)
        assert result.measured == wanted, result.rule.text
        is_met = measure is not None and (result.rule.text != 'IsUnique "t"' or measure == 1)
        assert (result.outcome == "passed") == is_met, result.rule.text
