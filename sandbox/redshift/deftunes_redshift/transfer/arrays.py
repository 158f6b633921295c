"""Makes the values of an Arrow array what a table's column takes, or says which ones it cannot.

Column by column, never value by value, and never through a binary float.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from deftunes_redshift.transfer.faults import INVALID_UTF8, MISSING, OUT_OF_RANGE
from deftunes_redshift.transfer.super_values import serialized
from deftunes_redshift.transfer.target import TargetColumn

_SMALLINT = (-(1 << 15), (1 << 15) - 1)
_FIRST, _LAST = dt.date(1, 1, 1), dt.date(9999, 12, 31)
_NUL_REASON = "String contains NUL, which the stand-in cannot hold"
_YEARS_REASON = "Year out of range: the stand-in holds the years 1 to 9999"


class ArrayFaultError(Exception):
    """A value that the column cannot take.

    Attributes:
        index: Where in the array.
        code: Redshift's number of the error.
        reason: Why.
        context: As a scan says it, up to the file's name; empty: as the reason.
    """

    def __init__(self, index: int, code: int, reason: str, context: str = "") -> None:
        super().__init__(reason)
        self.index = index
        self.code = code
        self.reason = reason
        self.context = context or reason


@dataclass(frozen=True)
class Reading:
    """How values are read.

    Attributes:
        is_json: Texts are JSON documents.
        replacement: What stands for a byte of an invalid character; empty: it is an error.
    """

    is_json: bool = False
    replacement: str = ""


def fitted(array: pa.Array, column: TargetColumn, reading: Reading) -> pa.Array:
    """Give the values as CSV can hold them.

    Raises:
        ArrayFaultError: The column cannot take one of them.
    """
    if not column.nullable and array.null_count:
        index = pc.index(pc.is_null(array), True).as_py()
        reason = f"Cannot insert a NULL value into column {column.name}"
        raise ArrayFaultError(index, MISSING, reason)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        return array
    return _FIT.get(column.type, _as_it_is)(array, column, reading)


def _as_it_is(array: pa.Array, _column: TargetColumn, _reading: Reading) -> pa.Array:
    return array


def _whole(array: pa.Array, column: TargetColumn, _reading: Reading) -> pa.Array:
    low, high = _SMALLINT
    wide = array.cast(pa.int64())
    _refuse(
        pc.or_(pc.less(wide, low), pc.greater(wide, high)),
        OUT_OF_RANGE,
        f"Overflow for INT2, column {column.name}",
    )
    return array


def _number(array: pa.Array, column: TargetColumn, _reading: Reading) -> pa.Array:
    if column.precision is not None and array.type.precision > column.precision:
        bound = Decimal(10) ** (column.precision - column.scale)
        beyond = pc.greater_equal(pc.abs(array), pa.scalar(bound, pa.decimal256(76, column.scale)))
        _refuse(
            beyond,
            OUT_OF_RANGE,
            f"Overflow for NUMERIC({column.precision},{column.scale}), column {column.name}",
        )
    return array


def _text(array: pa.Array, column: TargetColumn, reading: Reading) -> pa.Array:
    array = _valid(array, reading)
    _refuse(pc.match_substring(array, "\0"), INVALID_UTF8, _NUL_REASON)
    if column.size is None:
        return array
    lengths = pc.binary_length(array)
    beyond = pc.index(pc.greater(lengths, column.size), True).as_py()
    if beyond >= 0:
        context = (
            f"The length of the data column {column.name} is longer than the length defined in "
            f"the table. Table: {column.size}, Data: {lengths[beyond].as_py()}"
        )
        raise ArrayFaultError(beyond, OUT_OF_RANGE, "String length exceeds DDL length", context)
    return array


def _valid(array: pa.Array, reading: Reading) -> pa.Array:
    """The texts, as valid UTF-8."""
    raw = array.cast(pa.large_binary())
    try:
        return raw.cast(pa.large_string())
    except pa.ArrowInvalid:
        texts: list[bytes | None] = raw.to_pylist()
    read: list[str | None] = []
    for index, value in enumerate(texts):
        if value is None:
            read.append(None)
            continue
        try:
            read.append(value.decode())
        except UnicodeDecodeError as error:
            if not reading.replacement:
                bad = value[error.start : error.start + 4].hex()
                reason = (
                    "String contains invalid or unsupported UTF8 codepoints. "
                    f"Bad UTF8 hex sequence: {bad} (error 4)"
                )
                raise ArrayFaultError(index, INVALID_UTF8, reason) from error
            read.append(replaced(value, reading.replacement))
    return pa.array(read, pa.large_string())


def replaced(value: bytes, replacement: str) -> str:
    """Put a character in place of each byte that is part of no character."""
    return value.decode("utf-8", "surrogateescape").translate(
        {0xDC00 + byte: replacement for byte in range(0x80, 0x100)}
    )


def _bytes(array: pa.Array, _column: TargetColumn, _reading: Reading) -> pa.Array:
    return pa.array(
        [None if value is None else f"\\x{value.hex()}" for value in array.to_pylist()],
        pa.large_string(),
    )


def _days(array: pa.Array, _column: TargetColumn, _reading: Reading) -> pa.Array:
    _refuse(
        pc.or_(pc.less(array, pa.scalar(_FIRST)), pc.greater(array, pa.scalar(_LAST))),
        OUT_OF_RANGE,
        _YEARS_REASON,
    )
    return array


def _moment(array: pa.Array, column: TargetColumn, _reading: Reading) -> pa.Array:
    # What is adjusted to UTC and what has no zone are counted alike, from 1970 in UTC.
    counted = array.cast(pa.timestamp("us", array.type.tz)).view(pa.int64())
    moments = counted.view(pa.timestamp("us"))
    first = pa.scalar(dt.datetime.combine(_FIRST, dt.time.min), moments.type)
    last = pa.scalar(dt.datetime.combine(_LAST, dt.time.max), moments.type)
    _refuse(pc.or_(pc.less(moments, first), pc.greater(moments, last)), OUT_OF_RANGE, _YEARS_REASON)
    return counted.view(pa.timestamp("us", "UTC")) if column.type == "timestamptz" else moments


def _super(array: pa.Array, _column: TargetColumn, reading: Reading) -> pa.Array:
    if reading.is_json:
        return _valid(array, reading)
    return pa.array(
        [
            None if value is None else serialized(value)
            for value in array.to_pylist(maps_as_pydicts="strict")
        ],
        pa.large_string(),
    )


def _refuse(beyond: pa.BooleanArray, code: int, reason: str) -> None:
    index = pc.index(beyond, True).as_py()
    if index >= 0:
        raise ArrayFaultError(index, code, reason)


_Fit = Callable[[pa.Array, TargetColumn, Reading], pa.Array]
_FIT: dict[str, _Fit] = {
    "int2": _whole, "numeric": _number, "varchar": _text, "char": _text, "varbyte": _bytes,
    "date": _days, "timestamp": _moment, "timestamptz": _moment, "super": _super,
}  # fmt: skip
