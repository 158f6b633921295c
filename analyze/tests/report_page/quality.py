"""What rules found in thirty days of loads, with every kind of sign among the last of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from .shop import fill

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {"session_items": 12, "sessions": 7, "songs": 6, "users": 6}
"""How many rules each has."""
FIRST = datetime(2026, 10, 23, 6, 0)  # noqa: DTZ001 - the warehouse's times carry no zone: UTC
DAYS = 30
PRICE, TRACKS = 'ColumnValues "price" <= 2', 'ReferentialIntegrity "song_id" "songs.track_id" = 1.0'
UNSAFE = 'ColumnValues "currency" in ["<b>USD</b>"]'

Found = dict[str, int]


def found_on(day: int, table: str) -> Found | None:
    """The rules that did not pass, by verdict; None on days on which nothing changed."""
    if table == "songs":
        return {} if day == 3 else None
    if table == "users":
        return {"not answered": 1} if day == 25 else {}
    if table == "sessions":
        return {}
    special = {20: {"failed": 2}, 27: {"set aside": 1}, DAYS - 1: {"set aside": 2}}
    return {"warned": 1} | special.get(day, {})


def moment_of(day: int) -> datetime:
    return FIRST + timedelta(days=day)


def is_published(day: int) -> bool:
    return day != 20


FINDINGS: list[tuple[Any, ...]] = [
    ("session_items", 3, TRACKS, "warned", None, "Ratio is 0.71, wanted = 1.0."),
    ("session_items", 6, PRICE, "set aside", 1234, None),
    ("session_items", 8, UNSAFE, "set aside", 1, None),
    ("session_items", 1, 'IsComplete "user_id"', "passed", 0, None),
]
"""Of the last day: table, number of the rule, rule, verdict, failing rows, sentence."""
QUARANTINE: list[tuple[Any, ...]] = [
    ("session_items", PRICE, 1243, moment_of(27)),
    ("session_items", f"{PRICE}\n{UNSAFE}", 1, moment_of(DAYS - 1)),
]


def write_quality(file: Path) -> None:
    """Fill the warehouse's tables of quality as far as the report reads them."""
    history = []
    for table, rules in TABLES.items():
        days = [day for day in range(DAYS) if found_on(day, table) is not None]
        for recency, day in enumerate(reversed(days), start=1):
            found = found_on(day, table) or {}
            kinds = ("warned", "set aside", "not answered", "failed")
            counts = [found.get(kind, 0) for kind in kinds]
            aside = 1234 if table == "session_items" and day == DAYS - 1 else 0
            decision = "publish" if is_published(day) else "block"
            load = (table, f"run-{day}", moment_of(day), recency)
            history.append((*load, rules - sum(counts), *counts, aside, decision))
    new, old = ((f"run-{day}", moment_of(day)) for day in (DAYS - 1, DAYS - 2))
    checks = [(table, *new, number, *facts) for table, number, *facts in FINDINGS]
    checks.append(("session_items", *old, 2, "of an older load", "failed", 1, None))
    with duckdb.connect(file) as warehouse:
        content: dict[str, list[tuple[Any, ...]]] = {
            "deftunes_bi_views.quality_history_vw": history,
            "deftunes_serving.fact_quality_check": checks,
            "deftunes_bi_views.quarantine_vw": QUARANTINE,
        }
        fill(warehouse, content)
