"""Reading the fields of a record, strictly.

Every reader raises a `FieldError` for a field that breaks the contract. Where it returns an
optional type, null is let through: it is a value, for the quality rules behind the load to judge.
"""

from __future__ import annotations

import re
from datetime import timezone
from decimal import Decimal
from typing import Any

from singer_sdk.helpers._compat import datetime_fromisoformat

Row = dict[str, Any]
"""A record as the API gave it: JSON, its fractions as `Decimal`."""

_COORDINATE = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_LOCATION_PARTS = 5
_ABSENT = object()


class FieldError(Exception):
    """A field breaks the contract. Says which and how, and never holds its value."""


def fields_of(element: Any) -> Row:
    """Read an element of an array as an object."""
    if isinstance(element, dict):
        return element
    raise FieldError("it is not an object")


def key(row: Row, field: str) -> str:
    """Read a key: a string that is not empty."""
    value = row.get(field, _ABSENT)
    if isinstance(value, str) and value:
        return value
    raise _fault(field, value, "a key")


def utc_timestamp(row: Row, field: str) -> str:
    """Read a timestamp: naive ones are UTC, others are converted to UTC.

    Returns:
        ISO 8601 with microseconds and the offset spelled out: texts that sort as the instants do.
    """
    try:
        parsed = datetime_fromisoformat(row[field])
        if parsed.tzinfo is not None:
            parsed = parsed.astimezone(timezone.utc).replace(tzinfo=None)
    except KeyError:
        raise FieldError(f"{field} is missing") from None
    except (TypeError, ValueError, OverflowError):
        raise FieldError(f"{field} is not a timestamp") from None
    return parsed.isoformat(timespec="microseconds") + "+00:00"


def optional_utc_timestamp(row: Row, field: str) -> str | None:
    """Read a timestamp as `utc_timestamp` does, or null."""
    return None if row.get(field, _ABSENT) is None else utc_timestamp(row, field)


def text(row: Row, field: str) -> str | None:
    """Read a string."""
    value = row.get(field, _ABSENT)
    if value is None or isinstance(value, str):
        return value
    raise _fault(field, value, "text")


def number(row: Row, field: str) -> Decimal | int | None:
    """Read a number, exactly as it was spelled."""
    value = row.get(field, _ABSENT)
    if value is None or (isinstance(value, (Decimal, int)) and not isinstance(value, bool)):
        return value
    raise _fault(field, value, "a number")


def flag(row: Row, field: str) -> bool | None:
    """Read a boolean."""
    value = row.get(field, _ABSENT)
    if value is None or isinstance(value, bool):
        return value
    raise _fault(field, value, "true or false")


def array(row: Row, field: str) -> list[Any]:
    """Read an array."""
    value = row.get(field, _ABSENT)
    if isinstance(value, list):
        return value
    raise _fault(field, value, "an array")


def location(row: Row, field: str) -> tuple[Decimal, Decimal, str, str, str]:
    """Read a place: latitude, longitude (degrees), place name, country code, time zone."""
    parts = array(row, field)
    if len(parts) != _LOCATION_PARTS or not all(isinstance(part, str) for part in parts):
        raise FieldError(f"{field} is not an array of {_LOCATION_PARTS} strings")
    latitude, longitude, place_name, country_code, zone = parts
    if not _COORDINATE.fullmatch(latitude) or not _COORDINATE.fullmatch(longitude):
        raise FieldError(f"{field} does not begin with two numbers, latitude and longitude")
    return Decimal(latitude), Decimal(longitude), place_name, country_code, zone


def _fault(field: str, value: object, wanted: str) -> FieldError:
    return FieldError(f"{field} is missing" if value is _ABSENT else f"{field} is not {wanted}")
