"""From the API's records to the records of our streams. Pure: data in, data out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_deftunes_api.errors import InvalidRecordError
from tap_deftunes_api.fields import (
    FieldError,
    Row,
    array,
    flag,
    location,
    number,
    optional_utc_timestamp,
    text,
    utc_timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_deftunes_api.windows import Window

Record = dict[str, Any]
"""A record of one of our streams, ready to be written as JSON."""


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
        except FieldError as fault:
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
    items: dict[str, list[Record]] = {}
    for position, row in enumerate(rows):
        session_id = _key(row, "session_id", "sessions", position)
        try:
            start = utc_timestamp(row, "session_start_time")
            if not first <= start[:10] <= last:
                continue
            session = _session(row, session_id, start)
        except FieldError as fault:
            raise _invalid("sessions", f"session_id {session_id}", window, fault) from None
        sessions[session_id] = session
        items[session_id] = _items(session, window)
    return {
        "sessions": list(sessions.values()),
        "session_items": [item for of_session in items.values() for item in of_session],
    }


def _user(row: Row, user_id: str, since: str) -> Record:
    latitude, longitude, place_name, country_code, zone = location(row, "user_location")
    return {
        "user_id": user_id,
        "user_name": text(row, "user_name"),
        "user_lastname": text(row, "user_lastname"),
        "user_since": since,
        "latitude": latitude,
        "longitude": longitude,
        "place_name": place_name,
        "country_code": country_code,
        "timezone": zone,
    }


def _session(row: Row, session_id: str, start: str) -> Record:
    items = array(row, "session_items")
    return {
        "session_id": session_id,
        "user_id": text(row, "user_id"),
        "session_start_time": start,
        "user_agent": text(row, "user_agent"),
        "item_count": len(items),
        "session_items": items,
    }


def _items(session: Record, window: Window) -> list[Record]:
    records: list[Record] = []
    try:
        for item in session["session_items"]:
            records.append(_item(session, len(records), item))
    except FieldError as fault:
        key = f"session_id {session['session_id']}, item_index {len(records)}"
        raise _invalid("session_items", key, window, fault) from None
    return records


def _item(session: Record, index: int, item: Any) -> Record:
    if not isinstance(item, dict):
        raise FieldError("the item is not an object")
    return {
        "session_id": session["session_id"],
        "item_index": index,
        "user_id": session["user_id"],
        "session_start_time": session["session_start_time"],
        "song_id": text(item, "song_id"),
        "song_name": text(item, "song_name"),
        "artist_id": text(item, "artist_id"),
        "artist_name": text(item, "artist_name"),
        "price": number(item, "price"),
        "currency": text(item, "currency"),
        "liked": flag(item, "liked"),
        "liked_since": optional_utc_timestamp(item, "liked_since"),
    }


def _key(row: Any, field: str, stream: str, position: int) -> str:
    key = row.get(field) if isinstance(row, dict) else None
    if isinstance(key, str) and key:
        return key
    raise InvalidRecordError(
        f"Element {position} of the answer for {stream} has no {field}: without a key it cannot "
        "be loaded. Have the API mended, then run again."
    )


def _invalid(stream: str, key: str, window: Window, fault: FieldError) -> InvalidRecordError:
    return InvalidRecordError(
        f"A record of {stream} breaks the API's contract ({key}, window {window}): {fault}. "
        "Nothing of that window was written; have the record mended, then run again."
    )
