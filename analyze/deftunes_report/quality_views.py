"""From what came of the rules to what the page shows: signs, words, loads side by side."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from deftunes_report.signs import SHAPES, Load
from deftunes_report.views import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deftunes_report.quality import CheckedLoad, Finding

MEANING = {
    "passed": "all rules passed",
    "held back": "held back with its load",
    "warned": "warned",
    "set aside": "set rows aside",
    "not answered": "a rule without an answer",
    "failed": "a rule failed",
}
"""What each sign says of a table in a load."""


def kind_of(load: CheckedLoad) -> str:
    """Choose the sign of a table in a load: the worst that came of a rule.

    Where nothing of its own stood in the way, a table that is held back has passed for nothing.
    """
    harmless = load.worst in {"passed", "warned"}
    return "held back" if harmless and not load.published else load.worst


def outcome_of(load: CheckedLoad) -> str:
    """Say what became of a table in a load, and the worst that was found."""
    kind = kind_of(load)
    if kind == "held back":
        return "Held back with its load"
    return f"{'Published' if load.published else 'Held back'}, {MEANING[kind]}"


def words_of(load: CheckedLoad) -> str:
    """Say what came of a table in a load, such as `published; 11 of 12 rules passed, 1 warned`."""
    decision = "published" if load.published else "held back"
    counted = {verdict: number for verdict, number in load.rules.items() if verdict != "passed"}
    others = "".join(f", {number} {verdict}" for verdict, number in counted.items() if number)
    return f"{decision}; {load.rules['passed']} of {load.held} rules passed{others}"


def reason_of(finding: Finding) -> str:
    """Say why a rule did not pass."""
    if finding.message:
        return finding.message
    if finding.failing_rows is None:
        return "The load left no reason."
    rows = (
        "1 row breaks" if finding.failing_rows == 1 else f"{count(finding.failing_rows)} rows break"
    )
    return f"{rows} it."


def side_by_side(loads: Iterable[CheckedLoad]) -> list[Load]:
    """Make a column of each load, for all tables that it held rules against.

    Args:
        loads: Oldest first.
    """
    return [
        Load(
            f"{moment.day} {moment:%b}",
            f"{moment:%H:%M}",
            {load.table: (kind_of(load), words_of(load)) for load in together},
        )
        for (moment, _), together in groupby(loads, key=lambda load: (load.checked_at, load.run_id))
    ]


def legend_of(loads: Sequence[Load]) -> list[tuple[str, str]]:
    """The signs that are in the chart, each with its meaning."""
    shown = {kind for load in loads for kind, _ in load.signs.values()}
    return [(kind, MEANING[kind]) for kind in SHAPES if kind in shown]
