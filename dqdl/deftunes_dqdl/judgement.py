"""How a rule comes from questions to a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deftunes_dqdl.measured import Measure, holds
from deftunes_dqdl.printing import print_condition
from deftunes_dqdl.questions import Answers
from deftunes_dqdl.syntax import Condition


@dataclass(frozen=True)
class Verdict:
    """What is found of a rule; the attributes are those of `Result`."""

    passed: bool
    message: str = ""
    measured: float | None = None
    failing_rows: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


Judge = Callable[[Answers], Verdict]
"""Answers in, verdict out; raises EvaluationError where there is no telling."""


def by_measure(
    metric: str, condition: Condition, measure: Measure, failing_rows: int | None = None
) -> Verdict:
    """Judge by one measured number.

    Args:
        metric: Glue's name of it.
        condition: What it is held against.
        measure: The number.
        failing_rows: How many rows keep it from being better, where rows do.
    """
    passed = holds(condition, measure)
    name = metric.rsplit(".", 1)[-1]
    shown = f"{float(measure):.6g}"
    message = "" if passed else f"{name} is {shown}, wanted {print_condition(condition)}."
    if not passed and failing_rows:
        message = f"{message} {rows(failing_rows)} the cause."
    return Verdict(passed, message, float(measure), failing_rows, {metric: float(measure)})


def by_rows(metric: str, threshold: Condition | None, asked: int, failing: int) -> Verdict:
    """Judge by the rows that pass: all must, or the share that the threshold wants.

    Without a row there is none that fails: that passes, whatever the threshold.

    Args:
        metric: Glue's name of the share.
        threshold: What the share is held against.
        asked: How many rows are judged.
        failing: How many of them fail.
    """
    share = (asked - failing) / asked if asked else 1.0
    passed = not asked or (holds(threshold, share) if threshold else not failing)
    message = f"{failing} of {asked} rows fail."
    if threshold:
        message = f"{message} {share:.6g} pass, wanted {print_condition(threshold)}."
    return Verdict(passed, "" if passed else message, share, failing, {metric: share})


def rows(count: int) -> str:
    """`1 row is`, `2 rows are`."""
    return "1 row is" if count == 1 else f"{count} rows are"
