"""Whether columns surely keep a stream's JSON Schema, found out without looking at single rows.

What is not certain here is asked record by record, by the same check as in RECORD mode, which then
has the last word, and the words.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from columnar_target.records.checkable import CHECKED

_KNOWN = {
    *("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength"),
}
_OF_STREAM = {"additionalProperties", "properties", "required", "type"}

_DECIMAL_FORMATS = {"singer.decimal", "x-singer.decimal"}


def doubtful(rows: pa.Table, schema: dict[str, Any]) -> list[str] | None:
    """The columns that may break a schema; all others surely keep it.

    Args:
        rows: Columns as the tap hands them over.
        schema: The stream's JSON Schema.

    Returns:
        Their names; None if only whole records can tell.
    """
    properties = schema.get("properties", {})
    there = set(rows.column_names)
    closed = schema.get("additionalProperties") not in {None, True}
    if not CHECKED.intersection(schema) <= _OF_STREAM or (closed and not there <= set(properties)):
        return None
    if not set(schema.get("required") or ()) <= there:
        return None
    asked = (name for name in rows.column_names if name in properties)
    return [name for name in asked if not _keeps(rows.column(name), properties[name])]


def _keeps(values: pa.ChunkedArray, part: Any) -> bool:
    if not isinstance(part, dict) or not CHECKED.intersection(part) <= _KNOWN:
        return part is True or part == {}
    kinds = part.get("type")
    listed = {kinds} if isinstance(kinds, str) else set(kinds or ())
    if not listed:  # any kind, and what is said of some
        return CHECKED.isdisjoint(part)
    if values.null_count and "null" not in listed:
        return False
    if values.null_count == len(values):
        return True
    may_be = _kinds_of(values.type, part)
    if not may_be & listed:
        return False
    in_bounds = "number" not in may_be or not _has_bounds(part) or _within(values, part)
    return in_bounds and _fits(values, part)


def _kinds_of(kind: pa.DataType, part: dict[str, Any]) -> set[str]:
    """What a type of Arrow is in JSON Schema; nothing if it depends on the value."""
    families: tuple[tuple[Callable[[pa.DataType], bool], set[str]], ...] = (
        (pa.types.is_boolean, {"boolean"}),
        (pa.types.is_integer, {"integer", "number"}),
        (pa.types.is_decimal, {"number"}),
        (pa.types.is_floating, {"number"}),
        (pa.types.is_string, {"string"}),
        (pa.types.is_large_string, {"string"}),
        (pa.types.is_temporal, {"string"}),
    )
    found = next((kinds for fits, kinds in families if fits(kind)), set())
    as_text = pa.types.is_decimal(kind) and part.get("format") in _DECIMAL_FORMATS
    return found | {"string"} if as_text else found


def _has_bounds(part: dict[str, Any]) -> bool:
    return any(rule in part for rule in _KNOWN if rule.endswith("imum"))


def _within(values: pa.ChunkedArray, part: dict[str, Any]) -> bool:
    if pa.types.is_floating(values.type) and not pc.all(pc.is_finite(values)).as_py():
        return False  # what is no number is within no bounds
    try:
        ends = pc.min_max(values).as_py()
    except pa.ArrowNotImplementedError:
        return False  # of the rarest types Arrow cannot say
    least, most = Decimal(str(ends["min"])), Decimal(str(ends["max"]))
    exact = {rule: Decimal(str(bound)) for rule, bound in _bounds(part).items()}
    return (
        exact.get("minimum", least) <= least
        and most <= exact.get("maximum", most)
        and ("exclusiveMinimum" not in exact or exact["exclusiveMinimum"] < least)
        and ("exclusiveMaximum" not in exact or most < exact["exclusiveMaximum"])
    )


def _bounds(part: dict[str, Any]) -> dict[str, Any]:
    """The bounds in the way of draft 7, where they may be in that of draft 4."""
    bounds = {}
    for rule, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if rule in part:
            bounds[exclusive if part.get(exclusive) is True else rule] = part[rule]
        if exclusive in part and not isinstance(part[exclusive], bool):
            bounds[exclusive] = part[exclusive]
    return bounds


def _fits(values: pa.ChunkedArray, part: dict[str, Any]) -> bool:
    """Whether texts are as long as they must and may be; a length says nothing of others."""
    if not {"minLength", "maxLength"} & set(part):
        return True
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return not pa.types.is_temporal(values.type)
    ends = pc.min_max(pc.utf8_length(values)).as_py()
    return bool(
        part.get("minLength", 0) <= ends["min"]
        and ends["max"] <= part.get("maxLength", ends["max"])
    )
