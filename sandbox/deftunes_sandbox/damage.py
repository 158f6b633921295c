"""Bad values: how a record is damaged, by field and kind (`price`, `price:negative`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from deftunes_sandbox.published import Record

DAMAGES: Mapping[str, Mapping[str, Any]] = {
    "price": {
        "price:null": None,
        "price:negative": -1.0,
        "price:high": 99.5,
        "price:text": "a lot",
    },
    "currency": {"currency:null": None, "currency:other": "EUR"},
    "song_id": {"song_id:null": None, "song_id:short": "TR"},
    "artist_id": {"artist_id:null": None},
    "liked_since": {"liked_since:null": None, "liked_since:text": "yesterday"},
    "liked": {"liked:null": None, "liked:text": "maybe"},
    "session_id": {"session_id:null": None, "session_id:short": "0"},
    "session_start_time": {"session_start_time:null": None, "session_start_time:text": "soon"},
    "session_items": {"session_items:null": None, "session_items:text": "some"},
    "user_id": {"user_id:null": None, "user_id:short": "0"},
    "user_name": {"user_name:null": None},
    "user_lastname": {"user_lastname:null": None},
    "user_since": {"user_since:null": None, "user_since:text": "once"},
    "user_location": {
        "user_location:null": None,
        "user_location:short": ["0", "0"],
        "user_location:text": ["north", "west", "Nowhere", "XX", "Etc/UTC"],
    },
}
_OF_ITEMS = frozenset({"price", "currency", "song_id", "artist_id", "liked_since", "liked"})


def damaged(record: Record, bad: str, nth: int) -> Record:
    """Give a copy of a record with one value damaged.

    Args:
        record: A user or a session, which must be `damageable`.
        bad: A field (its kinds of damage take turns) or `field:kind`.
        nth: The how many-th damaged record this is.
    """
    name = bad.partition(":")[0]
    kinds = list(DAMAGES[name].values())
    value = DAMAGES[name][bad] if ":" in bad else kinds[nth % len(kinds)]
    if name not in _OF_ITEMS:
        return {**record, name: value}
    items = record["session_items"]
    chosen = _first(items, name)
    return {
        **record,
        "session_items": [
            {**item, name: value} if position == chosen else item
            for position, item in enumerate(items)
        ],
    }


def damageable(bad: str) -> Callable[[Record], bool]:
    """Tell which records a damage can be seen in: those that have the field."""
    name = bad.partition(":")[0]
    if name in _OF_ITEMS:
        return lambda record: bool(record.get("session_items"))
    return lambda record: name in record


def _first(items: list[Record], name: str) -> int:
    """Find the item to damage: for `liked_since`, a liked one, lest null be right."""
    if name == "liked_since":
        return next((n for n, item in enumerate(items) if item["liked"]), 0)
    return 0
