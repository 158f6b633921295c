"""What target-s3 writes down of its rules, by hand: every kind of verdict, and rows set aside."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from .lake import COLUMNS, LOADED, MOMENT, NAMESPACE, TEXT, Row, write_iceberg

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = f"{NAMESPACE}_quality.results"
QUARANTINE = f"{NAMESPACE}_quarantine"
RESULT_COLUMNS = [
    ("run_id", TEXT),
    ("checked_at", MOMENT),
    ("table_name", TEXT),
    ("rule_number", pa.int32()),
    ("rule", TEXT),
    ("policy", TEXT),
    ("outcome", TEXT),
    ("measured", pa.float64()),
    ("failing_rows", pa.int64()),
    ("checked_rows", pa.int64()),
    ("message", TEXT),
    ("decision", TEXT),
    ("rows_set_aside", pa.int64()),
]
SET_ASIDE = [
    ("_quarantine_rules", TEXT),
    ("_quarantine_run_id", TEXT),
    ("_quarantined_at", MOMENT),
]

FIRST, SECOND, THIRD, FOURTH = (
    datetime.fromisoformat(moment)
    for moment in (
        "2024-02-25T06:00:01.000001",
        "2024-02-25T06:05:00",
        "2024-02-28T06:00:00",
        "2024-03-01T06:00:00",
    )
)
CHEAP, PAID = 'ColumnValues "price" <= 2', 'ColumnValues "price" > 0'
KNOWN = 'ReferentialIntegrity "song_id" "songs.track_id" = 1.0'
PRIVATE = "Geheim-Straße"
"""A value of a row that was set aside: it is shown nowhere."""


def held(load: Row, table: str, number: int, rule: str, outcome: str, **facts: Any) -> Row:
    """One rule held against a table in a load."""
    aside = {"rows_set_aside": WITHHELD.get((load["checked_at"], table), 0)}
    blank = {"policy": "block", "measured": 1.0, "checked_rows": 10, "message": ""}
    place = {"table_name": table, "rule_number": number, "rule": rule, "outcome": outcome}
    return load | blank | place | aside | facts


def set_aside(rules: str, run_id: str, moment: datetime, **values: Any) -> Row:
    """One row in quarantine."""
    own = {"_quarantine_rules": rules, "_quarantine_run_id": run_id, "_quarantined_at": moment}
    return own | values


A = {"run_id": "run-1", "checked_at": FIRST, "decision": "publish"}
B = {"run_id": "run-1", "checked_at": SECOND, "decision": "publish"}  # the run's other line
C = {"run_id": "run-2", "checked_at": THIRD, "decision": "block"}
D = {"run_id": "run-3", "checked_at": FOURTH, "decision": "publish"}  # users had not changed
WITHHELD = {(FIRST, "session_items"): 2, (FOURTH, "session_items"): 3}
"""Rows that a load set aside from a table; in the last one, one of them broke two rules."""
UNKNOWN = {"policy": "warn", "measured": 0.75, "message": "Ratio is 0.75, wanted = 1.0."}

CHECKS = [
    held(A, "users", 1, 'IsComplete "user_id"', "passed", failing_rows=0),
    held(A, "users", 2, 'Uniqueness "user_id" > 0.95', "passed", message=None),
    held(A, "session_items", 1, CHEAP, "failed", policy="quarantine", failing_rows=2),
    held(A, "session_items", 2, PAID, "passed", policy="quarantine", failing_rows=0),
    held(A, "session_items", 3, KNOWN, "failed", **UNKNOWN),
    held(B, "songs", 1, 'IsPrimaryKey "track_id"', "passed"),
    held(C, "sessions", 1, 'IsComplete "session_id"', "passed", failing_rows=0),
    held(C, "session_items", 1, CHEAP, "failed", policy="quarantine", failing_rows=9),
    held(C, "session_items", 2, PAID, "failed", failing_rows=4, message="4 rows are the cause."),
    held(C, "session_items", 3, KNOWN, "error", policy="warn", measured=None, message="No songs."),
    held(D, "sessions", 1, 'IsComplete "session_id"', "passed", failing_rows=0),
    held(D, "session_items", 1, CHEAP, "failed", policy="quarantine", failing_rows=2),
    held(D, "session_items", 2, PAID, "failed", policy="quarantine", failing_rows=2),
    held(D, "session_items", 3, KNOWN, "failed", **UNKNOWN),
]
IN_QUARANTINE = {
    "session_items": [
        set_aside(CHEAP, "run-1", FIRST, session_id="one"),
        set_aside(CHEAP, "run-1", FIRST, session_id="two"),
        set_aside(CHEAP, "run-3", FOURTH, session_id="three"),
        set_aside(f"{CHEAP}\n{PAID}", "run-3", FOURTH, session_id="four"),
        set_aside(PAID, "run-3", FOURTH, session_id="five"),
    ],
    "users": [set_aside('IsComplete "user_name"', "run-3", FOURTH, user_lastname=PRIVATE)],
}
"""By table; sessions and songs never had any, so they have no such table."""


def write_quality(lake: Path, checks: list[Row]) -> None:
    """Write the results of rules, and the rows in quarantine."""
    write_iceberg(lake, RESULTS, "transform_zone_quality", RESULT_COLUMNS, checks)
    for table, rows in IN_QUARANTINE.items():
        columns = COLUMNS[table] + LOADED + SET_ASIDE
        name = f"{QUARANTINE}.{table}"
        write_iceberg(lake, name, "transform_zone_quarantine", columns, rows)
