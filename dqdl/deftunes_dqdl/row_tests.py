"""Rules that a single row keeps or breaks, as SQL."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import duckdb

from deftunes_dqdl.errors import EvaluationError, MissingColumnError
from deftunes_dqdl.families import operands
from deftunes_dqdl.filters import filter_sql
from deftunes_dqdl.sql import literal
from deftunes_dqdl.syntax import (
    Check,
    Comparison,
    Composite,
    Condition,
    Duration,
    Matching,
    Operand,
    Text,
    Variable,
)
from deftunes_dqdl.table import Column, Table
from deftunes_dqdl.value_tests import column_test, number, value_test

_TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "INTEGER": "integer",
    "LONG": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
}
_WHOLE = r"\s*[+-]?[0-9]+\s*"
_DECIMAL = re.compile(r"DECIMAL\(\s*\d{1,2}\s*,\s*\d{1,2}\s*\)")
_SECONDS = {"minutes": 60, "hours": 3600, "days": 86400}


@dataclass(frozen=True)
class RowTest:
    """What a rule asks of a row.

    Attributes:
        asked: SQL: whether the row is one of those that the rule's `where` keeps.
        passes: SQL: whether the row is as the rule wants it. Neither is ever null.
    """

    asked: str
    passes: str

    @property
    def fails(self) -> str:
        """SQL: whether the row breaks the rule; one that is filtered out does not."""
        return f"({self.asked} and not {self.passes})"


@dataclass(frozen=True)
class Surroundings:
    """What tests are made with.

    Attributes:
        connection: Takes SQL apart; and checks regular expressions.
        table: The rows.
        now: The time of evaluation.
    """

    connection: duckdb.DuckDBPyConnection
    table: Table
    now: dt.datetime

    def asked(self, check: Check) -> str:
        """SQL: which rows a check is about. All of them, without a `where`.

        Raises:
            EvaluationError: Its `where` is no condition.
        """
        if check.where is None:
            return "true"
        try:
            condition = filter_sql(self.connection, check.where.value, self.table)
        except MissingColumnError as fault:
            raise EvaluationError(f"{fault}, which its `where` names") from fault
        return f"coalesce({condition}, false)"

    def column(self, check: Check, place: int = 0) -> Column:
        """The column that one of a check's parameters names.

        Raises:
            EvaluationError: It is not there.
        """
        return self.table.column(parameter(check, place))

    def test_pattern(self, pattern: str) -> None:
        """Try a regular expression.

        Raises:
            EvaluationError: DuckDB's engine (RE2) does not know it.
        """
        try:
            self.connection.execute(f"select regexp_full_match('', {literal(pattern)})")
        except duckdb.Error as fault:
            raise EvaluationError(
                "its regular expression is wrong, or has what RE2 does not know (look-around, "
                "references back)"
            ) from fault


def parameter(check: Check, place: int = 0) -> str:
    """The text of a check's parameter, constants already put in."""
    given = check.parameters[place]
    if isinstance(given, Variable):
        raise TypeError(given)
    return given.value


def row_test(rule: Check | Composite, within: Surroundings) -> RowTest:
    """The test of a rule that is by row.

    Raises:
        EvaluationError: It cannot be asked of these rows.
    """
    if isinstance(rule, Check):
        return RowTest(within.asked(rule), _passes(rule, within))
    tests = [row_test(operand, within) for operand in rule.operands]
    # a row that an operand does not ask passes that operand
    passes = f" {rule.operator} ".join(f"not {test.fails}" for test in tests)
    return RowTest("true", f"({passes})")


def _passes(check: Check, within: Surroundings) -> str:
    """What each type asks of a row; its page is `rule_types.page(type)`."""
    column = within.column(check)
    if check.type == "IsComplete":
        return f"({column.sql} is not null)"
    condition = check.condition
    if condition is None:
        raise AssertionError(check)
    if isinstance(condition, Matching):
        within.test_pattern(condition.pattern.raw)
    if check.type == "ColumnValues":
        return column_test(column, condition, within.now)
    if check.type == "ColumnLength":
        # "treats NULLs as 0 length strings"
        length = f"coalesce(length(cast({column.sql} as varchar)), 0)"
        return value_test(length, condition, number)
    if check.type == "DataFreshness":
        return _is_fresh(column, condition, within.now)
    if check.type == "ColumnDataType":
        return _casts(check, column, condition)
    raise AssertionError(check)


def _is_fresh(column: Column, condition: Condition, now: dt.datetime) -> str:
    """The age in seconds; null rows fail whatever the condition."""
    if not column.type.startswith(("DATE", "TIMESTAMP", "VARCHAR")):
        raise EvaluationError(f"a column of type {column.type} has no age")
    moment = now.astimezone(dt.timezone.utc).replace(tzinfo=None).isoformat(" ")
    value = f"try_cast({column.sql} as timestamp)"
    if column.type == "TIMESTAMP WITH TIME ZONE":
        value = f"({column.sql} at time zone 'UTC')"
    age = f"epoch(timestamp {literal(moment)} - {value})"
    return f"({value} is not null and {value_test(age, condition, _seconds)})"


def _seconds(operand: Operand) -> str:
    if isinstance(operand, Duration):
        return str(operand.amount * _SECONDS[operand.unit])
    raise AssertionError(operand)


def _casts(check: Check, column: Column, condition: Condition) -> str:
    if any(tag.name != "threshold" for tag in check.tags):
        raise EvaluationError("`with format` is not evaluated here")
    (wanted,) = operands(condition)
    name = wanted.value.upper() if isinstance(wanted, Text) else ""
    sql_type = _TYPES.get(name) or (name if _DECIMAL.fullmatch(name) else None)
    if sql_type is None:
        raise EvaluationError(f"{', '.join(_TYPES)} and DECIMAL(p,s) are the types it can ask for")
    casts = f"try_cast({column.sql} as {sql_type}) is not null"
    if name in {"INTEGER", "LONG"}:
        # DuckDB rounds `12.5`; a whole number is meant
        casts += f" and regexp_full_match(cast({column.sql} as varchar), {literal(_WHOLE)})"
    negated = isinstance(condition, Comparison) and condition.operator == "!="
    return f"{'not ' if negated else ''}coalesce({casts}, false)"
