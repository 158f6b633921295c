"""What came of evaluating rules. Nothing here holds a value of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from deftunes_dqdl.ruleset import Rule

Outcome = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class Result:
    """What came of one rule.

    Attributes:
        rule: The rule.
        outcome: `error`: it could not be answered, so it neither passed nor failed.
        measured: The number that was held against the condition; of a rule by row the share of
            rows that pass it. None if nothing was measured.
        message: Why it did not pass: a sentence, or empty.
        failing_rows: How many rows break it; None if that is no question of rows.
        metrics: What was measured, by the names that Glue gives (`Column.price.Mean`).
    """

    rule: Rule
    outcome: Outcome
    measured: float | None = None
    message: str = ""
    failing_rows: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """What came of all rules of a table, in their order."""

    results: tuple[Result, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """The rules that failed or could not be answered, those that only warn left out."""
        return tuple(
            result
            for result in self.results
            if result.outcome == "error"
            or (result.outcome == "failed" and result.rule.policy != "warn")
        )

    @property
    def warnings(self) -> tuple[Result, ...]:
        """The rules that failed and only warn."""
        return tuple(
            result
            for result in self.results
            if result.outcome == "failed" and result.rule.policy == "warn"
        )

    @property
    def passed(self) -> bool:
        """Whether no rule stands in the way."""
        return not self.failed
