"""Values between Python and PostgreSQL's text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

BOOL, BYTEA, INT8, INT2, INT4, OID, FLOAT4, FLOAT8, NUMERIC = 16, 17, 20, 21, 23, 26, 700, 701, 1700

_READERS: dict[int, Callable[[str], Any]] = {
    BOOL: lambda value: value == "t",
    BYTEA: lambda value: bytes.fromhex(value[2:]),
    **dict.fromkeys((INT2, INT4, INT8, OID), int),
    **dict.fromkeys((FLOAT4, FLOAT8), float),
    NUMERIC: Decimal,
}


def read_value(oid: int, value: str | None) -> Any:
    """Read a value of a type; a type that we do not know stays text."""
    return None if value is None else _READERS.get(oid, str)(value)


def write_value(value: object) -> str | None:
    """Write a value as PostgreSQL's text; None is null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "{" + ",".join(_element(item) for item in value) + "}"
    return str(value)


def _element(value: object) -> str:
    written = write_value(value)
    if written is None:
        return "NULL"
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'
