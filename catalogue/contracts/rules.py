"""Rules of quality and dbt's tests, as the Open Data Contract Standard writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deftunes_dqdl import Rule, parse
from deftunes_dqdl.ruleset import checks
from deftunes_dqdl.syntax import Check, Membership, Text

WHOLE = ""
"""Where a rule stands that is of the table and not of one column."""

Rules = dict[str, list[dict[str, Any]]]
"""Rules by column, or `WHOLE`."""

_NO_COLUMNS = {"RowCount", "ColumnCount", "CustomSql"}
_ABSENT = {"metric": "nullValues", "mustBe": 0}


def of_rule_file(text: str) -> Rules:
    """The rules of a table's file; each keeps its own words as its name."""
    found: Rules = defaultdict(list)
    for rule in parse(text).rules:
        names = columns_of(rule)
        place = names[0] if len(set(names)) == 1 else WHOLE
        found[place].append(
            {
                "name": rule.text,
                **_asked(rule),
                "severity": "warning" if rule.policy == "warn" else "error",
                "customProperties": [{"property": "policy", "value": rule.policy}],
            }
        )
    return dict(found)


def columns_of(rule: Rule) -> list[str]:
    """The columns of its own table that a rule speaks of, in order."""
    return [
        parameter.value
        for check in checks(rule.definition)
        if check.type not in _NO_COLUMNS
        for parameter in check.parameters
        if isinstance(parameter, Text) and "." not in parameter.value
    ]


def referred_to(rule: Rule) -> list[str]:
    """The columns of other tables that a rule speaks of, as `table.column`."""
    return [
        parameter.value
        for check in checks(rule.definition)
        if check.type == "ReferentialIntegrity"
        for parameter in check.parameters
        if isinstance(parameter, Text) and "." in parameter.value
    ]


def named_by_rules(table: str, rules: Iterable[Rule]) -> Iterator[tuple[str, str]]:
    """Each column that rules speak of, as `table.column`, and the rule."""
    for rule in rules:
        yield from ((f"{table}.{one}", rule.text) for one in columns_of(rule))
        yield from ((other, rule.text) for other in referred_to(rule))


def by_column(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The rules of all files, by the columns that they speak of, as `table.column`.

    Args:
        texts: Text of the rule file, by table.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for table, text in texts.items():
        for column, rule in dict.fromkeys(named_by_rules(table, parse(text).rules)):
            found[column].append(rule)
    return dict(found)


def _asked(rule: Rule) -> dict[str, Any]:
    """What the rule asks: by the standard's own measure where it has one that says the same."""
    check = rule.definition
    if isinstance(check, Check) and check.where is None and check.threshold is None:
        if check.type == "IsComplete":
            return {"type": "library", **_ABSENT}
        if check.type == "IsPrimaryKey":
            return {"type": "library", **_unique(columns_of(rule))}
        condition = check.condition
        if check.type == "ColumnValues" and isinstance(condition, Membership):
            values = condition.operands
            if isinstance(values, tuple) and not condition.negated:
                allowed = [one.value for one in values if isinstance(one, Text)]
                return {"type": "library", **_valid(allowed)}
    return {"type": "custom", "engine": "dqdl", "implementation": rule.text}


def of_dbt_tests(manifest: dict[str, Any], model: str) -> Rules:
    """What dbt tests of a model; foreign keys are told of by `foreign_keys`."""
    found: Rules = defaultdict(list)
    for test in _tests_of(manifest, model):
        said = test.get("test_metadata") or {"name": ""}
        severity = "warning" if test["config"]["severity"].lower() == "warn" else "error"
        name = test["name"]
        more = {"name": name, "severity": severity}
        column, given = test.get("column_name") or WHOLE, said.get("kwargs", {})
        match said["name"]:
            case "not_null":
                found[column].append({**more, "type": "library", **_ABSENT})
            case "unique":
                found[column].append({**more, "type": "library", **_unique([column])})
            case "never_null":
                for one in given["columns"]:
                    found[one].append({**more, "type": "library", **_ABSENT})
            case "unique_together":
                found[WHOLE].append({**more, "type": "library", **_unique(given["columns"])})
            case "accepted_values":
                found[column].append({**more, "type": "library", **_valid(given["values"])})
            case "relationships":
                pass
            case _:
                asked = {"type": "custom", "engine": "dbt", "implementation": name}
                found[column].append({**more, **asked})
    return dict(found)


def foreign_keys(manifest: dict[str, Any], model: str) -> dict[str, str]:
    """The columns that dbt tests to be in another model, each with that model's column."""
    found = {}
    for test in _tests_of(manifest, model):
        said = test.get("test_metadata") or {}
        if said.get("name") == "relationships":
            other = said["kwargs"]["to"].removeprefix("ref('").removesuffix("')")
            found[test["column_name"]] = f"{other}.{said['kwargs']['field']}"
    return found


def _tests_of(manifest: dict[str, Any], model: str) -> Iterator[dict[str, Any]]:
    key = f"model.deftunes.{model}"
    for _, test in sorted(manifest["nodes"].items()):
        if test["resource_type"] == "test":
            of = test.get("attached_node")
            if of == key or (of is None and key in test["depends_on"]["nodes"]):
                yield test


def _unique(columns: list[str]) -> dict[str, Any]:
    return {"metric": "duplicateValues", "arguments": {"properties": columns}, "mustBe": 0}


def _valid(values: list[Any]) -> dict[str, Any]:
    return {"metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0}
