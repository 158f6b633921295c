"""Loads besides those of the hand-made lake: one that was stopped last, and some close together."""

from __future__ import annotations

from datetime import datetime

from tests.transform.quality import held

FEW, MORE, AT_ONCE, STOPPED = (
    {"run_id": "run-5", "checked_at": datetime.fromisoformat(moment), "decision": decision}
    for moment, decision in (
        ("2024-03-02T06:00:10", "publish"),
        ("2024-03-02T06:00:20", "publish"),
        ("2024-03-02T06:00:20.500000", "publish"),
        ("2024-03-03T06:00:00", "block"),
    )
)
COMPLETE, KEY = 'IsComplete "user_id"', 'IsPrimaryKey "user_id"'

LOADS = [
    # a rule by row is asked of the load's rows, one on the whole table of all
    held(FEW, "users", 1, COMPLETE, "passed", checked_rows=3),
    held(FEW, "users", 2, KEY, "passed", checked_rows=12),
    held(MORE, "users", 1, COMPLETE, "passed", checked_rows=5),
    held(MORE, "users", 2, KEY, "passed", checked_rows=17),
    held(AT_ONCE, "users", 1, COMPLETE, "passed", checked_rows=7),
    held(AT_ONCE, "users", 2, KEY, "passed", checked_rows=24),
    held(STOPPED, "songs", 1, 'IsPrimaryKey "track_id"', "failed", checked_rows=40),
]
