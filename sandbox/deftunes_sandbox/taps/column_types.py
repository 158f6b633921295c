"""Values of RECORDs as columns of Arrow, typed as a good tap would: exactly, or not at all.

Nothing of the target is used here: what a column may be is read off JSON Schema and the values.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

UTC = dt.timezone.utc

_JSON = msgspec.json.Encoder(decimal_format="number")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"\d\d:\d\d:\d\d(?:\.\d{6})?", re.ASCII)
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_MOST_DIGITS = 38
_FAR = 400


class NoColumnError(ValueError):
    """A good tap would have sent these values as records; the text says why."""


def column_of(values: Sequence[Any], part: Any, odd: int) -> pa.Array:
    """One column.

    Args:
        values: JSON values, numbers as int or Decimal.
        part: What the stream's JSON Schema says of it.
        odd: A number that chooses among types that say the same.

    Raises:
        NoColumnError: No type of Arrow says exactly that.
    """
    part = part if isinstance(part, dict) else {}
    kinds = _kinds(part)
    there = [value for value in values if value is not None]
    try:
        return pa.array(*_typed(values, there, kinds, part, odd))
    except (pa.ArrowException, ArithmeticError, UnicodeError, OverflowError, ValueError) as fault:
        raise (
            fault if isinstance(fault, NoColumnError) else NoColumnError(type(fault).__name__)
        ) from fault


def _kinds(part: dict[str, Any]) -> set[str]:
    kinds = part.get("type", ())
    return ({kinds} if isinstance(kinds, str) else set(kinds)) - {"null"}


def _typed(
    values: Sequence[Any], there: list[Any], kinds: set[str], part: dict[str, Any], odd: int
) -> tuple[Any, ...]:
    """What `pa.array` needs: values, and their type."""
    if all(isinstance(value, bool) for value in there):
        return values, pa.bool_() if there else (pa.null(), pa.string())[odd % 2]
    if all(isinstance(value, str) for value in there):
        return _texts(values, kinds, part, odd)
    if all(isinstance(value, (list, dict)) for value in there):
        return _nested(values, odd)
    if any(isinstance(value, (bool, str, list, dict)) for value in there):
        raise NoColumnError("several types in a column")
    return _numbers(values, there, kinds, part)


def _texts(
    values: Sequence[Any], kinds: set[str], part: dict[str, Any], odd: int
) -> tuple[Any, ...]:
    declared = str(part.get("format"))
    if kinds == {"string"} and declared in _BY_FORMAT:
        written, convert, kind = _BY_FORMAT[declared]
        if all(value is None or written.fullmatch(value) for value in values):
            return [None if value is None else convert(value) for value in values], kind
    decimal = declared.endswith("singer.decimal") and "scale" in part
    if decimal and all(value is None or _DIGITS.fullmatch(value) for value in values):
        kind = pa.decimal128(part["precision"], part["scale"])
        return [None if value is None else Decimal(value) for value in values], kind
    for value in values:
        (value or "").encode()
    kinds_of_text = (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()))
    return values, kinds_of_text[odd % 3]


def _numbers(
    values: Sequence[Any], there: list[Any], kinds: set[str], part: dict[str, Any]
) -> tuple[Any, ...]:
    if any(
        abs(Decimal(value).adjusted()) > _FAR or not Decimal(value).is_finite() for value in there
    ):
        raise NoColumnError("a number far from all others")
    if all(value == int(value) for value in there) and kinds == {"integer"}:
        values = [None if value is None else int(value) for value in values]
    if all(type(value) is int for value in values if value is not None):
        if all(-(2**63) <= value < 2**63 for value in there):
            return values, pa.int64()
        if all(0 <= value < 2**64 for value in there):
            return values, pa.uint64()
    decimals = [Decimal(value) for value in there]
    as_doubles = all(map(_is_double, decimals))
    if as_doubles and "string" not in kinds and "number" in kinds and "multipleOf" not in part:
        return [None if value is None else float(value) for value in values], pa.float64()
    return _decimals(values, decimals, kinds)


def _is_double(value: Decimal) -> bool:
    """Whether a double says this; 1.10 was read from a decimal."""
    exponent = value.as_tuple().exponent
    double = Decimal(repr(float(value)))
    return double == value and (int(exponent) >= 0 or double.as_tuple() == value.as_tuple())


def _decimals(values: Sequence[Any], there: list[Decimal], kinds: set[str]) -> tuple[Any, ...]:
    scales = {-int(value.as_tuple().exponent) for value in there}
    # as text, 1.1 and 1.10 are two things, and of one scale in a column; so are 1E+5 and 100000
    if min(scales) < 0 or (len(scales) > 1 and (not kinds or "string" in kinds)):
        raise NoColumnError("numbers of several scales")
    if "number" not in kinds and "string" in kinds:
        raise NoColumnError("a fraction among texts")  # it would be taken for its digits
    scale = max(scales)
    whole = max(value.adjusted() + 1 for value in there)
    if any(value.is_zero() and value.is_signed() for value in there):
        raise NoColumnError("a zero below zero")
    if max(whole, 1) + scale > _MOST_DIGITS:
        raise NoColumnError("a number of more digits than a decimal has")
    kind = pa.decimal128(max(whole, 1) + scale, scale)
    return [None if value is None else Decimal(value) for value in values], kind


def _nested(values: Sequence[Any], odd: int) -> tuple[Any, ...]:
    """Structs and lists where they say the same, or JSON as tap-postgres sends it."""
    texts = [None if value is None else _JSON.encode(value).decode() for value in values]
    if odd % 2:
        try:
            nested = pa.array(values)
        except (pa.ArrowException, ArithmeticError):
            return texts, pa.string()
        if json.dumps(nested.to_pylist(), default=str) == json.dumps(values, default=str):
            return nested, nested.type
    return texts, pa.string()


def _moment(text: str) -> dt.datetime:
    clock, fraction, zone = _MOMENT.fullmatch(text).groups()  # type: ignore[union-attr]  # it was
    zone = "+00:00" if zone == "Z" else zone
    moment = dt.datetime.fromisoformat(f"{clock}.{(fraction or '').ljust(6, '0')}{zone}")
    return moment.astimezone(UTC)


_BY_FORMAT: dict[str, tuple[re.Pattern[str], Callable[[str], Any], pa.DataType]] = {
    "date-time": (_MOMENT, _moment, pa.timestamp("us", "UTC")),
    "date": (_DAY, dt.date.fromisoformat, pa.date32()),
    "time": (_CLOCK, dt.time.fromisoformat, pa.time64("us")),
}
