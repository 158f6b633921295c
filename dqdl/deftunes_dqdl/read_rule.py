"""Rules and analyzers: `IsComplete "id" where "a > 1" labels=["team"="sales"]`, and/or of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from deftunes_dqdl.cursor import Cursor
from deftunes_dqdl.errors import Position, RulesError
from deftunes_dqdl.read_condition import condition_follows, read_condition, read_variable
from deftunes_dqdl.syntax import (
    Analyzer,
    Check,
    Composite,
    Labels,
    Name,
    Parameter,
    Tag,
    Text,
    Variable,
)

_AND = ("and", "AND")
_OR = ("or", "OR")
_OF = ("of", "OF")
_RESERVED = (*_AND, *_OR, *_OF, "where", "with", "labels", "between", "in", "not", "matches")
_MOST_LABELS = 10
_LONGEST_KEY = 128
_LONGEST_VALUE = 256


def read_rule(cursor: Cursor) -> Check | Composite:
    """Read a rule; `and` binds closer than `or`.

    Raises:
        RulesError: There is none, or not a whole one.
    """
    return _joined(cursor, "or", _OR, lambda: _joined(cursor, "and", _AND, lambda: _single(cursor)))


def read_analyzer(cursor: Cursor) -> Analyzer:
    """Read an analyzer.

    Raises:
        RulesError: There is none.
    """
    name, position = _read_type(cursor, "an analyzer")
    return Analyzer(name, _read_parameters(cursor), position)


def read_labels(cursor: Cursor) -> Labels:
    """Read `=["key"="value", ...]`.

    Raises:
        RulesError: It has another form, too many labels, one twice, or one too long.
    """
    position = cursor.expect("=").position
    labels = cursor.listed(lambda: _read_label(cursor))
    if not labels:
        raise RulesError(
            position, 'this list has no label: write `"key"="value"`, or leave it out.'
        )
    check_labels(labels, position)
    return labels


def check_labels(labels: Labels, position: Position) -> None:
    """Hold labels to the limits that AWS documents.

    See "Label constraints", https://docs.aws.amazon.com/glue/latest/dg/dqdl.html#dqdl-labels.

    Raises:
        RulesError: One of them is broken.
    """
    if len(labels) > _MOST_LABELS:
        raise RulesError(position, f"a rule has {_MOST_LABELS} labels at most, not {len(labels)}.")
    if len({key for key, _ in labels}) < len(labels):
        raise RulesError(position, "two labels have the same key.")
    for key, value in labels:
        if not key or len(key) > _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            raise RulesError(
                position,
                f"a label's key has 1 to {_LONGEST_KEY} characters, its value up to "
                f"{_LONGEST_VALUE}.",
            )


def _read_label(cursor: Cursor) -> tuple[str, str]:
    key = cursor.expect_kind("text", "a label's key in quotes").text
    cursor.expect("=")
    return key, cursor.expect_kind("text", "the label's value in quotes").text


def _joined(
    cursor: Cursor,
    operator: Literal["and", "or"],
    words: tuple[str, ...],
    operand: Callable[[], Check | Composite],
) -> Check | Composite:
    position = cursor.next.position
    rules = [operand()]
    while cursor.accept(*words):
        rules.append(operand())
    if len(rules) == 1:
        return rules[0]
    labelled = next((rule for rule in rules if rule.labels), None)
    if labelled:
        raise RulesError(
            labelled.position,
            "labels belong to a whole rule: put what `and` and `or` join in one more pair of "
            "parentheses, and the labels after it.",
        )
    return Composite(operator, tuple(rules), (), position)


def _single(cursor: Cursor) -> Check | Composite:
    if not cursor.sees("("):
        return _read_check(cursor)
    position = cursor.take().position
    with cursor.deeper():
        rule = read_rule(cursor)
    cursor.expect(")")
    if not cursor.accept("labels"):
        return rule
    labels = read_labels(cursor)
    if rule.labels:
        raise RulesError(position, "this rule has labels within its parentheses and after them.")
    if isinstance(rule, Composite):
        return Composite(rule.operator, rule.operands, labels, position)
    return Check(
        rule.type, rule.parameters, rule.condition, rule.where, rule.tags, labels, rule.position
    )


def _read_check(cursor: Cursor) -> Check:
    name, position = _read_type(cursor, "a rule")
    parameters = _read_parameters(cursor)
    condition = read_condition(cursor) if condition_follows(cursor) else None
    where = None
    if cursor.accept("where"):
        where = Text(cursor.expect_kind("text", "a condition in SQL, in quotes").text)
    tags: list[Tag] = []
    labels: Labels = ()
    while word := cursor.accept("with", "labels"):
        if word.text == "with":
            tags.append(_read_tag(cursor, tags))
        elif labels:
            raise RulesError(word.position, "this rule has labels already: write one list.")
        else:
            labels = read_labels(cursor)
    return Check(name, parameters, condition, where, tuple(tags), labels, position)


def _read_type(cursor: Cursor, what: str) -> tuple[str, Position]:
    token = cursor.next
    if token.kind != "name" or not token.text[0].isalpha() or token.text in _RESERVED:
        cursor.refuse(what)
    return cursor.take().text, token.position


def _read_parameters(cursor: Cursor) -> tuple[Parameter, ...]:
    parameters: list[Parameter] = []
    while parameter := _read_parameter(cursor):
        parameters.append(parameter)
    return tuple(parameters)


def _read_parameter(cursor: Cursor) -> Text | Name | Variable | None:
    # a connector word says nothing: `of "a" and "b"`; before a name or `(`, `and` joins rules
    connects = cursor.sees(*_OF) or (
        cursor.sees(*_AND) and (cursor.ahead(1).kind == "text" or cursor.ahead(1).text == "$")
    )
    if connects:
        cursor.take()
    if cursor.next.kind == "text":
        return Text(cursor.take().text)
    if cursor.sees("$"):
        return read_variable(cursor)
    if cursor.next.kind in {"name", "number"} and not cursor.sees(*_RESERVED):
        return Name(cursor.take().text)
    if connects:
        cursor.refuse("a parameter")
    return None


def _read_tag(cursor: Cursor, tags: list[Tag]) -> Tag:
    token = cursor.expect_kind("name", "`threshold` or another name")
    if any(tag.name == token.text for tag in tags):
        raise RulesError(token.position, f"`with {token.text}` stands here a second time.")
    return Tag(token.text, read_condition(cursor))
