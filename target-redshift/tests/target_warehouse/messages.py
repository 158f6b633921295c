"""Singer messages of a stream of songs, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Message = dict[str, Any]

WHOLE = {"type": "integer"}
TEXT = {"type": ["null", "string"]}
NUMBER = {"type": ["null", "number"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}


def schema(
    stream: str, properties: dict[str, Any], keys: Iterable[str] = ("id",), **more: Any
) -> Message:
    body = {"type": "object", "properties": properties, **more}
    return {"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": list(keys)}


def record(stream: str, version: int | None = None, **values: Any) -> Message:
    message: Message = {"type": "RECORD", "stream": stream, "record": values}
    return message if version is None else {**message, "version": version}


def activate(version: int, stream: str = "songs") -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def state(**bookmarks: Any) -> Message:
    return {"type": "STATE", "value": {"bookmarks": bookmarks}}


SONGS = schema("songs", {"id": WHOLE, "v": TEXT})
PLAYS = schema("plays", {"v": TEXT}, keys=[])


def song(number: int, version: int | None = None, *, v: str | None = "x") -> Message:
    return record("songs", version, id=number, v=v)


def play(v: str, version: int | None = None) -> Message:
    return record("plays", version, v=v)
