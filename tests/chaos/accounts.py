"""By hand: what run records and results of rules say of loads that nothing ended."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.readers import read_loads, read_tables

CHANGES: dict[int, dict[str, tuple[int, int, int, int, int]]] = {
    1: {
        "shops": (2, 0, 0, 0, 0),
        "orders": (3, 0, 0, 0, 1),
        "stock": (3, 0, 0, 0, 1),
        "events": (2, 0, 0, 0, 1),
        "lines": (4, 0, 0, 0, 1),
    },
    2: {
        "shops": (0, 0, 0, 2, 0),
        "orders": (2, 2, 0, 0, 1),
        "stock": (0, 1, 1, 0, 2),
        "events": (1, 0, 0, 0, 1),
        "lines": (2, 1, 1, 1, 1),
    },
    3: {},
}
"""Rows inserted, updated, deleted, unchanged and set aside, of each load with rules."""

RESULTS: dict[int, list[tuple[str, int, str, str]]] = {
    1: [
        ("events", 1, "failed", "publish"),
        ("lines", 1, "passed", "publish"),
        ("lines", 2, "failed", "publish"),
        ("orders", 1, "failed", "publish"),
        ("orders", 2, "passed", "publish"),
        ("shops", 1, "passed", "publish"),
        ("stock", 1, "failed", "publish"),
    ],
    2: [
        ("events", 1, "failed", "publish"),
        ("lines", 1, "passed", "publish"),
        ("lines", 2, "failed", "publish"),
        ("orders", 1, "failed", "publish"),
        ("orders", 2, "passed", "publish"),
        ("stock", 1, "failed", "publish"),
    ],
    3: [
        ("events", 1, "failed", "block"),
        ("lines", 1, "failed", "block"),
        ("lines", 2, "passed", "block"),
        ("orders", 1, "passed", "block"),
        ("orders", 2, "passed", "block"),
        ("shops", 1, "passed", "block"),
        ("stock", 1, "passed", "block"),
    ],
}
"""Table, number, outcome and decision of each rule that was asked in a load."""


def changes_in(lake: Path, run_id: str) -> dict[str, tuple[int, int, int, int, int]]:
    """What the record says of a run's streams that are published, in the form of `CHANGES`."""
    names = ("inserted", "updated", "deleted", "unchanged", "withheld")
    found = {}
    for name, stream in read_loads(lake)[run_id]["streams"].items():
        if stream["published"]:
            inserted, updated, deleted, unchanged, withheld = (int(stream[key]) for key in names)
            found[name] = inserted, updated, deleted, unchanged, withheld
    return found


def results_of(lake: Path, run_id: str) -> list[tuple[str, int, str, str]]:
    """What the results say of a run, in the form of `RESULTS`."""
    rows = read_tables(lake, "default_quality")["results"]
    columns = ("table_name", "rule_number", "outcome", "decision")
    return sorted(tuple(row[name] for name in columns) for row in rows if row["run_id"] == run_id)
