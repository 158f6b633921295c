"""The purchase API with so many sessions, and what it serves."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import requests

from deftunes_sandbox import Sandbox, SandboxSettings
from paired.content import Content, fingerprint

FIRST, LAST = date(2020, 1, 1), date(2020, 6, 30)
DAYS = (LAST - FIRST).days + 1

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


@contextmanager
def purchase_api(sessions: int, latency: float = 0.0) -> Iterator[str]:
    """Serve about so many sessions, of half a year; gives the API's URL.

    Args:
        sessions: How many.
        latency: Seconds that each answer waits.
    """
    settings = SandboxSettings(
        api_port=0,
        sessions_per_day=max(1, round(sessions / DAYS)),
        history_start=FIRST,
        history_end=LAST,
        fault=f"latency={latency}" if latency else "",
    )
    with Sandbox(settings, services=["api"]) as sandbox:
        yield sandbox.api_url


def windows(kind: str) -> list[tuple[str, str]]:
    """First and last day of each month or day of the history."""
    found, day = [], FIRST
    while day <= LAST:
        end = day if kind == "day" else day.replace(day=monthrange(day.year, day.month)[1])
        found.append((day.isoformat(), end.isoformat()))
        day = end + timedelta(days=1)
    return found


def served(api_url: str) -> Content:
    """What the API serves, read month by month by none of the programs that are measured."""
    sessions: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for first, last in windows("month"):
        answer = requests.get(
            f"{api_url}/sessions", params={"start_date": first, "end_date": last}, timeout=600
        )
        for session in _DECODER.decode(answer.content):
            inside = session.pop("session_items")
            sessions.append({**session, "item_count": len(inside)})
            of_session = {
                name: session[name] for name in ("session_id", "user_id", "session_start_time")
            }
            items += ({**of_session, "item_index": n, **item} for n, item in enumerate(inside))
    rows = {"sessions": sessions, "session_items": items}
    return {
        name: fingerprint(pa.Table.from_pylist(values).to_reader(), name)
        for name, values in rows.items()
    }
