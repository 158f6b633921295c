"""The rule types that are evaluated here, the form of each, and the page that defines it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deftunes_dqdl.errors import RulesError
from deftunes_dqdl.families import family, is_numeric, operands
from deftunes_dqdl.syntax import Between, Check, Comparison, Condition, Keyword, Matching

PAGES = "https://docs.aws.amazon.com/glue/latest/dg"


@dataclass(frozen=True)
class RuleType:
    """The form of a rule type.

    Attributes:
        least: How many parameters it has at least.
        most: How many at most; None for any number.
        condition: What its condition compares: none at all, a measured number, values of a
            column, a type's name, an age; of `sql` a number, or none.
        where: Whether rows can be filtered.
        threshold: Whether a share of the rows can be enough.
        by_row: Whether one row alone can be judged.
    """

    least: int
    most: int | None
    condition: Literal["none", "number", "values", "type", "age", "sql"]
    where: bool = False
    threshold: bool = False
    by_row: bool = False


# The form is that of AWS's published grammar and rule table (`<PAGES>/dqdl-rule-types.html`); each
# type's page is `<PAGES>/dqdl-rule-types-<type>.html`.
EVALUATED = {
    "ColumnCount": RuleType(0, 0, "number"),
    "ColumnDataType": RuleType(1, 1, "type", where=True, threshold=True, by_row=True),
    "ColumnExists": RuleType(1, 1, "none"),
    "ColumnLength": RuleType(1, 1, "number", where=True, by_row=True),
    "ColumnNamesMatchPattern": RuleType(1, 1, "none"),
    "ColumnValues": RuleType(1, 1, "values", where=True, threshold=True, by_row=True),
    "Completeness": RuleType(1, 1, "number", where=True),
    "CustomSql": RuleType(1, 1, "sql", threshold=True),
    "DataFreshness": RuleType(1, 1, "age", where=True, by_row=True),
    "DistinctValuesCount": RuleType(1, 1, "number", where=True),
    "IsComplete": RuleType(1, 1, "none", where=True, by_row=True),
    "IsPrimaryKey": RuleType(1, None, "none", where=True),
    "IsUnique": RuleType(1, None, "none", where=True),
    "Mean": RuleType(1, 1, "number", where=True),
    "ReferentialIntegrity": RuleType(2, 2, "number"),
    "RowCount": RuleType(0, 0, "number", where=True),
    "RowCountMatch": RuleType(1, 1, "number"),
    "SchemaMatch": RuleType(1, 1, "number"),
    "StandardDeviation": RuleType(1, 1, "number", where=True),
    "Sum": RuleType(1, 1, "number", where=True),
    "UniqueValueRatio": RuleType(1, 1, "number", where=True),
    "Uniqueness": RuleType(1, None, "number", where=True),
}


def page(rule_type: str) -> str:
    """Address of the page that defines a rule type."""
    return f"{PAGES}/dqdl-rule-types-{rule_type}.html"


def check_form(check: Check) -> None:
    """Hold a rule to the form of its type; a type that is not evaluated may have any form.

    Raises:
        RulesError: It has another.
    """
    form = EVALUATED.get(check.type)
    if form is None:
        return
    wrong = _wrong_parameters(check, form) or _wrong_condition(check, form)
    if not wrong and check.where is not None and not form.where:
        wrong = "takes no `where`"
    if not wrong and check.where is not None and not check.where.value.strip():
        wrong = "has an empty `where`"
    if not wrong and check.threshold is not None:
        wrong = _wrong_threshold(check, form)
    if wrong:
        raise RulesError(check.position, f"{check.type} {wrong}: see {page(check.type)}.")


def _wrong_parameters(check: Check, form: RuleType) -> str | None:
    count = len(check.parameters)
    if form.least <= count and (form.most is None or count <= form.most):
        return None
    wanted = f"{form.least}" if form.most == form.least else f"{form.least} or more"
    return f"takes {wanted} parameters, not {count}"


def _wrong_condition(check: Check, form: RuleType) -> str | None:
    condition = check.condition
    if condition is None:
        return None if form.condition in {"none", "sql"} else "needs a condition"
    if form.condition == "none":
        return "takes no condition: it holds or not"
    if form.condition in {"number", "sql"}:
        return _wrong_number(condition)
    if form.condition == "age":
        return None if family(condition) == "duration" else "compares with an age: `<= 24 hours`"
    if form.condition == "type":
        is_type = isinstance(condition, Comparison) and condition.operator in {"=", "!="}
        named = is_type and family(condition) == "text"
        return None if named else 'compares with a type: `= "Integer"`'
    return _wrong_values(condition)


def _wrong_number(condition: Condition) -> str | None:
    if isinstance(condition, Matching) or not all(map(is_numeric, operands(condition))):
        return "compares with numbers"
    return None


def _wrong_values(condition: Condition) -> str | None:
    kind = family(condition)
    if kind in {"duration", "mixture"}:
        return "compares with values of one kind: numbers, dates or texts"
    ordered = isinstance(condition, Between) or (
        isinstance(condition, Comparison) and condition.operator not in {"=", "!="}
    )
    has_keyword = any(isinstance(each, Keyword) for each in operands(condition))
    if ordered and (kind in {"text", "null"} or has_keyword):
        return "puts only numbers and dates in an order"
    return None


def _wrong_threshold(check: Check, form: RuleType) -> str | None:
    if not form.threshold:
        return "takes no `with threshold`"
    if check.type == "CustomSql" and check.condition is not None:
        return "takes a condition or a threshold, not both"
    return _wrong_number(check.threshold) if check.threshold else None
