"""A stream's columns, and records turned into columns of Arrow."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from target_s3.errors import RecordError, SchemaError
from target_s3.settings import StreamSettings
from target_s3.types import ColumnType, Form, type_named, type_of_schema

FIELD_ID = b"PARQUET:field_id"
_JSON = msgspec.json.Encoder(decimal_format="number")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s*(Z|z|[+-]\d\d:?(?:\d\d)?)?"
)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Column:
    """One column of a stream: its name, as the tap gives it, and how it is stored."""

    name: str
    type: ColumnType


def stream_columns(
    stream: str, schema: dict[str, Any], settings: StreamSettings
) -> tuple[Column, ...]:
    """The columns of a stream, in the schema's order.

    Args:
        stream: The stream's name, for messages.
        schema: The stream's JSON Schema.
        settings: The stream's settings; its `types` go before what the schema says.

    Raises:
        SchemaError: `types` names a column that is not there, or a type that does not exist.
    """
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    unknown = sorted(set(settings.types) - set(properties))
    if unknown:
        raise SchemaError(
            f"Setting streams.{stream}.types names {', '.join(unknown)}, which the stream does "
            "not have: take it out or select the column in the tap."
        )
    return tuple(
        Column(
            name,
            type_named(settings.types[name], where=f"column {stream}.{name}")
            if name in settings.types
            else type_of_schema(prop),
        )
        for name, prop in properties.items()
    )


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of a stream's landing files; field ids number the columns from 1."""
    return pa.schema(
        pa.field(column.name, column.type.arrow, metadata={FIELD_ID: str(number)})
        for number, column in enumerate(columns, start=1)
    )


def to_arrow(
    records: Sequence[dict[str, Any]],
    columns: Sequence[Column],
    *,
    stream: str,
    keys: Sequence[str],
) -> pa.Table:
    """Turn records into columns.

    Args:
        records: Records as decoded from JSON, with numbers as int or Decimal. A column that a
            record lacks is null.
        columns: The columns to make; other properties of a record are left out.
        stream: The stream's name, for messages.
        keys: The key columns, for messages.

    Returns:
        A table of `len(records)` rows in the given order, with `arrow_schema(columns)`.

    Raises:
        RecordError: A value does not fit its column exactly.
    """
    arrays = []
    for column in columns:
        values = [record.get(column.name) for record in records]
        try:
            arrays.append(_to_array(values, column.type))
        except (pa.ArrowException, TypeError, ValueError, ArithmeticError) as fault:
            raise _record_error(records, values, column, stream, keys) from fault
    return pa.Table.from_arrays(arrays, schema=arrow_schema(columns))


def _to_array(values: list[Any], column_type: ColumnType) -> pa.Array | pa.ChunkedArray:
    if column_type.form is Form.MOMENT:
        return _moments(values, column_type.arrow)
    convert = _CONVERT.get(column_type.form)
    if convert is not None:
        values = [None if value is None else convert(value) for value in values]
    if column_type.form is Form.DECIMAL:
        return _decimals(values, column_type.arrow)
    return pa.array(values, column_type.arrow)


def _decimals(values: list[Decimal | None], arrow: pa.Decimal128Type) -> pa.Array:
    """Arrow rounds nothing away: too many digits are an error, trailing zeros are none."""
    return pa.array(values, pa.decimal128(38, _widest_scale(values, arrow.scale))).cast(arrow)


def _widest_scale(values: list[Decimal | None], scale: int) -> int:
    exponents = (-int(value.as_tuple().exponent) for value in values if value is not None)
    return max(scale, *exponents, 0)


def _moments(values: list[Any], arrow: pa.TimestampType) -> pa.Array:
    """Date-times, whole column at once where all are written alike, one by one if not."""
    moments = pa.timestamp("us", "UTC")
    try:
        parsed = pa.array(values, pa.string()).cast(moments)
    except pa.ArrowException:
        parsed = pa.array(
            [None if value is None else _microseconds(value) for value in values], pa.int64()
        ).cast(moments)
    return parsed if arrow.tz else pc.local_timestamp(parsed)


def _microseconds(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 date-time; without a zone it is UTC."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 date-time")
    day, clock, fraction, zone = match.groups()
    fraction = (fraction or "").rstrip("0")
    if len(fraction) > len("000000"):
        raise ValueError("finer than microseconds")
    moment = dt.datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=dt.timezone.utc)
    return (moment - _EPOCH) // _MICROSECOND + int(fraction.ljust(6, "0")) - _offset(zone)


def _offset(zone: str | None) -> int:
    """The zone's distance from UTC in microseconds."""
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return (seconds if zone[0] == "+" else -seconds) * 1_000_000


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise TypeError("a boolean is no number")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _JSON.encode(value).decode()


def _date(value: str) -> dt.date:
    day, _, clock = value.partition("T")
    if clock and clock.strip("0:.Z+-"):
        raise ValueError("a date with a time of day")
    return dt.date.fromisoformat(day)


def _time(value: str) -> dt.time:
    clock, _, fraction = value.removesuffix("Z").partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > len("000000"):
        raise ValueError("finer than microseconds")
    moment = dt.time.fromisoformat(clock)
    if moment.tzinfo is not None:
        raise ValueError("a time with a zone")
    return moment.replace(microsecond=int(fraction.ljust(6, "0")))


_CONVERT: dict[Form, Callable[[Any], Any]] = {
    Form.INTEGER: _integer,
    Form.FLOATING: float,
    Form.DECIMAL: _decimal,
    Form.TEXT: _text,
    Form.DATE: _date,
    Form.TIME: _time,
}


def _record_error(
    records: Sequence[dict[str, Any]],
    values: Sequence[Any],
    column: Column,
    stream: str,
    keys: Sequence[str],
) -> RecordError:
    """Find the record whose value does not fit, and name it by its key."""
    for record, value in zip(records, values, strict=True):
        try:
            _to_array([value], column.type)
        except (pa.ArrowException, TypeError, ValueError, ArithmeticError):
            return RecordError(
                f"Stream {stream!r}: the value of column {column.name!r} in the record with "
                f"{described_key(record, keys)} cannot be stored exactly as {column.type.arrow}. "
                f"Correct it at the source, or set streams.{stream}.types.{column.name} to a type "
                "that can hold it (string holds everything)."
            )
    raise AssertionError("a column failed that none of its values fails")  # pragma: no cover


def described_key(record: dict[str, Any], keys: Sequence[str]) -> str:
    """The record's key for a message, such as `order_id=7, line=2`."""
    if not keys:
        return "no key (the stream has none)"
    return ", ".join(f"{key}={record.get(key)}" for key in keys)
