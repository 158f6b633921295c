"""Columns of Arrow as a tap hands them over, as columns of a stream: exactly, or not at all.

A value becomes what it would have become as JSON in a record. Where Arrow knows a way that is
certain to, it goes that way; all else goes value by value.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from columnar_target.errors import RecordError
from columnar_target.records.columns import Column, arrow_schema, column_error, refuse_none
from columnar_target.records.types import ColumnType, Form
from columnar_target.records.values import UNFIT, refuse_far_moments, to_array

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_CERTAIN_WHOLE = 2**53
"""Every whole number up to here has a double of its own."""
_WHOLE = pa.decimal128(20, 0)
"""Holds whatever Arrow's whole numbers hold."""


def to_columns(
    rows: pa.Table, columns: Sequence[Column], *, stream: str, keys: Sequence[str]
) -> pa.Table:
    """Turn a tap's columns into a stream's.

    Args:
        rows: The tap's; a column that is not there is null, one that is not asked for left out.
        columns: The columns to make.
        stream: The stream's name, for messages.
        keys: The key columns, for messages.

    Returns:
        A table of as many rows in the same order, with `arrow_schema(columns)`.

    Raises:
        RecordError: A value does not fit its column exactly.
        SchemaError: There are rows, and no column for them.
    """
    if rows.num_rows:
        refuse_none(columns, stream)
    arrays = []
    there = set(rows.column_names)
    for column in columns:
        if column.name not in there:
            arrays.append(pa.nulls(rows.num_rows, column.type.arrow))
            continue
        values = rows.column(column.name)
        try:
            arrays.append(_to_type(values, column.type))
        except UNFIT:
            raise _error(rows, column, stream, keys) from None
    return pa.Table.from_arrays(arrays, schema=arrow_schema(columns))


def as_written(
    rows: pa.Table, schema: Mapping[str, Any], *, singles: Collection[str] = ()
) -> pa.Table:
    """The columns of a tap with all that a record would write otherwise as records write it.

    In a record, `0.1` of single precision is 0.1, not the double 0.10000000149 that it is. What is
    an object or a list there may be JSON in a text here, as Postgres hands it over. And a
    dictionary is what it means.

    Args:
        rows: The tap's.
        schema: The stream's JSON Schema.
        singles: Columns that stay in single precision.
    """
    for number, name in enumerate(rows.column_names):
        values = written = rows.column(number)
        if pa.types.is_dictionary(values.type):
            written = written.cast(values.type.value_type)
        if pa.types.is_string_view(written.type):
            written = written.cast(pa.string())
        if pa.types.is_float32(written.type) and name not in singles:
            written = written.cast(pa.string()).cast(pa.float64())
        elif _is_json(written.type, schema, name):
            written = pa.array([_compact(text) for text in written.to_pylist()], pa.string())
        if written is not values:
            rows = rows.set_column(number, name, written)
    return rows


def _is_json(kind: pa.DataType, schema: Mapping[str, Any], name: str) -> bool:
    """Whether texts of a column can only be JSON: what the schema asks for is no text."""
    return _is_text(kind) and _kinds(schema, name) | {"null"} in _NESTED


_NESTED = ({"array", "null"}, {"object", "null"}, {"array", "object", "null"})


def _compact(text: str | None) -> str | None:
    """JSON as the column of a record would hold it; what is none stays, to be refused."""
    value = _from_json(text)
    return None if value is None else text if value is text else _ENCODER.encode(value).decode()


def _from_json(text: str | None) -> Any:
    try:
        return None if text is None else _DECODER.decode(text)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError):
        return text


def as_json(value: Any) -> Any:
    """A value of Arrow's as a record would hold it, numbers as int or Decimal.

    Raises:
        TypeError: JSON has nothing for it.
    """
    if value is None or isinstance(value, (bool, int, str, Decimal)):
        return value
    for kind, convert in _AS_JSON.items():
        if isinstance(value, kind):
            return convert(value)
    raise TypeError(f"JSON has nothing for {type(value).__name__}")


_AS_JSON: dict[type, Callable[[Any], Any]] = {
    float: lambda value: Decimal(repr(value)),
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    uuid.UUID: str,
    list: lambda value: [as_json(inner) for inner in value],
    dict: lambda value: {name: as_json(inner) for name, inner in value.items()},
}
"""A date-time is a date too: it comes first."""


def records_of(rows: pa.Table, *, stream: str, schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows as records.

    Args:
        rows: A tap's.
        stream: The stream's name, for messages.
        schema: Its JSON Schema: a decimal may be text in records.

    Raises:
        RecordError: A column holds what JSON has nothing for.
    """
    columns = {}
    for name in rows.column_names:
        column = rows.column(name)
        convert: Callable[[Any], Any] = as_json
        if pa.types.is_decimal(column.type) and _is_text_in_records(schema, name):
            convert = _digits
        elif _is_json(column.type, schema, name):
            convert = _from_json
        try:
            columns[name] = [convert(value) for value in _values(column)]
        except (TypeError, ValueError, ArithmeticError) as fault:
            raise RecordError(
                f"Stream {stream!r}: column {name!r} of a BATCH holds {column.type}, which no "
                "record can: have the tap send text, or deselect the column."
            ) from fault
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Python's own values; of a map, what an object would hold.

    Raises:
        ValueError: A map has a key twice, which no object has.
    """
    try:
        return list(column.to_pylist(maps_as_pydicts="strict"))
    except KeyError:
        raise ValueError("a key twice") from None


def _is_text_in_records(schema: Mapping[str, Any], name: str) -> bool:
    kinds = _kinds(schema, name)
    return "string" in kinds and "number" not in kinds


def _kinds(schema: Mapping[str, Any], name: str) -> set[str]:
    part = schema.get("properties", {}).get(name)
    kinds = part.get("type") if isinstance(part, dict) else None
    return {kinds} if isinstance(kinds, str) else set(kinds or ())


def _digits(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _to_type(values: pa.ChunkedArray, wanted: ColumnType) -> pa.Array | pa.ChunkedArray:
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), wanted.arrow)
    direct = next((way for fits, way in _WAYS[wanted.form] if fits(values.type)), None)
    if direct is not None:
        return direct(values, wanted.arrow)
    return to_array([as_json(value) for value in _values(values)], wanted)


