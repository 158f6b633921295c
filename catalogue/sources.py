"""What the two sources hold, and which columns of the tap each field of the API becomes.

The second is found by trial: the tap's own functions turn a record into rows, once as it is and
once with another value in one field; the columns that differ are made of that field.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import date
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel

from catalogue.errors import CatalogueError
from deftunes_sandbox.contract import Item, Session, User
from deftunes_sandbox.songs_table import song_columns
from tap_deftunes_api.records import Records, session_records, user_records
from tap_deftunes_api.windows import Window

ITEMS = "session_items"
MODELS: dict[str, type[BaseModel]] = {"users": User, "sessions": Session, ITEMS: Item}
"""The API's records; the items are those that a session holds."""

_ALL_DAYS = Window(date(1970, 1, 1), date(2999, 12, 31))
_FIRST: dict[str, Any] = {
    "user_id": "a",
    "user_name": "Ana",
    "user_lastname": "A",
    "user_location": ["1.5", "2.5", "Niort", "FR", "Europe/Paris"],
    "user_since": "2020-01-01T00:00:00",
    "session_id": "s",
    "user_agent": "browser",
    "session_start_time": "2020-01-02T00:00:00",
    "song_id": "TR1",
    "song_name": "One",
    "artist_id": "AR1",
    "artist_name": "Abba",
    "price": 1,
    "currency": "USD",
    "liked": True,
    "liked_since": "2021-01-01T00:00:00",
}
_OTHER: dict[str, Any] = {
    **{name: f"other {name}" for name, value in _FIRST.items() if isinstance(value, str)},
    "user_location": ["3.5", "4.5", "Ulm", "DE", "Europe/Berlin"],
    "user_since": "2020-02-01T00:00:00",
    "session_start_time": "2020-02-02T00:00:00",
    "price": 2,
    "liked": False,
    "liked_since": "2022-01-01T00:00:00",
    ITEMS: [],
}


def api_fields() -> dict[str, dict[str, str]]:
    """The API's fields and their JSON types, nullable ones with `?`, by relation."""
    return {
        relation: {name: _json_type(field.annotation) for name, field in model.model_fields.items()}
        for relation, model in MODELS.items()
    }


def song_fields() -> dict[str, str]:
    """The columns of the songs table and their SQL types."""
    return song_columns()


def tap_columns_of(fields: dict[str, dict[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Find which columns of the tap's streams are made of which field of the API.

    Args:
        fields: What the API holds, as `api_fields` tells it.

    Yields:
        Relation and field of the API, stream and column of the tap.

    Raises:
        CatalogueError: A field is new here, or no column is made of one.
    """
    for relation, names in fields.items():
        for name in names:
            found = list(_differing(relation, name))
            if not found:
                raise CatalogueError(
                    f"{relation}.{name} of the purchase API becomes no column of the tap: read it "
                    "in tap-deftunes-api, or take it out of the API's contract."
                )
            yield from ((relation, name, stream, column) for stream, column in found)


def _differing(relation: str, name: str) -> list[tuple[str, str]]:
    if name not in _OTHER:
        raise CatalogueError(
            f"{relation}.{name} of the purchase API is new: give it two values in "
            "catalogue/sources.py, and read it in tap-deftunes-api."
        )
    endpoint = "users" if relation == "users" else "sessions"
    before, after = _sample(endpoint), _sample(endpoint)
    (after[ITEMS][0] if relation == ITEMS else after)[name] = copy.deepcopy(_OTHER[name])
    convert: Callable[..., Records] = user_records if endpoint == "users" else session_records
    old, new = convert([before], _ALL_DAYS), convert([after], _ALL_DAYS)
    if old.broken or new.broken:
        raise CatalogueError(f"The tap refuses the trial of {relation}.{name}: mend sources.py.")
    return [
        (stream, column)
        for stream, (row, *_) in old.of.items()
        for column, value in row.items()
        if [other[column] for other in new.of[stream]] != [value]
    ]


def _sample(endpoint: str) -> dict[str, Any]:
    def record(relation: str) -> dict[str, Any]:
        return {
            name: copy.deepcopy(_FIRST[name])
            for name in MODELS[relation].model_fields
            if name in _FIRST
        }

    return record(endpoint) | ({ITEMS: [record(ITEMS)]} if endpoint == "sessions" else {})


def _json_type(annotation: Any) -> str:
    if isinstance(annotation, UnionType):
        (one,) = (part for part in get_args(annotation) if part is not type(None))
        return f"{_json_type(one)}?"
    plain = {str: "string", float: "number", bool: "boolean"}
    return plain.get(annotation, "array")
