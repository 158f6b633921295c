"""The goals beside what was measured: met, not met, or not to be judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.conftest import Load


def contest(*runs: tuple[str, str, float], **changes: Any) -> dict[str, Any]:
    return {
        "case": "toy",
        "size": 3,
        "title": "A toy",
        "excludes": "Nothing.",
        "when": "2026-11-21",
        "machine": "a machine",
        "load": 0.1,
        "steps": {"load": "the load", "again": "the same again"},
        "idle": ["again"],
        "goals": [],
        "contestants": dict.fromkeys((who for who, _, _ in runs), "about it"),
        "runs": [
            {
                "contestant": who,
                "step": step,
                "cpu": cpu,
                "wall": 2 * cpu,
                "memory": 100 * cpu,
                "largest": 50 * cpu,
                "committed": step == "load",
            }
            for who, step, cpu in runs
        ],
        **changes,
    }


def goal(limit: float, against: str | None = None, figure: str = "cpu") -> dict[str, Any]:
    return {"limit": limit, "against": against, "figure": figure, "step": "load"}


@pytest.mark.parametrize(
    ("asked", "found", "met"),
    [
        (goal(0.5, "peer"), "0.5", True),
        (goal(0.4, "peer"), "0.5", False),
        (goal(5, None, "wall"), "6.0 s of wall", False),
        (goal(300, None, "memory"), "300 MB", True),
    ],
)
def test_a_goal_is_held_against_medians(
    load: Load, asked: dict[str, Any], found: str, *, met: bool
) -> None:
    runs = [*((("ours", "load", cpu)) for cpu in (2.0, 3.0, 9.0)), ("peer", "load", 6.0)]
    ((_, measured, judged),) = load("paired.report").verdicts(
        contest(*runs, goals=[asked], idle=[])
    )
    assert (measured, judged) == (found, met)


def test_a_goal_against_one_who_did_not_run_is_not_judged(load: Load) -> None:
    told = contest(("ours", "load", 1.0), goals=[goal(1, "peer")], idle=[])
    assert list(load("paired.report").verdicts(told)) == []


@pytest.mark.parametrize("commits", [True, False])
def test_who_finds_nothing_new_must_not_commit(load: Load, *, commits: bool) -> None:
    told = contest(("ours", "again", 1.0))
    told["runs"][0]["committed"] = commits
    ((_, _, met),) = load("paired.report").verdicts(told)
    assert met is not commits


def test_the_tables_take_the_place_of_the_earlier_ones_and_of_nothing_else(
    load: Load, tmp_path: Path
) -> None:
    report, file = load("paired.report"), tmp_path / "results.md"
    file.write_text(f"# A\n\n{report.BEGIN}\nold\n{report.END}\n\n## B\n", encoding="utf-8")
    runs = [("ours", step, cpu) for step, cpu in (("load", 1.0), ("load", 3.0), ("again", 0.5))]
    for _ in range(2):
        report.write(file, {"toy 3": contest(*runs)})
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# A\n\n{report.BEGIN}\n\n| Work | Goal for ours |")
        assert text.endswith(f"{report.END}\n\n## B\n")
        assert "old" not in text
        assert "| **ours**: about it | 2.00 (1.00 to 3.00) |  | 4.00 | 300 (150) | 2 |" in text
        assert "| A toy | the same again: no commit | none | met |" in text
