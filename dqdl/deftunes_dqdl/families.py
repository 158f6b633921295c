"""What the values of a condition are: numbers, dates, texts or durations, and never a mixture."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

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
    Text,
)

Family = Literal["number", "date", "text", "duration", "null", "mixture"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def operands(condition: Condition) -> tuple[Operand, ...]:
    """The values that a condition compares with, constants already put in."""
    match condition:
        case Comparison(_, operand):
            return (operand,)
        case Between(low, high):
            return (low, high)
        case Membership(tuple() as members):
            return members
        case Matching(pattern):
            return (pattern,)
    raise AssertionError(condition)


def family(condition: Condition) -> Family:
    """What a condition's values are; `null` when NULL is all there is."""
    values = [each for each in operands(condition) if each != Keyword("NULL")]
    if not values:
        return "null"
    kinds = {_family(each) for each in values}
    if kinds == {"date", "text"} and not any(isinstance(each, Now) for each in values):
        kinds = {"text"}
    if isinstance(condition, Matching):
        kinds = {"text"}
    return kinds.pop() if len(kinds) == 1 else "mixture"


def is_dynamic(condition: Condition | None) -> bool:
    """Whether a condition asks for earlier results."""
    return condition is not None and any(map(_calls, operands(condition)))


def is_numeric(operand: Operand) -> bool:
    """Whether a value can be compared with a measure; AWS writes `Completeness "a" = "1.0"`, too.

    See "Supported DQDL expressions", https://docs.aws.amazon.com/glue/latest/dg/dqdl.html.
    """
    if isinstance(operand, Text):
        return _NUMBER.fullmatch(operand.value) is not None
    return isinstance(operand, (Number, Arithmetic, Call))


def as_date(operand: Operand) -> dt.date | None:
    """The date that a quoted text is; None if it is none."""
    if not isinstance(operand, Text) or not _DATE.fullmatch(operand.value):
        return None
    try:
        return dt.date.fromisoformat(operand.value)
    except ValueError:
        return None


def _family(operand: Operand) -> Family:
    if isinstance(operand, (Number, Arithmetic, Call)):
        return "number"
    if isinstance(operand, Now) or as_date(operand):
        return "date"
    if isinstance(operand, (Text, Keyword)):
        return "text"
    return "duration" if isinstance(operand, Duration) else "mixture"


def _calls(operand: Operand) -> bool:
    if isinstance(operand, Arithmetic):
        return _calls(operand.first) or any(_calls(each) for _, each in operand.rest)
    return isinstance(operand, Call)
