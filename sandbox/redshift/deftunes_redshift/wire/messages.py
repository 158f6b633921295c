"""Messages of the protocol: framed, read, written."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence

from deftunes_redshift.errors import RedshiftError

PROTOCOL = 196_608  # 3.0
SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80_877_103, 80_877_104, 80_877_102
LONGEST_STARTUP = 10_000  # bytes, as in PostgreSQL
LONGEST = 1 << 30

_LENGTH = struct.Struct("!I")
_SHORT = struct.Struct("!h")


def message(kind: bytes, body: bytes = b"") -> bytes:
    """Frame one message."""
    return kind + _LENGTH.pack(len(body) + 4) + body


def text(value: str) -> bytes:
    """Write a string with its end."""
    return value.encode() + b"\0"


def read_text(body: bytes, start: int = 0) -> tuple[str, int]:
    """Read a string; tell where the next field begins.

    Raises:
        RedshiftError: If it has no end, or is no UTF-8.
    """
    end = body.find(b"\0", start)
    if end < 0:
        raise RedshiftError("invalid string in message", "08P01")
    try:
        return body[start:end].decode(), end + 1
    except UnicodeDecodeError as error:
        raise RedshiftError('invalid byte sequence for encoding "UTF8"', "22021") from error


async def receive(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read one message: its kind and its body.

    Raises:
        asyncio.IncompleteReadError: If the other side went away.
        ConnectionError: If what comes is no message.
    """
    head = await reader.readexactly(5)
    length = _LENGTH.unpack_from(head, 1)[0] - 4
    if not 0 <= length <= LONGEST:
        raise ConnectionError("no message of the protocol")
    return head[:1], await reader.readexactly(length)


async def receive_startup(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read a message of the time before the session: its code and its body."""
    length = _LENGTH.unpack(await reader.readexactly(4))[0] - 4
    if not 4 <= length <= LONGEST_STARTUP:  # noqa: PLR2004 - the code itself
        raise ConnectionError("no start-up message of the protocol")
    body = await reader.readexactly(length)
    return _LENGTH.unpack_from(body)[0], body[4:]


def startup(parameters: Mapping[str, str]) -> bytes:
    """Write the message that opens a session."""
    pairs = b"".join(text(name) + text(value) for name, value in parameters.items())
    body = _LENGTH.pack(PROTOCOL) + pairs + b"\0"
    return _LENGTH.pack(len(body) + 4) + body


def cancel(key: bytes) -> bytes:
    """Write the message that cancels what a session does, by its key."""
    return _LENGTH.pack(len(key) + 8) + _LENGTH.pack(CANCEL_REQUEST) + key


def parse(name: str, sql: str, types: bytes = b"\0\0") -> bytes:
    """Write a Parse message's body; the types as they came from a client."""
    return text(name) + text(sql) + types


def bind(portal: str, name: str, values: Sequence[str | None]) -> bytes:
    """Write a Bind message's body: values as text, results as text."""
    fields = [text(portal) + text(name), _SHORT.pack(0), _SHORT.pack(len(values))]
    for value in values:
        data = None if value is None else value.encode()
        fields.append(struct.pack("!i", -1) if data is None else _LENGTH.pack(len(data)) + data)
    return b"".join(fields) + _SHORT.pack(0)


def fields_of(body: bytes) -> dict[str, str]:
    """Read the fields of an error or a notice."""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def with_fields(fields: Mapping[str, str]) -> bytes:
    """Write the fields of an error or a notice."""
    return b"".join(text(name + value) for name, value in fields.items()) + b"\0"


def row(body: bytes) -> list[str | None]:
    """Read a row of text values."""
    values: list[str | None] = []
    place = 2
    for _ in range(_SHORT.unpack_from(body)[0]):
        length = struct.unpack_from("!i", body, place)[0]
        place += 4
        values.append(None if length < 0 else body[place : place + length].decode())
        place += max(length, 0)
    return values


def described(body: bytes) -> list[tuple[str, int, int]]:
    """Read a row description: name, type and type modifier of each column."""
    columns = []
    place = 2
    for _ in range(_SHORT.unpack_from(body)[0]):
        name, place = read_text(body, place)
        _, _, oid, _, modifier, _ = struct.unpack_from("!IhIhih", body, place)
        columns.append((name, oid, modifier))
        place += 18
    return columns
