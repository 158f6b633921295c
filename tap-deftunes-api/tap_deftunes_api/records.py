"""From the API's records to the records of our streams. Pure: data in, data out."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_deftunes_api.errors import InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_deftunes_api.windows import Window

Row = dict[str, Any]
"""A record as the API gave it: JSON, its fractions as `Decimal`."""

Record = dict[str, Any]
"""A record of one of our streams, ready to be written as JSON."""

LOCATION = ("latitude", "longitude", "place_name", "country_code", "timezone")
"""What the five strings of `user_location` are, in order."""

_COORDINATE = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_ABSENT = object()


class _FieldError(Exception):
    """A field breaks the contract. Holds the field and what is wrong with it, never its value."""


def user_records(rows: Iterable[Any], window: Window) -> dict[str, list[Record]]:
    """Turn an answer of `/users` into records of the stream `users`.

    Args:
        rows: The elements of the answer's array.
        window: Records of other days are left out.

    Returns:
        The records by stream. A `user_id` that is answered twice comes once, as it was last.

    Raises:
        InvalidRecordError: A record breaks the contract.
    """
    first, last = window.first.isoformat(), window.last.isoformat()
    users: dict[str, Record] = {}
    for position, row in enumerate(rows):
        user_id = _key(row, "user_id", "users", position)
        try:
            since = utc_timestamp(row, "user_since")
            if first <= since[:10] <= last:
                users[user_id] = _user(row, user_id, since)
        except _FieldError as fault:
            raise _invalid("users", f"user_id {user_id}", window, fault) from None
    return {"users": list(users.values())}


def session_records(rows: Iterable[Any], window: Window) -> dict[str, list[Record]]:
    """Turn an answer of `/sessions` into records of the streams `sessions` and `session_items`.

    Args:
        rows: The elements of the answer's array.
        window: Records of other days are left out.

    Returns:
        The records by stream. A `session_id` that is answered twice comes once, as it was last,
        with the items it had last.

    Raises:
        InvalidRecordError: A record breaks the contract.
    """
    first, last = window.first.isoformat(), window.last.isoformat()
    sessions: dict[str, Record] = {}
    for position, row in enumerate(rows):
        session_id = _key(row, "session_id", "sessions", position)
        try:
            start = utc_timestamp(row, "session_start_time")
            if first <= start[:10] <= last:
                sessions[session_id] = _session(row, session_id, start)
        except _FieldError as fault:
            raise _invalid("sessions", f"session_id {session_id}", window, fault) from None
    return {
        "sessions": list(sessions.values()),
        "session_items": [
            _checked_item(session, index, item, window)
            for session in sessions.values()
            for index, item in enumerate(session["session_items"])
        ],
    }


def utc_timestamp(row: Row, field: str) -> str:
    """Read a timestamp: naive ones are UTC, others are converted to UTC.

    Returns:
        ISO 8601 with microseconds and the offset spelled out: texts that sort as the instants do.
    """
    try:
        parsed = datetime.fromisoformat(row[field])
        if parsed.tzinfo is not None:
            parsed = parsed.astimezone(timezone.utc).replace(tzinfo=None)
    except KeyError:
        raise _FieldError(f"{field} is missing") from None
    except (TypeError, ValueError, OverflowError):
        raise _FieldError(f"{field} is not a timestamp") from None
    return parsed.isoformat(timespec="microseconds") + "+00:00"


def _user(row: Row, user_id: str, since: str) -> Record:
    latitude, longitude, place_name, country_code, zone = _location(row)
    return {
        "user_id": user_id,
        "user_name": _text(row, "user_name"),
        "user_lastname": _text(row, "user_lastname"),
        "user_since": since,
        "latitude": _coordinate(latitude, "latitude"),
        "longitude": _coordinate(longitude, "longitude"),
        "place_name": place_name,
        "country_code": country_code,
        "timezone": zone,
    }


def _session(row: Row, session_id: str, start: str) -> Record:
    items = row.get("session_items", _ABSENT)
    if not isinstance(items, list):
        raise _FieldError(_complaint("session_items", items, "an array"))
    return {
        "session_id": session_id,
        "user_id": _text(row, "user_id"),
        "session_start_time": start,
        "user_agent": _text(row, "user_agent"),
        "item_count": len(items),
        "session_items": items,
    }


def _checked_item(session: Record, index: int, item: Any, window: Window) -> Record:
    try:
        return _item(session, index, item)
    except _FieldError as fault:
        key = f"session_id {session['session_id']}, item_index {index}"
        raise _invalid("session_items", key, window, fault) from None


def _item(session: Record, index: int, item: Any) -> Record:
    if not isinstance(item, dict):
        raise _FieldError("the item is not an object")
    return {
        "session_id": session["session_id"],
        "item_index": index,
        "user_id": session["user_id"],
        "session_start_time": session["session_start_time"],
        "song_id": _text(item, "song_id"),
        "song_name": _text(item, "song_name"),
        "artist_id": _text(item, "artist_id"),
        "artist_name": _text(item, "artist_name"),
        "price": _number(item, "price"),
        "currency": _text(item, "currency"),
        "liked": _flag(item, "liked"),
        "liked_since": (
            None if item.get("liked_since", _ABSENT) is None else utc_timestamp(item, "liked_since")
        ),
    }


def _key(row: Any, field: str, stream: str, position: int) -> str:
    key = row.get(field) if isinstance(row, dict) else None
    if isinstance(key, str) and key:
        return key
    raise InvalidRecordError(
        f"Element {position} of the answer for {stream} has no {field}: without a key it cannot "
        "be loaded. Have the API mended, then run again."
    )


def _text(row: Row, field: str) -> str | None:
    # null is a value, for the quality rules to judge; a missing or mistyped field is a fault.
    value = row.get(field, _ABSENT)
    if value is None or isinstance(value, str):
        return value
    raise _FieldError(_complaint(field, value, "text"))


def _number(row: Row, field: str) -> Decimal | int | None:
    value = row.get(field, _ABSENT)
    if value is None or (isinstance(value, (Decimal, int)) and not isinstance(value, bool)):
        return value
    raise _FieldError(_complaint(field, value, "a number"))


def _flag(row: Row, field: str) -> bool | None:
    value = row.get(field, _ABSENT)
    if value is None or isinstance(value, bool):
        return value
    raise _FieldError(_complaint(field, value, "true or false"))


def _location(row: Row) -> list[str]:
    location = row.get("user_location", _ABSENT)
    if (
        isinstance(location, list)
        and len(location) == len(LOCATION)
        and all(isinstance(part, str) for part in location)
    ):
        return location
    raise _FieldError(_complaint("user_location", location, f"an array of {len(LOCATION)} strings"))


def _coordinate(text: str, name: str) -> Decimal:
    if _COORDINATE.fullmatch(text):
        return Decimal(text)
    raise _FieldError(f"user_location holds no number as its {name}")


def _complaint(field: str, value: object, wanted: str) -> str:
    return f"{field} is missing" if value is _ABSENT else f"{field} is not {wanted}"


def _invalid(stream: str, key: str, window: Window, fault: _FieldError) -> InvalidRecordError:
    return InvalidRecordError(
        f"A record of {stream} breaks the API's contract ({key}, window {window}): {fault}. "
        "Nothing of that window was written; have the record mended, then run again."
    )
