"""Results for people, for programs, and for what shows tests."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree as ET

from deftunes_dqdl.results import Result, Results

_MARKS = {"passed": "passed", "failed": "FAILED", "error": "ERROR"}


def as_text(results: Results, name: str) -> str:
    """A line for each rule, and one in the end."""
    lines = [_line(result) for result in results.results]
    counts = ", ".join(
        f"{sum(result.outcome == outcome for result in results.results)} {word}"
        for outcome, word in (("passed", "passed"), ("failed", "failed"), ("error", "not answered"))
    )
    return "\n".join([*lines, f"{name}: {counts}."]) + "\n"


def as_json(results: Results, name: str) -> str:
    """One object; its `passed` leaves out the rules that only warn."""
    document = {
        "data": name,
        "passed": results.passed,
        "rules": [_object(result) for result in results.results],
    }
    return json.dumps(document, indent=2) + "\n"


def as_junit(results: Results, name: str) -> str:
    """A test suite, with a test for each rule; one that only warns is skipped when it fails."""
    suite = ET.Element("testsuite", name=name, tests=str(len(results.results)))
    for result in results.results:
        case = ET.SubElement(suite, "testcase", classname=name, name=result.rule.text)
        if result in results.warnings:
            ET.SubElement(case, "skipped", message=f"Warning: {result.message}")
        elif result.outcome != "passed":
            kind = "failure" if result.outcome == "failed" else "error"
            ET.SubElement(case, kind, message=result.message)
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for attribute, kind in kinds.items():
        suite.set(attribute, str(len(suite.findall(f"testcase/{kind}"))))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _line(result: Result) -> str:
    is_warning = result.outcome == "failed" and result.rule.policy == "warn"
    mark = "warning" if is_warning else _MARKS[result.outcome]
    return f"{mark:<8}{result.rule.text}" + (f"  {result.message}" if result.message else "")


def _object(result: Result) -> dict[str, object]:
    return {
        "rule": result.rule.text,
        "line": result.rule.position.line,
        "column": result.rule.position.column,
        "policy": result.rule.policy,
        "labels": dict(result.rule.labels),
        "outcome": result.outcome,
        "message": result.message,
        "measured": None if result.measured is None else _finite(result.measured),
        "failing_rows": result.failing_rows,
        "metrics": {name: _finite(value) for name, value in result.metrics.items()},
    }


def _finite(value: float) -> float | None:
    """A number that JSON has."""
    return value if math.isfinite(value) else None
