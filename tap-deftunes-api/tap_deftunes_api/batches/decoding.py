"""From an answer's bytes to columns, by whole columns, where they surely keep the contract.

What is not certain here is read record by record by `records.py`, which then has the last word,
and the words: nothing of the contract is told twice.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tap_deftunes_api.answers import exact_decoder
from tap_deftunes_api.batches.tables import FLAG, MOMENT, NUMBER, TEXT, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_deftunes_api.windows import Window

_AT_ONCE = 256
"""Elements decoded at a time: so few that their texts are still near when columns are made."""

_FIRST_INSTANT = -62_135_596_800_000_000
"""The year 1 begins, in microseconds. Arrow knows the year 0; the contract does not."""

_COORDINATE = r"^[+-]?[0-9]+(\.[0-9]+)?$"


class UnsureError(Exception):
    """An answer may break the contract, or holds a key twice."""


UNSURE = (UnsureError, msgspec.ValidationError, pa.ArrowException)
"""What tells that an answer has to be read record by record."""


class _Item(msgspec.Struct, gc=False):
    song_id: str | None
    song_name: str | None
    artist_id: str | None
    artist_name: str | None
    price: Any
    currency: str | None
    liked: bool | None
    liked_since: str | None


class _Session(msgspec.Struct, gc=False):
    session_id: str
    user_id: str | None
    session_start_time: str
    user_agent: str | None
    session_items: list[_Item]


class _User(msgspec.Struct, gc=False):
    user_id: str
    user_name: str | None
    user_lastname: str | None
    user_since: str
    user_location: tuple[str, str, str, str, str]


Columns = dict[str, list[pa.RecordBatch]]
"""By stream, its rows in order, some at a time; every column that the stream may have."""

Row = TypeVar("Row")


def user_columns(rows: Sequence[msgspec.Raw], window: Window) -> Columns:
    """Turn an answer of `/users` into columns of the stream `users`.

    Args:
        rows: The elements of the answer's array, as they are spelled.
        window: Records of other days are left out.

    Raises:
        UNSURE: The columns might be others than those of the records.
    """
    decode, seen = exact_decoder(_User), _Keys()
    batches = []
    for answered in _decoded(rows, decode):
        users, since = _of_window(answered, [user.user_since for user in answered], window)
        seen.add([user.user_id for user in users])
        columns = {
            "user_id": pa.array([user.user_id for user in users], TEXT),
            "user_name": pa.array([user.user_name for user in users], TEXT),
            "user_lastname": pa.array([user.user_lastname for user in users], TEXT),
            "user_since": since,
            "latitude": _coordinates([user.user_location[0] for user in users]),
            "longitude": _coordinates([user.user_location[1] for user in users]),
            "place_name": pa.array([user.user_location[2] for user in users], TEXT),
            "country_code": pa.array([user.user_location[3] for user in users], TEXT),
            "timezone": pa.array([user.user_location[4] for user in users], TEXT),
        }
        batches.append(pa.record_batch(columns))
    return {"users": batches}


def session_columns(rows: Sequence[msgspec.Raw], window: Window) -> Columns:
    """Turn an answer of `/sessions` into columns of the streams `sessions` and `session_items`.

    Arguments and errors are those of `user_columns`.
    """
    decode, seen = exact_decoder(_Session), _Keys()
    columns: Columns = {"sessions": [], "session_items": []}
    for answered in _decoded(rows, decode):
        starts = [session.session_start_time for session in answered]
        sessions, start = _of_window(answered, starts, window)
        seen.add([session.session_id for session in sessions])
        part = {
            "session_id": pa.array([session.session_id for session in sessions], TEXT),
            "user_id": pa.array([session.user_id for session in sessions], TEXT),
            "session_start_time": start,
            "user_agent": pa.array([session.user_agent for session in sessions], TEXT),
            "item_count": pa.array([len(session.session_items) for session in sessions], WHOLE),
        }
        columns["sessions"].append(pa.record_batch(part))
        columns["session_items"].append(pa.record_batch(_items(sessions, part)))
    return columns


def _items(sessions: list[_Session], columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    items = [item for session in sessions for item in session.session_items]
    parents = pa.array(
        [number for number, session in enumerate(sessions) for _ in session.session_items], WHOLE
    )
    indices = [index for session in sessions for index in range(len(session.session_items))]
    return {
        "session_id": columns["session_id"].take(parents),
        "item_index": pa.array(indices, WHOLE),
        "user_id": columns["user_id"].take(parents),
        "session_start_time": columns["session_start_time"].take(parents),
        "song_id": pa.array([item.song_id for item in items], TEXT),
        "song_name": pa.array([item.song_name for item in items], TEXT),
        "artist_id": pa.array([item.artist_id for item in items], TEXT),
        "artist_name": pa.array([item.artist_name for item in items], TEXT),
        # anything but a number that fits is refused
        "price": pa.array([item.price for item in items], NUMBER),
        "currency": pa.array([item.currency for item in items], TEXT),
        "liked": pa.array([item.liked for item in items], FLAG),
        "liked_since": moments([item.liked_since for item in items]),
    }


class _Keys:
    """The keys of an answer so far."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def add(self, keys: list[str]) -> None:
        """Take more of them.

        Raises:
            UnsureError: One is empty, or there already.
        """
        expected = len(self._known) + len(keys)
        self._known.update(keys)
        if len(self._known) != expected or "" in self._known:
            raise UnsureError


def _decoded(
    rows: Sequence[msgspec.Raw], decode: Callable[[msgspec.Raw], Row]
) -> Iterator[list[Row]]:
    for first in range(0, len(rows), _AT_ONCE):
        yield [decode(row) for row in rows[first : first + _AT_ONCE]]


def _of_window(rows: list[Row], times: list[str], window: Window) -> tuple[list[Row], pa.Array]:
    """The rows of the window, and their times; those of all rows must be readable."""
    instants = moments(times)
    first, last = window.first.isoformat(), window.last.isoformat()
    inside = [first <= time[:10] <= last for time in times]
    if all(inside):
        return rows, instants
    return list(compress(rows, inside)), instants.filter(pa.array(inside))


def moments(times: Sequence[str | None]) -> pa.Array:
    """Timestamps without a zone, which are UTC.

    Raises:
        UNSURE: One is spelled otherwise, or is none.
    """
    # to a type without a zone, Arrow casts no text that has one
    instants = pa.array(times, TEXT).cast(pa.timestamp("us"))
    earliest = pc.min(instants).value
    if earliest is not None and earliest < _FIRST_INSTANT:
        raise UnsureError
    return instants.cast(MOMENT)


def _coordinates(texts: Sequence[str]) -> pa.Array:
    spelled = pa.array(texts, TEXT)
    if not pc.all(pc.match_substring_regex(spelled, _COORDINATE), min_count=0).as_py():
        raise UnsureError
    return spelled.cast(NUMBER)
