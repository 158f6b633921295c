"""What came of a table's rules, for people, records and whoever decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from columnar_target.settings import Limit
from deftunes_dqdl import Outcome, Policy, Result


@dataclass(frozen=True)
class Checked:
    """One rule, held against rows.

    Attributes:
        number: Its place in the file, from 1.
        rule: Its text.
        policy: What follows from breaking it.
        outcome: `error`: it could not be answered.
        measured: The number that was held against its condition, if any.
        failing_rows: How many rows break it, if that is a question of rows.
        checked_rows: How many rows it was held against.
        message: Why it did not pass: a sentence, or empty.
        keys: Keys of some rows that break it, such as `order_id=7`.
    """

    number: int
    rule: str
    policy: Policy
    outcome: Outcome
    measured: float | None
    failing_rows: int | None
    checked_rows: int
    message: str = ""
    keys: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, number: int, result: Result, checked_rows: int, keys: tuple[str, ...] = ()
    ) -> Checked:
        """What an evaluated rule says.

        Args:
            number: Its place in the file.
            result: What came of it.
            checked_rows: How many rows it was held against.
            keys: Keys of some rows that break it.
        """
        return cls(
            number,
            result.rule.text,
            result.rule.policy,
            result.outcome,
            result.measured,
            result.failing_rows,
            checked_rows,
            result.message,
            keys,
        )

    @property
    def stops(self) -> bool:
        """Whether nothing may be published because of it."""
        stopping = {"block": ("failed", "error"), "quarantine": ("error",), "warn": ()}
        return self.outcome in stopping[self.policy]

    def sentence(self) -> str:
        """Why it did not pass, with keys of rows."""
        such = f" Among them: {'; '.join(self.keys)}." if self.keys else ""
        said = self.message or f"{self.failing_rows} of {self.checked_rows} rows fail."
        return f"{self.rule} ({self.policy}): {said}{such}"


@dataclass(frozen=True)
class Verdict:
    """What came of the rules of one table.

    Attributes:
        table: Its name.
        file: Where the rules stand.
        checks: In the file's order; none if no row was about to change.
        arrived: How many rows the load brought.
        withheld: How many of them are set aside.
        limit: How many may be.
    """

    table: str
    file: str
    checks: tuple[Checked, ...]
    arrived: int
    withheld: int
    limit: Limit
    is_above_limit: bool = field(init=False)

    def __post_init__(self) -> None:
        above = not self.limit.allows(self.withheld, of=self.arrived)
        object.__setattr__(self, "is_above_limit", above)

    @property
    def stops(self) -> bool:
        """Whether nothing may be published."""
        return self.is_above_limit or any(check.stops for check in self.checks)

    def reasons(self) -> Iterator[str]:
        """Why it stops, in sentences."""
        if self.is_above_limit:
            yield (
                f"Table {self.table}: {self.withheld} of {self.arrived} rows would be set aside, "
                f"more than quarantine_limit ({self.limit.text}) allows."
            )
        for check in self.checks:
            broken = check.policy == "quarantine" and check.outcome == "failed"
            if check.stops or (self.is_above_limit and broken):
                yield f"Table {self.table}: {check.sentence()}"

    def remarks(self) -> Iterator[str]:
        """What else did not pass, in sentences."""
        for check in self.checks:
            if check.outcome != "passed" and not check.stops:
                yield f"Table {self.table}: {check.sentence()}"
