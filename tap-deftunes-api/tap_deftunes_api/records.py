"""From the API's records to the records of our streams. Pure: data in, data out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_deftunes_api.broken import BrokenRecord
from tap_deftunes_api.fields import (
    FieldError,
    Row,
    array,
    fields_of,
    flag,
    key,
    location,
    number,
    optional_utc_timestamp,
    text,
    utc_timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from tap_deftunes_api.windows import Window

Record = dict[str, Any]
"""A record of one of our streams, ready to be written as JSON."""


@dataclass(frozen=True)
class Records:
    """What an answer holds: a record that cannot be read is as if it had not been answered."""

    of: dict[str, list[Record]]
    """The valid records by stream."""
    broken: list[BrokenRecord]
    """Those that break the contract."""
    valid: int
    """How many users or sessions are valid: items are none of their own."""
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    """The valid records of streams that go as columns, in place of those in `of`."""


def user_records(rows: Iterable[Any], window: Window) -> Records:
    """Turn an answer of `/users` into records of the stream `users`.

    Args:
        rows: The elements of the answer's array.
        window: Records of other days are left out.

    Returns:
        The records. A `user_id` that is answered twice comes once, as it was last.
    """
    first, last = window.first.isoformat(), window.last.isoformat()
    users: dict[str, Record] = {}
    broken: list[BrokenRecord] = []
    for position, row in enumerate(rows):
        try:
            since = utc_timestamp(fields_of(row), "user_since")
            if first <= since[:10] <= last:
                user_id = key(row, "user_id")
                users[user_id] = _user(row, user_id, since)
        except FieldError as fault:
            known = _known_key(row, "user_id")
            lost = {"users": 1}
            broken.append(BrokenRecord("users", known, position, window, str(fault), lost))
    return Records({"users": list(users.values())}, broken, valid=len(users))


def session_records(rows: Iterable[Any], window: Window) -> Records:
    """Turn an answer of `/sessions` into records of the streams `sessions` and `session_items`.

    A session and its items are one purchase, which targets swap as one: it is valid as a whole or
    broken as a whole.

    Args:
        rows: The elements of the answer's array.
        window: Records of other days are left out.

    Returns:
        The records. A `session_id` that is answered twice comes once, as it was last, with the
        items it had last.
    """
    first, last = window.first.isoformat(), window.last.isoformat()
    sessions: dict[str, Record] = {}
    items: dict[str, list[Record]] = {}
    broken: list[BrokenRecord] = []
    for position, row in enumerate(rows):
        try:
            start = utc_timestamp(fields_of(row), "session_start_time")
            if first <= start[:10] <= last:
                session_id = key(row, "session_id")
                session = _session(row, session_id, start)
                items[session_id] = _items(session)
                sessions[session_id] = session
        except FieldError as fault:
            known = _known_key(row, "session_id")
            lost = {"sessions": 1, "session_items": _item_count(row)}
            broken.append(BrokenRecord("sessions", known, position, window, str(fault), lost))
    return Records(
        {
            "sessions": list(sessions.values()),
            "session_items": [item for of_session in items.values() for item in of_session],
        },
        broken,
        valid=len(sessions),
    )


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


def _items(session: Record) -> list[Record]:
    records: list[Record] = []
    try:
        for item in session["session_items"]:
            records.append(_item(session, len(records), fields_of(item)))
    except FieldError as fault:
        raise FieldError(f"item_index {len(records)}: {fault}") from None
    return records


def _item(session: Record, index: int, item: Row) -> Record:
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


def _known_key(row: Any, field: str) -> tuple[str, str] | None:
    try:
        return field, key(fields_of(row), field)
    except FieldError:
        return None


def _item_count(row: Any) -> int:
    try:
        return len(array(fields_of(row), "session_items"))
    except FieldError:
        return 0
