"""Conditions and their operands: `> 5`, `in ["a", NULL]`, `between 2 days and 5 days`."""

from __future__ import annotations

from deftunes_dqdl.cursor import Cursor
from deftunes_dqdl.syntax import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    Condition,
    Duration,
    Keyword,
    Matching,
    Membership,
    Now,
    Number,
    Operand,
    Size,
    Text,
    Variable,
)

_COMPARISONS = (">=", "<=", ">", "<", "=", "!")
_BEGINNINGS = (*_COMPARISONS, "between", "not", "in", "matches")
_KEYWORDS = tuple(
    spelling for name in ("NULL", "EMPTY", "WHITESPACES_ONLY") for spelling in (name, name.lower())
)
_DURATIONS = ("days", "hours", "minutes")
_SIZES = ("B", "KB", "MB", "GB", "TB")
_AND = ("and", "AND")


def condition_follows(cursor: Cursor) -> bool:
    """Whether the next word begins a condition."""
    return cursor.sees(*_BEGINNINGS)


def read_condition(cursor: Cursor) -> Condition:
    """Read a condition.

    Raises:
        RulesError: There is none, or not a whole one.
    """
    if operator := cursor.accept(*_COMPARISONS):
        if operator.text == "!":
            cursor.expect("=")
        return Comparison("!=" if operator.text == "!" else operator.text, read_operand(cursor))
    negated = cursor.accept("not") is not None
    if cursor.accept("between"):
        low = read_operand(cursor)
        cursor.expect(*_AND)
        return Between(low, read_operand(cursor), negated)
    if cursor.accept("matches"):
        pattern = cursor.expect_kind("text", "a regular expression in quotes")
        return Matching(Text(pattern.text), negated)
    if not cursor.accept("in"):
        cursor.refuse("a condition such as `> 5`, `between 1 and 2`, `in [...]` or `matches`")
    return Membership(_read_members(cursor), negated)


def read_operand(cursor: Cursor) -> Operand:
    """Read what a value is compared with.

    Raises:
        RulesError: There is nothing of the kind.
    """
    if cursor.next.kind == "text":
        return Text(cursor.take().text)
    if cursor.sees("$"):
        return read_variable(cursor)
    if cursor.sees("now") or (cursor.sees("(") and cursor.ahead(1).text == "now"):
        return _read_now(cursor)
    if cursor.next.kind == "number" and cursor.ahead(1).kind == "name":
        if cursor.ahead(1).text in _DURATIONS:
            return _read_duration(cursor)
        if cursor.ahead(1).text in _SIZES:
            return Size(_read_amount(cursor), cursor.take().text)
    return _read_arithmetic(cursor)


def read_variable(cursor: Cursor) -> Variable:
    """Read `$name`.

    Raises:
        RulesError: There is no name.
    """
    position = cursor.expect("$").position
    return Variable(cursor.expect_kind("name", "the name of a constant").text, position)


def read_value(cursor: Cursor) -> Operand:
    """Read a value that a constant can hold: a text or a keyword.

    Raises:
        RulesError: It is neither.
    """
    if keyword := cursor.accept(*_KEYWORDS):
        return Keyword(keyword.text.upper())
    return Text(cursor.expect_kind("text", "a text in quotes").text)


def _read_members(cursor: Cursor) -> tuple[Operand, ...] | Variable:
    if cursor.sees("$"):
        return read_variable(cursor)
    begin = cursor.next
    members = cursor.listed(lambda: read_operand(cursor))
    if not members:
        cursor.refuse(f"a value in the list that begins at {begin.position}")
    return members


def _read_now(cursor: Cursor) -> Now:
    parenthesis = cursor.accept("(")
    cursor.expect("now")
    cursor.expect("(")
    cursor.expect(")")
    if parenthesis is None:
        return Now()
    if cursor.accept(")"):
        return Now()
    sign = cursor.expect("-", "+").text
    offset = _read_duration(cursor)
    cursor.expect(")")
    return Now(sign, offset)


def _read_duration(cursor: Cursor) -> Duration:
    amount = _read_amount(cursor)
    return Duration(amount, cursor.expect(*_DURATIONS).text)


def _read_amount(cursor: Cursor) -> int:
    if cursor.next.kind != "number" or "." in cursor.next.text or len(cursor.next.text) > 9:  # noqa: PLR2004 - a thousand years are 9 digits of minutes
        cursor.refuse("a whole number")
    return int(cursor.take().text)


def _read_arithmetic(cursor: Cursor) -> Operand:
    first = _read_term(cursor)
    rest: list[tuple[str, Operand]] = []
    while operator := cursor.accept("+", "-", "*", "/"):
        rest.append((operator.text, _read_term(cursor)))
    return Arithmetic(first, tuple(rest)) if rest else first


def _read_term(cursor: Cursor) -> Operand:
    if keyword := cursor.accept(*_KEYWORDS):
        return Keyword(keyword.text.upper())
    if cursor.accept("("):
        with cursor.deeper():
            inner = _read_arithmetic(cursor)
        cursor.expect(")")
        return inner
    if cursor.next.kind == "name" and cursor.ahead(1).text == "(":
        return _read_call(cursor)
    sign = "-" if cursor.accept("-") else ""
    number = cursor.expect_kind("number", "a value: a number, a quoted text, a date or NULL")
    return Number(sign + number.text)


def _read_call(cursor: Cursor) -> Call:
    name = cursor.take().text
    cursor.expect("(")
    arguments: list[Operand] = []
    with cursor.deeper():
        while not cursor.sees(")"):
            if arguments:
                cursor.expect(",")
            arguments.append(_read_arithmetic(cursor))
    cursor.expect(")")
    return Call(name, tuple(arguments))
