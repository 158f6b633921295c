"""The compiled check decides as draft 7 of JSON Schema says, and exactly where others round."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # ships no types

from columnar_target.errors import RecordError
from columnar_target.records.validation import CompiledValidator

_DECODER = msgspec.json.Decoder(float_hook=Decimal)

KINDS = ["null", "boolean", "integer", "number", "string", "array", "object"]
NAMES = st.sampled_from(["a", "b", "A", "a.b", "$ref", "multipleOf", "日"])
COUNTS = st.integers(0, 2)
NUMBERS = st.sampled_from([0, 1, 0.5, 1.5, 2.0])
# no text ends in a line break: Python's `$` matches before it, which JSON Schema's does not
SCALARS = NUMBERS | st.sampled_from([None, True, False, "", "a", "ab", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
DEFINITIONS = {
    "Item": {"type": "integer", "minimum": 1},
    "item": {"type": ["string", "array"], "items": {"$ref": "#/definitions/item"}},
}


def _rules(part: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Schemas of one or two rules, made of smaller ones."""
    parts = st.lists(part, min_size=1, max_size=2)
    rules: dict[str, SearchStrategy[Any]] = {
        "type": st.sampled_from(KINDS) | st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=2),
        "const": VALUES,
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), NUMBERS),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), COUNTS),
        **dict.fromkeys(("minProperties", "maxProperties"), COUNTS),
        "pattern": st.sampled_from(["^a", "b$", "a.", "^$"]),
        "items": part | parts,
        "required": st.lists(NAMES, max_size=2, unique=True),
        "properties": st.dictionaries(NAMES, part, max_size=2),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), part, max_size=2),
        "dependencies": st.dictionaries(NAMES, part | st.lists(NAMES, max_size=1), max_size=1),
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), parts),
        **dict.fromkeys(("additionalItems", "additionalProperties", "propertyNames"), part),
        **dict.fromkeys(("contains", "if", "then", "else", "not"), part),
        "uniqueItems": st.booleans(),
        "$ref": st.sampled_from(["#/definitions/Item", "#/definitions/item"]),
        "default": VALUES,
        "format": st.just("date-time"),
        "contentEncoding": st.just("base64"),
    }
    some = st.lists(st.sampled_from(sorted(rules)), min_size=1, max_size=3, unique=True)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: rules[name] for name in names}))


SCHEMAS = st.recursive(
    _rules(st.booleans() | st.sampled_from([{"type": kind} for kind in KINDS])),
    _rules,
    max_leaves=3,
)


def _as_read(text: str) -> Any:
    return _DECODER.decode(text.encode())


def _whole(column: Any) -> dict[str, Any]:
    return {"properties": {"c": column}, "definitions": DEFINITIONS}


def _ours(column: Any) -> CompiledValidator:
    return CompiledValidator("s", _as_read(json.dumps(_whole(column))), keys=[])


def _allows(check: CompiledValidator, value: Any) -> bool:
    try:
        check.validate({"c": value})
    except RecordError:
        return False
    return True


@pytest.mark.slow
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=8))
def test_a_record_is_refused_exactly_when_draft_7_refuses_it(
    schema: Any, values: list[Any]
) -> None:
    # in a list, since a column of whole numbers leaves it to the column to be whole
    column = {"type": "array", "items": schema}
    ours, theirs = _ours(column), Draft7Validator(_whole(column))
    for value in values:
        assert _allows(ours, _as_read(json.dumps([value]))) is theirs.is_valid({"c": [value]})


@pytest.mark.parametrize(
    ("schema", "text", "allowed"),
    [
        # a bound is the decimal that it is; jsonschema sees doubles
        ({"minimum": 0.1, "maximum": 0.1}, "0.1", True),
        ({"minimum": 0.1}, "0.09999999999999999999", False),
        ({"maximum": 1e22}, "10000000000000000000001", False),
        ({"enum": [0.1]}, "0.10000000000000000001", False),
        # divisors come in binary, which no price is a multiple of
        ({"type": "number", "multipleOf": 0.01}, "19.99", True),
        ({"type": "number", "multipleOf": 0.01}, "19.995", True),
        # the column checks that it is a whole number; everything else is checked here
        ({"type": "integer"}, "1.5", True),
        ({"type": "integer"}, '"1"', False),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "1.5", False),
        ({"$ref": "#/definitions/Item"}, "1.5", False),
        ({"$ref": "#/definitions/Item"}, "1.0", True),
        ({"$ref": "#/definitions/item"}, "1.0", False),
        # bounds as draft 4 writes them, which older taps send
        ({"minimum": 0, "exclusiveMinimum": True}, "0", False),
        ({"minimum": 0, "exclusiveMinimum": False}, "0", True),
        # JSON Schema's `$` is the end, Python's may be before a line break
        ({"pattern": "^a$"}, '"a\\n"', False),
        ({"minLength": 1.0}, '"a"', True),
    ],
)
def test_where_it_differs_it_is_exact_or_says_so(schema: Any, text: str, *, allowed: bool) -> None:
    assert _allows(_ours(schema), _as_read(text)) is allowed
