"""A measured number held against a condition."""

from __future__ import annotations

from decimal import Decimal, DecimalException

from deftunes_dqdl.errors import EvaluationError
from deftunes_dqdl.syntax import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    Condition,
    Membership,
    Number,
    Operand,
    Text,
)

Measure = int | float | Decimal


def holds(condition: Condition, measure: Measure) -> bool:
    """Whether a measure meets a condition.

    `between` leaves its bounds out and `not between` takes them in: "Supported DQDL expressions",
    https://docs.aws.amazon.com/glue/latest/dg/dqdl.html.

    Raises:
        EvaluationError: The condition asks for earlier results, or divides by zero.
    """
    match condition:
        case Comparison(operator, operand):
            return _compare(operator, measure, _alike(operand, measure))
        case Between(low, high, negated):
            within = _alike(low, measure) < measure < _alike(high, measure)
            return within is not negated
        case Membership(tuple() as members, negated):
            found = any(measure == _alike(each, measure) for each in members)
            return found is not negated
    raise AssertionError(condition)


def constant(operand: Operand) -> Decimal:
    """The number that an operand stands for.

    Raises:
        EvaluationError: It asks for earlier results, or divides by zero.
    """
    match operand:
        case Number(text) | Text(text):
            return Decimal(text)
        case Arithmetic(first, rest):
            result = constant(first)
            for operator, each in rest:
                result = _calculate(result, operator, constant(each))
            return result
        case Call(name):
            raise EvaluationError(
                f"it is dynamic: {name}() asks for earlier results, which only Glue keeps; "
                "compare with a number"
            )
    raise EvaluationError("it calculates with something that is no number")


def _alike(operand: Operand, measure: Measure) -> Measure:
    """A constant of the measure's kind: a share that was divided is 0.95 as a literal is."""
    value = constant(operand)
    return float(value) if isinstance(measure, float) else value


def _compare(operator: str, left: Measure, right: Measure) -> bool:
    # Decimal and float do not mix in types, though they do in Python
    first, second = (left, right) if isinstance(left, float) else (Decimal(left), Decimal(right))
    results = {
        "=": first == second,
        "!=": first != second,
        ">": first > second,
        ">=": first >= second,
        "<": first < second,
        "<=": first <= second,
    }
    return results[operator]


def _calculate(left: Decimal, operator: str, right: Decimal) -> Decimal:
    try:
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
        return left * right if operator == "*" else left / right
    except DecimalException as fault:
        raise EvaluationError("its arithmetic has no result, such as a division by zero") from fault
