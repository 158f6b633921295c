"""Columns as ADBC gives them, as columns of a batch file: exactly, or not at all."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_JSON = msgspec.json.Encoder(decimal_format="number")
_DAY = 24 * 60 * 60 * 10**6
"""In microseconds."""


class InexactError(ValueError):
    """A column holds a value that no batch can carry exactly.

    Args:
        what: What kind of value, not which.
        condition: SQL that is true of the rows with such a value, `{column}` in place of its name.
    """

    def __init__(self, what: str, condition: str) -> None:
        super().__init__(what)
        self.what = what
        self.condition = condition


_FAR = InexactError(
    "infinity, or a day outside the years 1 to 9999",
    "NOT ({column} >= '0001-01-01' AND {column} < '10000-01-01')",
)
_NO_NUMBER = InexactError("NaN or infinity", "{column}::text ~ 'NaN|Infinity'")


def as_it_is(values: pa.Array) -> pa.Array:
    """What Arrow and PostgreSQL have in common."""
    return values


def dates(values: pa.Array) -> pa.Array:
    """Days.

    Raises:
        InexactError: One is infinite, which ADBC makes a day out of every calendar, or far away.
    """
    return _refuse_far(values, date.min, date.max)


def moments(values: pa.Array) -> pa.Array:
    """Timestamps, with or without a zone.

    Raises:
        InexactError: One is infinite, which ADBC makes a moment before all others, or far away.
    """
    return _refuse_far(values, datetime.min, datetime.max)  # noqa: DTZ901 - the column has the zone


def clock_times(values: pa.Array) -> pa.Array:
    """Times of day.

    Raises:
        InexactError: One is 24:00, which is no time of a day to Arrow and Python.
    """
    if pc.any(pc.greater_equal(values.cast(pa.int64()), _DAY)).as_py():
        raise InexactError("the time 24:00", "{column} = '24:00'")
    return values


def spans(values: pa.Array) -> pa.Array:
    """Intervals, as the moment that long after 1970 began: the SDK's way to write them.

    Raises:
        InexactError: One is infinite, or reaches beyond the years 1 to 9999.
    """
    try:
        moments(values)
    except InexactError:
        raise InexactError(
            "an interval that is infinite or of thousands of years",
            "NOT ({column} BETWEEN '-1900 years' AND '8000 years')",
        ) from None
    text = pc.strftime(values, format="%Y-%m-%dT%H:%M:%S")
    # as Python's isoformat: six digits of a second, or none
    text = pc.replace_substring_regex(text, pattern=r"\.000000$", replacement="")
    return pc.binary_join_element_wise(text, "+00:00", "")


def decimals(values: pa.Array, exact: pa.Decimal128Type) -> pa.Array:
    """Decimal text as numbers of a declared precision and scale.

    Raises:
        InexactError: One is NaN.
    """
    try:
        return values.cast(exact)
    except pa.ArrowInvalid:  # its words hold the value
        raise _NO_NUMBER from None


def decimal_text(values: pa.Array) -> pa.Array:
    """Numbers of no declared precision, as text of their digits.

    Raises:
        InexactError: One is NaN or infinite.
    """
    if pc.any(pc.match_substring_regex(values, "[nN]")).as_py():
        raise _NO_NUMBER
    return values


def json_text(values: pa.Array) -> pa.Array:
    """JSON as a RECORD would hold it: a string as it is, all else spelled as in the RECORD."""
    return pa.array([_recorded(text) for text in values.to_pylist()], pa.string())


def decimal_lists(values: pa.Array) -> pa.Array:
    """JSON lists of numbers, their digits kept.

    Raises:
        InexactError: One holds NaN or infinity, which JSON writes as text.
    """
    return _number_lists(values, Decimal, Decimal)


def float_lists(values: pa.Array) -> pa.Array:
    """JSON lists of binary fractions, spelled as a reader of RECORDs who keeps digits would.

    Raises:
        InexactError: One holds NaN or infinity, which JSON writes as text.
    """
    return _number_lists(values, _fraction, _fraction)


def _fraction(digits: str) -> Decimal:
    return Decimal(repr(float(digits)))


def _number_lists(values: pa.Array, fraction: Any, whole: Any) -> pa.Array:
    if pc.any(pc.match_substring(values, '"')).as_py():
        raise _NO_NUMBER
    lists = [
        None if text is None else json.loads(text, parse_float=fraction, parse_int=whole)
        for text in values.to_pylist()
    ]
    return pa.array([None if each is None else _spelled(each) for each in lists], pa.string())


def _recorded(text: str | None) -> str | None:
    value = None if text is None else json.loads(text, parse_float=Decimal)
    return value if value is None or isinstance(value, str) else _spelled(value)


def _spelled(value: Any) -> str:
    return _JSON.encode(value).decode()


def _refuse_far(values: pa.Array, first: Any, last: Any) -> pa.Array:
    ends = pc.min_max(values)
    bounds = pa.array([first, last], values.type if pa.types.is_date(values.type) else _NAIVE)
    low, high = bounds.cast(values.type)
    if pc.or_(pc.less(ends["min"], low), pc.greater(ends["max"], high)).as_py():
        raise _FAR
    return values


_NAIVE = pa.timestamp("us")
