"""From JSON Schema, and from the names users write, to the type a column is stored as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pyarrow as pa

from columnar_target.errors import SchemaError
from columnar_target.records.references import referred

MAX_DECIMAL_DIGITS = 38


class Form(Enum):
    """How a JSON value becomes a value of the column."""

    PLAIN = "plain"
    """Arrow takes the Python value as it is."""
    INTEGER = "integer"
    """A whole number; Arrow alone would cut `1.5` to 1."""
    FLOATING = "floating"
    """A number in binary floating point: the fraction is rounded, as the type means it."""
    DECIMAL = "decimal"
    """A number or a numeric string; digits that do not fit are an error."""
    TEXT = "text"
    """Text; a number stays what it says (`1.10`), anything nested is its JSON."""
    MOMENT = "moment"
    """An ISO 8601 date-time; without a zone it is UTC."""
    DATE = "date"
    """An ISO 8601 date, or the date of a date-time at midnight."""
    TIME = "time"
    """An ISO 8601 time of day."""


@dataclass(frozen=True)
class ColumnType:
    """What a column is stored as, and how JSON values get there."""

    arrow: pa.DataType
    form: Form


BOOLEAN = ColumnType(pa.bool_(), Form.PLAIN)
INT = ColumnType(pa.int32(), Form.INTEGER)
LONG = ColumnType(pa.int64(), Form.INTEGER)
FLOAT = ColumnType(pa.float32(), Form.FLOATING)
DOUBLE = ColumnType(pa.float64(), Form.FLOATING)
DATE = ColumnType(pa.date32(), Form.DATE)
TIME = ColumnType(pa.time64("us"), Form.TIME)
TIMESTAMP = ColumnType(pa.timestamp("us"), Form.MOMENT)
TIMESTAMPTZ = ColumnType(pa.timestamp("us", "UTC"), Form.MOMENT)
STRING = ColumnType(pa.string(), Form.TEXT)

_BY_NAME = {
    "boolean": BOOLEAN,
    "int": INT,
    "long": LONG,
    "float": FLOAT,
    "double": DOUBLE,
    "date": DATE,
    "time": TIME,
    "timestamp": TIMESTAMP,
    "timestamptz": TIMESTAMPTZ,
    "string": STRING,
}
_BY_JSON_TYPE = {"boolean": BOOLEAN, "integer": LONG, "number": DOUBLE}
_BY_FORMAT = {"date-time": TIMESTAMPTZ, "date": DATE, "time": TIME}
_DECIMAL_FORMATS = {"singer.decimal", "x-singer.decimal"}
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)")


def type_named(name: str, *, where: str) -> ColumnType:
    """The type a user's setting names.

    Args:
        name: Such as `decimal(10,2)` or `timestamp`.
        where: What is being typed, for the error's sentence.

    Raises:
        SchemaError: There is no such type.
    """
    simple = _BY_NAME.get(name.strip().lower())
    if simple is not None:
        return simple
    decimal = _DECIMAL.fullmatch(name.strip().lower())
    if decimal:
        precision, scale = int(decimal[1]), int(decimal[2])
        if 0 < precision <= MAX_DECIMAL_DIGITS and scale <= precision:
            return ColumnType(pa.decimal128(precision, scale), Form.DECIMAL)
    raise SchemaError(
        f"Setting types of {where} names {name!r}, which is no type of this target: use one of "
        f"{', '.join(_BY_NAME)}, or decimal(precision,scale) of at most {MAX_DECIMAL_DIGITS} "
        "digits."
    )


def name_of(arrow: pa.DataType) -> str:
    """The name of a type, as `type_named` reads it."""
    if pa.types.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    return next(name for name, column in _BY_NAME.items() if column.arrow == arrow)


def type_of_schema(schema: Any, root: Any = None) -> ColumnType:
    """The type that stores what a JSON Schema property allows.

    What no single column type holds (objects, arrays, unions, anything) is text: strings as they
    are, all else as JSON.

    Args:
        schema: The property's schema: an object, or a boolean.
        root: The stream's whole schema, which a `$ref` refers to.

    Raises:
        InvalidJSONSchema: A `$ref` leads nowhere, or elsewhere.
    """
    types = _types(schema, schema if root is None else root, ())
    if types == {LONG, DOUBLE}:
        return DOUBLE
    return next(iter(types)) if len(types) == 1 else STRING


def is_of_documents(schema: Any, root: Any = None) -> bool:
    """Whether all that a JSON Schema property allows, null aside, is objects and arrays.

    Args:
        schema: The property's schema.
        root: The stream's whole schema, which a `$ref` refers to.
    """
    if not isinstance(schema, dict):
        return False
    if isinstance(schema.get("$ref"), str):
        # what refers on is not followed: its text is right in any case
        return _says_documents(referred(schema if root is None else root, schema["$ref"]))
    return _says_documents(schema)


def _says_documents(schema: Any) -> bool:
    kinds = schema.get("type", []) if isinstance(schema, dict) else []
    named = {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind != "null"}
    return bool(named) and named <= {"object", "array"}


def is_wider(wide: pa.DataType, narrow: pa.DataType) -> bool:
    """Whether a column of one type holds every value of another, by Iceberg's rules."""
    if pa.types.is_decimal(wide) and pa.types.is_decimal(narrow):
        return bool(wide.scale == narrow.scale and wide.precision >= narrow.precision)
    promotions = ((pa.int64(), pa.int32()), (pa.float64(), pa.float32()))
    return wide == narrow or (wide, narrow) in promotions


def _types(schema: Any, root: Any, followed: tuple[str, ...]) -> set[ColumnType]:
    """The types of all that a schema allows, null aside; text if it does not say.

    Args:
        schema: The schema, or a part of it.
        root: The whole, which a `$ref` refers to.
        followed: The `$ref`s that led here: a schema may refer to itself.
    """
    if not isinstance(schema, dict):
        return {STRING}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference in followed:
            return {STRING}
        return _types(referred(root, reference), root, (*followed, reference))
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {_type_of_kind(kind, schema) for kind in kinds if kind != "null"}
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        return set().union(*(_types(part, root, followed) for part in alternatives))
    # every part holds at once, so each that says something is right
    parts = (_types(part, root, followed) for part in schema.get("allOf", ()))
    return next((types for types in parts if types != {STRING}), {STRING})


def _type_of_kind(kind: Any, schema: dict[str, Any]) -> ColumnType:
    """The type of one of the JSON types that a schema names."""
    declared = schema.get("format")
    if declared in _DECIMAL_FORMATS and kind in {"string", "number", "integer"}:
        return _singer_decimal(schema)
    if kind == "string":
        return _BY_FORMAT.get(declared, STRING) if isinstance(declared, str) else STRING
    return _BY_JSON_TYPE.get(kind, STRING) if isinstance(kind, str) else STRING


def _singer_decimal(schema: dict[str, Any]) -> ColumnType:
    """`{"type": "string", "format": "singer.decimal", "precision": p, "scale": s}`."""
    precision, scale = schema.get("precision"), schema.get("scale")
    scale = 0 if scale is None else scale
    if not (isinstance(precision, int) and isinstance(scale, int)):
        return STRING
    if 0 < precision <= MAX_DECIMAL_DIGITS and 0 <= scale <= precision:
        return ColumnType(pa.decimal128(precision, scale), Form.DECIMAL)
    return STRING
