"""Constants (`allowed = ["a", "b"]`) put in where `$allowed` stands.

See "Constants", https://docs.aws.amazon.com/glue/latest/dg/dqdl.html#dqdl-constants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from deftunes_dqdl.errors import RulesError
from deftunes_dqdl.syntax import (
    Between,
    Check,
    Comparison,
    Composite,
    Condition,
    Matching,
    Membership,
    Name,
    Operand,
    Parameter,
    Text,
    Variable,
)

Constants = Mapping[str, Operand | tuple[Operand, ...]]


def put_in(rule: Check | Composite, constants: Constants) -> Check | Composite:
    """A rule with the values of its constants.

    Raises:
        RulesError: A constant is not there, or holds a list where one value is needed.
    """
    if isinstance(rule, Composite):
        return replace(rule, operands=tuple(put_in(each, constants) for each in rule.operands))
    return replace(
        rule,
        parameters=tuple(_parameter(each, constants) for each in rule.parameters),
        condition=None if rule.condition is None else _condition(rule.condition, constants),
        tags=tuple(replace(t, condition=_condition(t.condition, constants)) for t in rule.tags),
    )


def _condition(condition: Condition, constants: Constants) -> Condition:
    if isinstance(condition, Comparison):
        return replace(condition, operand=_value(condition.operand, constants))
    if isinstance(condition, Between):
        return replace(
            condition,
            low=_value(condition.low, constants),
            high=_value(condition.high, constants),
        )
    if isinstance(condition, Matching):
        return condition
    return _membership(condition, constants)


def _membership(condition: Membership, constants: Constants) -> Membership:
    named = condition.operands
    if isinstance(named, Variable):
        value = _look_up(named, constants)
        if not isinstance(value, tuple) or not value:
            raise RulesError(named.position, f"the constant {named.name} holds no list of values.")
        return replace(condition, operands=value)
    return replace(condition, operands=tuple(_value(each, constants) for each in named))


def _value(operand: Operand, constants: Constants) -> Operand:
    if not isinstance(operand, Variable):
        return operand
    value = _look_up(operand, constants)
    if isinstance(value, tuple):
        raise RulesError(
            operand.position, f"the constant {operand.name} holds a list; one value is needed."
        )
    return value


def _parameter(parameter: Parameter, constants: Constants) -> Text | Name:
    if not isinstance(parameter, Variable):
        return parameter
    value = _value(parameter, constants)
    if not isinstance(value, Text):
        raise RulesError(parameter.position, f"the constant {parameter.name} is no text.")
    return value


def _look_up(variable: Variable, constants: Constants) -> Operand | tuple[Operand, ...]:
    if variable.name not in constants:
        raise RulesError(variable.position, f"there is no constant {variable.name}.")
    return constants[variable.name]
