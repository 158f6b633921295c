"""JSON values as values of a column: exactly, or not at all."""

from __future__ import annotations

import datetime as dt
import math
import re
import sys
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, InvalidOperation
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from columnar_target.records.types import FLOAT, ColumnType, Form

_JSON = msgspec.json.Encoder(decimal_format="number")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?\s?"
    r"([Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?",
    re.ASCII,
)
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?Z?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_MICROSECOND = dt.timedelta(microseconds=1)
_FIRST = (dt.datetime.min.replace(tzinfo=dt.timezone.utc) - _EPOCH) // _MICROSECOND
_LAST = (dt.datetime.max.replace(tzinfo=dt.timezone.utc) - _EPOCH) // _MICROSECOND
_CERTAIN_DIGITS = 15
"""Decimal digits that every double keeps, unless it is very near zero."""
_EXACT = Context(prec=38, traps=[InvalidOperation])

UNFIT = (pa.ArrowException, TypeError, ValueError, ArithmeticError, AttributeError)
"""What a value that does not fit its column raises on the way there."""


def to_array(values: list[Any], column_type: ColumnType) -> pa.Array | pa.ChunkedArray:
    """Turn JSON values, with numbers as int or Decimal, into an Arrow array.

    Args:
        values: One value a row; None is null.
        column_type: What to make of them.

    Raises:
        UNFIT: A value does not fit the type.
    """
    if column_type.form is Form.MOMENT:
        return _moments(values, column_type.arrow)
    if column_type.form is Form.DECIMAL:
        step = Decimal(1).scaleb(-column_type.arrow.scale)
        values = [None if value is None else _in_steps(value, step) for value in values]
    elif column_type.form is not Form.PLAIN:
        convert = _CONVERT[column_type.form]
        values = [None if value is None else convert(value) for value in values]
    array = pa.array(values, column_type.arrow)
    if column_type == FLOAT:
        _refuse_lost_in_single(values, array)
    return array


def _moments(values: list[Any], arrow: pa.TimestampType) -> pa.Array:
    """Date-times, whole column at once where all are written alike, one by one if not.

    Raises:
        ValueError: One is no date-time, finer than microseconds, or not of the years 1 to 9999.
    """
    moments = pa.timestamp("us", "UTC")
    try:
        parsed = pa.array(values, pa.string()).cast(moments)
    except pa.ArrowException:
        parsed = pa.array(
            [None if value is None else _microseconds(value) for value in values], pa.int64()
        ).cast(moments)
    refuse_far_moments(parsed)
    return parsed if arrow.tz else pc.local_timestamp(parsed)


def refuse_far_moments(moments: pa.Array | pa.ChunkedArray) -> None:
    """Make sure that timestamps in microseconds are such as readers know.

    Raises:
        ValueError: One is not of the years 1 to 9999.
    """
    ends = pc.min_max(moments.cast(pa.int64())).as_py()
    if ends["min"] is not None and (ends["min"] < _FIRST or ends["max"] > _LAST):
        raise ValueError("outside the years that readers know")


def _microseconds(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 date-time; without a zone it is UTC."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 date-time")
    day, hour, minute, second, fraction, zone = match.groups()
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    moment = dt.datetime.fromisoformat(f"{day}T{clock}+00:00")
    return (moment - _EPOCH) // _MICROSECOND + _millionths(fraction) - _offset(zone)


def _millionths(fraction: str | None) -> int:
    """The digits after the point of a second, in microseconds."""
    digits = (fraction or "").rstrip("0")
    if len(digits) > len("000000"):
        raise ValueError("finer than microseconds")
    return int(digits.ljust(6, "0"))


def _offset(zone: str | None) -> int:
    """The zone's distance from UTC in microseconds."""
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return (seconds if zone[0] == "+" else -seconds) * 1_000_000


def _number(value: Any) -> int | Decimal:
    """A JSON number, or a text that holds one."""
    if isinstance(value, bool):
        raise TypeError("a boolean is no number")
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise ValueError("not a number")
        return Decimal(value)
    if isinstance(value, (int, Decimal)):
        return value
    # a stream map may have made one
    return Decimal(repr(float(value)))


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    number = _number(value)
    whole = int(_EXACT.quantize(number, Decimal(1))) if isinstance(number, Decimal) else number
    if whole != number:
        raise ValueError("not a whole number")
    return whole


def _floating(value: Any) -> float:
    """The nearest double; a number that has more to say than a double can is refused."""
    number = _number(value)
    double = float(number)
    if not math.isfinite(double):
        raise ValueError("beyond the range of a double, or no number at all")
    if isinstance(number, int):
        if int(double) != number:
            raise ValueError("a whole number that a double cannot hold")
    elif not _is_certain(number, double) and number not in (Decimal(repr(double)), Decimal(double)):
        raise ValueError("more digits than a double holds")
    return double


def _is_certain(number: Decimal, double: float) -> bool:
    """Whether a number has no more digits than the double nearest to it keeps."""
    few = len(number.as_tuple().digits) <= _CERTAIN_DIGITS
    return few and abs(double) >= sys.float_info.min


def _refuse_lost_in_single(values: Sequence[float | None], array: pa.Array) -> None:
    """Whole numbers and the range are kept in single precision, or refused."""
    for value, kept in zip(values, array.to_pylist(), strict=True):
        if value is None:
            continue
        vanished = kept == 0 != value
        if vanished or math.isinf(kept) or (value.is_integer() and kept != value):
            raise ValueError("a number that single precision cannot hold")


def _in_steps(value: Any, step: Decimal) -> Decimal:
    """The number in the column's own scale; digits beyond it are an error, zeros are none."""
    number = Decimal(_number(value))
    scaled = _EXACT.quantize(number, step)
    if scaled != number:
        raise ValueError("more digits than the column has")
    return scaled


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _JSON.encode(value).decode()


def _date(value: str) -> dt.date:
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise ValueError("not an ISO 8601 date")
    day, *clock, zone = match.groups()
    if any(digits.strip("0") for digits in clock if digits) or _offset(zone):
        raise ValueError("a date with a time of day")
    return dt.date.fromisoformat(day)


def _time(value: str) -> dt.time:
    match = _CLOCK.fullmatch(value)
    if match is None:
        raise ValueError("not an ISO 8601 time of day without a zone")
    hour, minute, second, fraction = match.groups()
    return dt.time(int(hour), int(minute), int(second or 0), _millionths(fraction))


_CONVERT: dict[Form, Callable[[Any], Any]] = {
    Form.INTEGER: _integer,
    Form.FLOATING: _floating,
    Form.TEXT: _text,
    Form.DATE: _date,
    Form.TIME: _time,
}
