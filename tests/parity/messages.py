"""A day as Singer messages, as our taps would send them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.parity.days import Day, Row

_TEXT = {"type": ["null", "string"]}
_MOMENT = {"type": ["null", "string"], "format": "date-time"}
_NUMBER = {"type": ["null", "number"]}
_WHOLE = {"type": ["null", "integer"]}
_FLAG = {"type": ["null", "boolean"]}
_KEY = {"type": "string"}

SCHEMAS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "users": (
        {
            "user_id": _KEY,
            "user_name": _TEXT,
            "user_lastname": _TEXT,
            "user_since": _MOMENT,
            "latitude": _NUMBER,
            "longitude": _NUMBER,
            "place_name": _TEXT,
            "country_code": _TEXT,
            "timezone": _TEXT,
        },
        ["user_id"],
    ),
    "sessions": (
        {
            "session_id": _KEY,
            "user_id": _TEXT,
            "session_start_time": _MOMENT,
            "user_agent": _TEXT,
            "item_count": _WHOLE,
        },
        ["session_id"],
    ),
    "session_items": (
        {
            "session_id": _KEY,
            "item_index": {"type": "integer"},
            "user_id": _TEXT,
            "session_start_time": _MOMENT,
            "song_id": _TEXT,
            "song_name": _TEXT,
            "artist_id": _TEXT,
            "artist_name": _TEXT,
            "price": _NUMBER,
            "currency": _TEXT,
            "liked": _FLAG,
            "liked_since": _MOMENT,
        },
        ["session_id", "item_index"],
    ),
    "deftunes-songs": (
        {
            "track_id": _KEY,
            **dict.fromkeys(
                ("title", "song_id", "release", "artist_id", "artist_mbid", "artist_name"), _TEXT
            ),
            **dict.fromkeys(("duration", "artist_familiarity", "artist_hotttnesss"), _NUMBER),
            **dict.fromkeys(("year", "track_7digitalid", "shs_perf", "shs_work"), _WHOLE),
        },
        ["track_id"],
    ),
}


def purchases_of(day: Day) -> bytes:
    """What tap-deftunes-api says."""
    records = {
        "users": [_user(row) for row in day.users],
        "sessions": [_session(row) for row in day.sessions],
        "session_items": [item for row in day.sessions for item in _items(row)],
    }
    said = [_schema(stream) for stream in records]
    for stream, rows in records.items():
        said += [_record(stream, row) for row in rows]
    return _lines([*said, {"type": "STATE", "value": {"day": day.name}}])


def songs_of(day: Day, version: int) -> bytes:
    """What tap-postgres says: all of the table, so what is missing is gone."""
    stream = "deftunes-songs"
    activate = {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}
    rows = [_record(stream, row) | {"version": version} for row in day.songs or ()]
    state = {"type": "STATE", "value": {}}
    return _lines([_schema(stream), activate, *rows, activate, state])


def _schema(stream: str) -> Row:
    properties, keys = SCHEMAS[stream]
    schema = {"type": "object", "properties": properties}
    return {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": keys}


def _record(stream: str, row: Row) -> Row:
    return {"type": "RECORD", "stream": stream, "record": row}


def _user(row: Row) -> Row:
    latitude, longitude, place, country, zone = row["user_location"]
    return {
        **{name: row[name] for name in ("user_id", "user_name", "user_lastname", "user_since")},
        "latitude": Decimal(latitude),
        "longitude": Decimal(longitude),
        "place_name": place,
        "country_code": country,
        "timezone": zone,
    }


def _session(row: Row) -> Row:
    kept = ("session_id", "user_id", "session_start_time", "user_agent")
    return {
        **{name: row[name] for name in kept},
        "item_count": len(row["session_items"]),
    }


def _items(session: Row) -> Iterator[Row]:
    kept = ("session_id", "user_id", "session_start_time")
    for index, item in enumerate(session["session_items"]):
        yield {**{name: session[name] for name in kept}, "item_index": index, **item}


def _lines(messages: list[Row]) -> bytes:
    return b"".join(json.dumps(each, default=_spelled).encode() + b"\n" for each in messages)


def _spelled(value: Any) -> float:
    """Few digits: the number that is nearest is spelled as it was."""
    return float(Decimal(value))
