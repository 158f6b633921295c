"""Purchases as tap-deftunes-api writes them, as many as a benchmark wants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

TYPES = {
    "item_index": "int",
    "session_start_time": "timestamp",
    "price": "decimal(10,2)",
    "liked_since": "timestamp",
}
"""The types that the platform gives their columns."""


def write_purchases(folder: Path, size: int) -> Path:
    """Write a file of Singer messages: purchases as tap-deftunes-api writes them.

    Args:
        folder: Where to.
        size: How many.
    """
    file = folder / f"{size}.singer"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(message) + "\n" for message in messages(size))
    return file


def messages(size: int) -> Iterator[dict[str, object]]:
    """A stream `items` of purchases, then a STATE."""
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    properties = {
        **dict.fromkeys(("session_id", "user_id", "song_id", "song_name", "artist_id"), text),
        **dict.fromkeys(("artist_name", "currency"), text),
        "item_index": {"type": "integer"},
        "session_start_time": moment,
        "price": {"type": "number"},
        "liked": {"type": "boolean"},
        "liked_since": {**moment, "type": ["null", "string"]},
    }
    yield {
        "type": "SCHEMA",
        "stream": "items",
        "schema": {"type": "object", "properties": properties},
        "key_properties": ["session_id", "item_index"],
    }
    for number in range(size):
        day = f"2020-0{number % 6 + 1}-{number % 28 + 1:02}"
        liked = number % 5 < 2  # noqa: PLR2004 - two of five
        yield {
            "type": "RECORD",
            "stream": "items",
            "record": {
                "session_id": f"5ab3f0f2-0000-4000-8000-{number // 4:012}",
                "item_index": number % 4,
                "user_id": f"91c2a8b4-0000-4000-8000-{number % 5000:012}",
                "session_start_time": f"{day}T10:20:30.000123Z",
                "song_id": f"TRAAAAA{number % 9999:011}",
                "song_name": f"A song of number {number % 999}",
                "artist_id": f"ARAAAAA{number % 999:011}",
                "artist_name": f"Artist {number % 999}",
                "price": (33 + number % 153) / 100,
                "currency": "USD",
                "liked": liked,
                "liked_since": "2021-05-06T07:08:09.000010Z" if liked else None,
            },
            "time_extracted": "2026-11-20T10:00:00Z",
        }
    yield {"type": "STATE", "value": {"bookmarks": {"items": size}}}
