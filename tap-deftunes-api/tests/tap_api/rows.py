"""Rows as the API serves them: the published ones, and small made-up ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]

FIXTURES = Path(__file__).parent / "fixtures"


def published(name: str) -> list[Row]:
    rows: list[Row] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def user(since: str, key: str | None = None, **changes: Any) -> Row:
    row = {
        "user_id": key or f"user-{since}",
        "user_name": "Ada",
        "user_lastname": "Secretperson",
        "user_location": ["51.168", "-7.9730", "Skövde", "SE", "Europe/Stockholm"],
        "user_since": since,
    }
    return row | changes


def item(price: Any = 1.03, **changes: Any) -> Row:
    row = {
        "song_id": "TRXKAGX128F9342DD7",
        "song_name": "3 Cards",
        "artist_id": "AR475MP1187B9A5449",
        "artist_name": "The  Balancing Act",
        "price": price,
        "currency": "USD",
        "liked": False,
        "liked_since": None,
    }
    return row | changes


def session(start: str, key: str | None = None, items: int = 1, **changes: Any) -> Row:
    row = {
        "user_id": "6b287203-7cab-4f1a-b1a4-2b5076294682",
        "session_id": key or f"session-{start}",
        "session_items": [item(round(0.5 + index / 100, 2)) for index in range(items)],
        "user_agent": "Secretbrowser/5.0",
        "session_start_time": start,
    }
    return row | changes
