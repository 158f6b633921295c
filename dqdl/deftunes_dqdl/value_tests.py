"""A value held against a condition, in SQL that is true or false and never null."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from deftunes_dqdl.errors import EvaluationError
from deftunes_dqdl.families import as_date, family, operands
from deftunes_dqdl.measured import constant
from deftunes_dqdl.sql import literal
from deftunes_dqdl.syntax import (
    Between,
    Comparison,
    Condition,
    Keyword,
    Matching,
    Membership,
    Now,
    Operand,
    Text,
)
from deftunes_dqdl.table import Column

Literal = Callable[[Operand], str]


def column_test(column: Column, condition: Condition, now: dt.datetime) -> str:
    """A test of a column's value (ColumnValues).

    Args:
        column: The column.
        condition: Its values are of one family.
        now: What `now()` is, in UTC.

    Raises:
        EvaluationError: The column's type does not compare with such values.
    """
    kind = family(condition)
    if kind == "number":
        return value_test(_as_number(column), condition, number)
    if kind == "date":
        return _date_test(column, condition, now)
    if kind == "null":
        return value_test(column.sql, condition, number)
    text = column.sql if column.type == "VARCHAR" else f"cast({column.sql} as varchar)"
    return value_test(text, condition, _text)


def value_test(value: str, condition: Condition, write: Literal) -> str:
    """A test of any value.

    Null fails it, but passes `!=` and `not in`, unless NULL is what they name: "Null behavior",
    https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-ColumnValues.html.

    Args:
        value: SQL.
        condition: What it is held against.
        write: SQL of an operand.
    """
    match condition:
        case Comparison("=" | "!=" as operator, operand):
            test = _among(value, (operand,), write)
            negated = operator == "!="
        case Membership(tuple() as members, negated):
            test = _among(value, members, write)
        case _:
            return f"coalesce({_strict_test(value, condition, write)}, false)"
    return f"not {test}" if negated else test


def _strict_test(value: str, condition: Condition, write: Literal) -> str:
    """A test that null fails, negated or not."""
    match condition:
        case Comparison(operator, operand):
            return f"{value} {operator} {write(operand)}"
        case Between(low, high, False):
            return f"{value} > {write(low)} and {value} < {write(high)}"
        case Between(low, high):
            return f"{value} <= {write(low)} or {value} >= {write(high)}"
        case Matching(pattern, negated):
            matches = f"regexp_full_match({value}, {literal(pattern.raw)})"
            return f"not {matches}" if negated else matches
    raise AssertionError(condition)


def number(operand: Operand) -> str:
    """A number in SQL.

    Raises:
        EvaluationError: It asks for earlier results, or divides by zero.
    """
    return f"{constant(operand):f}"


def _among(value: str, members: tuple[Operand, ...], write: Literal) -> str:
    tests = [_keyword(value, each) for each in members if isinstance(each, Keyword)]
    plain = [write(each) for each in members if not isinstance(each, Keyword)]
    if plain:
        tests.append(f"coalesce({value} in ({', '.join(plain)}), false)")
    return f"({' or '.join(tests)})"


def _keyword(value: str, keyword: Keyword) -> str:
    # "Keywords for NULL, EMPTY and WHITESPACES_ONLY", .../dqdl.html; whitespace is any, not only
    # the blanks that Spark's trim removes
    tests = {
        "NULL": f"({value} is null)",
        "EMPTY": f"coalesce({value} = '', false)",
        "WHITESPACES_ONLY": rf"coalesce(regexp_full_match({value}, '\s+'), false)",
    }
    return tests[keyword.name]


def _text(operand: Operand) -> str:
    if isinstance(operand, Text):
        return literal(operand.value)
    raise AssertionError(operand)


def is_number(column: Column) -> bool:
    """Whether a column holds numbers."""
    return column.type.startswith(
        ("DECIMAL", "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U")
    ) and not column.type.startswith(("UUID", "UNION"))


def _as_number(column: Column) -> str:
    if is_number(column):
        return column.sql
    if column.type == "VARCHAR":
        return f"try_cast({column.sql} as double)"
    raise EvaluationError(f"a column of type {column.type} does not compare with numbers")


def _date_test(column: Column, condition: Condition, now: dt.datetime) -> str:
    """Dates compare with the day of a timestamp, `now()` with the moment itself."""
    moment = _as_moment(column)
    if not any(isinstance(each, Now) for each in operands(condition)) or column.type == "DATE":
        day = f"cast({moment} as date)"
        return value_test(day, condition, lambda each: f"date {literal(_day(each, now))}")
    return value_test(moment, condition, lambda each: f"timestamp {literal(_moment(each, now))}")


def _as_moment(column: Column) -> str:
    """A column as a timestamp without zone, in UTC."""
    if column.type == "DATE" or (
        column.type.startswith("TIMESTAMP") and column.type != "TIMESTAMP WITH TIME ZONE"
    ):
        return f"cast({column.sql} as timestamp)"
    if column.type == "TIMESTAMP WITH TIME ZONE":
        return f"({column.sql} at time zone 'UTC')"
    if column.type == "VARCHAR":
        return f"try_cast({column.sql} as timestamp)"
    raise EvaluationError(f"a column of type {column.type} does not compare with dates")


def _moment(operand: Operand, now: dt.datetime) -> str:
    if isinstance(operand, Now):
        return resolved(operand, now).replace(tzinfo=None).isoformat(" ")
    return f"{as_date(operand)} 00:00:00"


def _day(operand: Operand, now: dt.datetime) -> str:
    return _moment(operand, now)[:10]


def resolved(operand: Now, now: dt.datetime) -> dt.datetime:
    """The moment that an expression of `now()` means, in UTC.

    Raises:
        EvaluationError: It is before the year 1 or after 9999.
    """
    moment = now.astimezone(dt.timezone.utc)
    if operand.offset is None:
        return moment
    try:
        span = dt.timedelta(**{operand.offset.unit: operand.offset.amount})
        return moment - span if operand.sign == "-" else moment + span
    except OverflowError as fault:
        raise EvaluationError("its date is beyond all calendars") from fault
