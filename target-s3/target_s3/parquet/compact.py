"""Thrift's compact protocol, in which Parquet writes its footers.

A footer is read as it is, without knowing what its fields mean, so one that a newer writer has
added goes through unharmed. Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar


class Kind(IntEnum):
    """The kinds of values, by their numbers in the protocol."""

    TRUE = 1
    FALSE = 2
    BYTE = 3
    I16 = 4
    I32 = 5
    I64 = 6
    DOUBLE = 7
    BINARY = 8
    LIST = 9
    SET = 10
    MAP = 11
    STRUCT = 12


@dataclass
class Values:
    """A list or a set, whose values are of one kind."""

    kind: Kind
    items: list[Any]


Struct = dict[int, tuple[Kind, Any]]
"""Kind and value by field id. Binary is `bytes`, a flag a `bool`, lists and sets are `Values`."""

_KINDS = {kind.value: kind for kind in Kind}
_WHOLE = (Kind.I16, Kind.I32, Kind.I64)
_FLAGS = (Kind.TRUE, Kind.FALSE)
_LISTS = (Kind.LIST, Kind.SET)
_SEVEN_BITS = 0x7F
_MORE = 0x80
"""Set in each byte of a number but its last."""
_SHORT = 15
"""What does not fit into half a byte is written behind it."""


class CompactError(ValueError):
    """Bytes are no struct of the compact protocol."""


def decode(content: bytes) -> Struct:
    """Read a struct.

    Raises:
        CompactError: The bytes hold none.
    """
    try:
        return _Reader(content).struct()
    except (LookupError, ValueError, struct.error) as fault:
        raise CompactError("not a struct of Thrift's compact protocol") from fault


def encode(fields: Struct) -> bytes:
    """Write a struct."""
    out = bytearray()
    _write_struct(out, fields)
    return bytes(out)


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def struct(self) -> Struct:
        fields: Struct = {}
        field_id = 0
        while (head := self._byte()) != 0:
            delta, kind = head >> 4, _KINDS[head & 15]
            field_id = field_id + delta if delta else self._whole()
            if kind in _FLAGS:
                fields[field_id] = (Kind.TRUE, kind is Kind.TRUE)
            else:
                fields[field_id] = (kind, self._value(kind))
        return fields

    def _value(self, kind: Kind) -> Any:
        if kind in _WHOLE:
            return self._whole()
        return self._READ[kind](self)

    def _byte(self) -> int:
        value = self._content[self._at]
        self._at += 1
        return value

    def _bytes(self, length: int) -> bytes:
        value = self._content[self._at : self._at + length]
        if len(value) != length:
            raise IndexError
        self._at += length
        return value

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & _SEVEN_BITS) << shift
            if byte < _MORE:
                return value
            shift += 7

    def _whole(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _double(self) -> float:
        return float(struct.unpack("<d", self._bytes(8))[0])

    def _binary(self) -> bytes:
        return self._bytes(self._unsigned())

    def _values(self) -> Values:
        head = self._byte()
        length, kind = head >> 4, _KINDS[head & 15]
        if length == _SHORT:
            length = self._unsigned()
        if kind in _FLAGS:  # in lists, a flag is a byte of its own
            return Values(Kind.TRUE, [self._byte() == Kind.TRUE for _ in range(length)])
        return Values(kind, [self._value(kind) for _ in range(length)])

    def _map(self) -> None:
        raise CompactError("a map, of which Parquet's footers have none")

    _READ: ClassVar[dict[Kind, Callable[[_Reader], Any]]] = {
        Kind.BYTE: _byte,
        Kind.DOUBLE: _double,
        Kind.BINARY: _binary,
        Kind.LIST: _values,
        Kind.SET: _values,
        Kind.MAP: _map,
        Kind.STRUCT: struct,
    }


def _write_struct(out: bytearray, fields: Struct) -> None:
    before = 0
    for field_id in sorted(fields):
        kind, value = fields[field_id]
        if kind in _FLAGS:
            kind = Kind.TRUE if value else Kind.FALSE
        delta = field_id - before
        if 0 < delta <= _SHORT:
            out.append(delta << 4 | kind)
        else:
            out.append(kind)
            _write_whole(out, field_id)
        before = field_id
        if kind not in _FLAGS:
            _write_value(out, kind, value)
    out.append(0)


def _write_value(out: bytearray, kind: Kind, value: Any) -> None:
    if kind in _WHOLE:
        _write_whole(out, value)
    elif kind in _FLAGS:
        out.append(Kind.TRUE if value else Kind.FALSE)
    elif kind is Kind.BYTE:
        out.append(value)
    elif kind is Kind.DOUBLE:
        out += struct.pack("<d", value)
    elif kind is Kind.BINARY:
        _write_unsigned(out, len(value))
        out += value
    elif kind in _LISTS:
        _write_values(out, value)
    else:
        _write_struct(out, value)


def _write_values(out: bytearray, values: Values) -> None:
    length = len(values.items)
    if length < _SHORT:
        out.append(length << 4 | values.kind)
    else:
        out.append(_SHORT << 4 | values.kind)
        _write_unsigned(out, length)
    for item in values.items:
        _write_value(out, values.kind, item)


def _write_unsigned(out: bytearray, value: int) -> None:
    while value > _SEVEN_BITS:
        out.append(value & _SEVEN_BITS | _MORE)
        value >>= 7
    out.append(value)


def _write_whole(out: bytearray, value: int) -> None:
    _write_unsigned(out, value << 1 if value >= 0 else ~(value << 1))