def _cast(values: pa.ChunkedArray, arrow: pa.DataType) -> pa.ChunkedArray:
    """What Arrow calls a safe cast: digits that are lost, or numbers that are cut, raise."""
    return values if values.type == arrow else values.cast(arrow)


def _whole_as_decimals(values: pa.ChunkedArray, arrow: pa.DataType) -> pa.ChunkedArray:
    # straight on, Arrow asks for the digits that any number of the type could have
    return values.cast(_WHOLE).cast(arrow)


def _texts(values: pa.ChunkedArray, arrow: pa.DataType) -> pa.ChunkedArray:
    values.validate(full=True)  # bytes that are no UTF-8
    return _cast(values, arrow)


def _digits_of(values: pa.ChunkedArray, arrow: pa.DataType) -> pa.Array:
    return pa.array([_digits(value) for value in values.to_pylist()], arrow)


def _moments(values: pa.ChunkedArray, arrow: pa.TimestampType) -> pa.ChunkedArray:
    kind = values.type
    if pa.types.is_date(kind):
        values = values.cast(pa.timestamp("us"))
    elif kind.tz:
        values = values.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    else:
        values = values.cast(pa.timestamp("us"))
    refuse_far_moments(values)
    # a cast that gives a zone takes what it finds for UTC
    return values.cast(arrow)


def _doubles(values: pa.ChunkedArray, arrow: pa.DataType) -> pa.ChunkedArray:
    """Doubles, or singles that hold their whole numbers; infinity and no number are refused."""
    if not pc.all(pc.is_finite(values)).as_py() and len(values) != values.null_count:
        raise ValueError("no number, or beyond all")
    if pa.types.is_float64(values.type) and pa.types.is_float32(arrow):
        return _singles(values)
    return _cast(values, arrow)


def _singles(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Doubles in single precision, which may round fractions and nothing else."""
    kept = values.cast(pa.float32(), safe=False)
    back = kept.cast(pa.float64())
    vanished = pc.and_(pc.equal(back, 0.0), pc.not_equal(values, 0.0))
    cut = pc.and_(pc.equal(pc.floor(values), values), pc.not_equal(back, values))
    lost = pc.or_(pc.or_(vanished, cut), pc.is_inf(back))
    if pc.any(lost).as_py():
        raise ValueError("a number that single precision cannot hold")
    return kept


def _whole_as_doubles(values: pa.ChunkedArray, arrow: pa.DataType) -> pa.ChunkedArray:
    ends = pc.min_max(values).as_py()
    if ends["min"] is not None and max(abs(ends["min"]), abs(ends["max"])) > _CERTAIN_WHOLE:
        return to_array(values.to_pylist(), _double_type(arrow))
    return (
        values.cast(pa.float64()).cast(arrow)
        if pa.types.is_float64(arrow)
        else to_array(values.to_pylist(), _double_type(arrow))
    )


def _double_type(arrow: pa.DataType) -> ColumnType:
    return ColumnType(arrow, Form.FLOATING)


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_moment(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _is_float(kind: pa.DataType) -> bool:
    return bool(pa.types.is_float32(kind) or pa.types.is_float64(kind))


_Way = tuple[
    Callable[[pa.DataType], bool],
    Callable[[pa.ChunkedArray, pa.DataType], "pa.Array | pa.ChunkedArray"],
]
_WAYS: dict[Form, tuple[_Way, ...]] = {
    Form.PLAIN: ((pa.types.is_boolean, _cast),),
    Form.INTEGER: ((pa.types.is_integer, _cast),),
    Form.FLOATING: ((_is_float, _doubles), (pa.types.is_integer, _whole_as_doubles)),
    Form.DECIMAL: ((pa.types.is_decimal, _cast), (pa.types.is_integer, _whole_as_decimals)),
    Form.TEXT: ((_is_text, _texts), (pa.types.is_decimal, _digits_of)),
    Form.MOMENT: ((_is_moment, _moments),),
    Form.DATE: ((pa.types.is_date, _cast),),
    Form.TIME: ((pa.types.is_time, _cast),),
}
"""By what a column is to be, which of the tap's types Arrow turns into it without a doubt."""


def _error(rows: pa.Table, column: Column, stream: str, keys: Sequence[str]) -> RecordError:
    """Find the row whose value does not fit, and name it by its key."""
    for number in range(rows.num_rows):
        row = rows.slice(number, 1)
        try:
            _to_type(row.column(column.name), column.type)
        except UNFIT:
            there = [key for key in keys if key in rows.column_names]
            record = {key: row.column(key)[0].as_py() for key in there}
            return column_error(record, column, stream, keys)
    return column_error(None, column, stream, keys)
