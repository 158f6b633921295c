"""What the tap must write, worked out from the API's answers without any code of the tap."""

from __future__ import annotations

import json
import urllib.request
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

ALWAYS = "start_date=2000-01-01&end_date=2100-01-01"


def answered(api_url: str, path: str, fault: str = "", days: str = ALWAYS) -> list[Row]:
    """The rows of an endpoint, straight off the wire, fractions as they are spelled."""
    headers = {"X-Sandbox-Fault": fault}
    request = urllib.request.Request(f"{api_url}{path}?{days}", headers=headers)
    with urllib.request.urlopen(request) as answer:
        rows: list[Row] = json.loads(answer.read(), parse_float=Decimal)
    return rows


def utc(naive: str | None) -> str | None:
    return None if naive is None else f"{naive}+00:00"


def users(rows: list[Row]) -> list[Row]:
    return [
        {
            "user_id": row["user_id"],
            "user_name": row["user_name"],
            "user_lastname": row["user_lastname"],
            "user_since": utc(row["user_since"]),
            "latitude": Decimal(row["user_location"][0]),
            "longitude": Decimal(row["user_location"][1]),
            "place_name": row["user_location"][2],
            "country_code": row["user_location"][3],
            "timezone": row["user_location"][4],
        }
        for row in rows
    ]


def sessions(rows: list[Row]) -> list[Row]:
    return [
        {
            "session_id": row["session_id"],
            "user_id": row["user_id"],
            "session_start_time": utc(row["session_start_time"]),
            "user_agent": row["user_agent"],
            "item_count": len(row["session_items"]),
        }
        for row in rows
    ]


def session_items(rows: list[Row]) -> list[Row]:
    return [
        {
            "session_id": row["session_id"],
            "item_index": index,
            "user_id": row["user_id"],
            "session_start_time": utc(row["session_start_time"]),
            **item,
            "liked_since": utc(item["liked_since"]),
        }
        for row in rows
        for index, item in enumerate(row["session_items"])
    ]


def everything(user_rows: list[Row], session_rows: list[Row]) -> dict[str, list[Row]]:
    """All streams."""
    return {
        "users": users(user_rows),
        "sessions": sessions(session_rows),
        "session_items": session_items(session_rows),
    }


def in_order(rows: list[Row]) -> list[Row]:
    """The rows by key, whatever order they came in."""
    names = [name for name in ("user_id", "session_id") if name in rows[0]][-1:]
    return sorted(rows, key=lambda row: (row[names[0]], row.get("item_index", 0)))
