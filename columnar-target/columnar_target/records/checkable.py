"""A schema in words that the compiled check answers as JSON Schema means them.

fastjsonschema is fast because it writes code. In that code a fraction is a double, no decimal is a
whole number, and functions are named after definitions, whose names may be alike. So a schema is
written anew, with only what the code answers exactly; what is left out checks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from columnar_target.records.references import referred
from columnar_target.records.types import Form, type_of_schema

RULE = "$comment"
"""Where a rewritten rule keeps the name that the tap knows it by."""

Part = dict[str, Any]

_BOUND = ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum")
_COUNT = ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties")
_PARTS = (
    *("additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "else", "if"),
    *("items", "not", "oneOf", "propertyNames", "then"),
)
_PARTS_BY_NAME = ("dependencies", "patternProperties", "properties")
_AS_IT_IS = ("pattern", "uniqueItems")
CHECKED = frozenset(
    (*_BOUND, *_COUNT, *_PARTS, *_PARTS_BY_NAME, *_AS_IT_IS, "$ref", "const", "enum", "required")
) | {"type"}
"""All that is checked of a schema; whatever else is in it says nothing."""
_LONGEST = Decimal("1E+4300")
"""Python takes very long to say whether a number beyond this is whole."""


class _Bound(Decimal):
    """A number that is a decimal in the generated code too."""

    def __format__(self, spec: str, context: Context | None = None, /) -> str:
        del spec, context
        return repr(self)


_WHOLE: Part = {"minimum": _Bound(-_LONGEST), "maximum": _Bound(_LONGEST), "multipleOf": 1}
"""The bounds are checked first."""


def checkable(schema: Part) -> Part:
    """Write a stream's schema anew.

    Left out are `multipleOf`, since many taps send divisors in binary, which no price is a
    multiple of; `format`; and wholeness where a column is a whole number. Columns check the last
    two themselves.

    Raises:
        InvalidJSONSchema: A `$ref` leads nowhere, or elsewhere.
    """
    writer = _Writer(schema)
    written: Part = writer.write(schema)
    columns = schema.get("properties")
    if isinstance(columns, dict):
        written["properties"] = {name: writer.column(part) for name, part in columns.items()}
    return {**written, "definitions": writer.definitions}


class _Writer:
    """Writes the parts of one schema.

    Attributes:
        definitions: What its `$ref`s mean, under names that no two of them share.
    """

    def __init__(self, root: Part) -> None:
        self.definitions: Part = {}
        self._root = root
        self._names: dict[str, str] = {}
        self._writers: dict[str, Callable[[Part, str], Part]] = {
            **dict.fromkeys(_PARTS, lambda part, rule: {rule: self._each(part[rule])}),
            **dict.fromkeys(_PARTS_BY_NAME, lambda part, rule: {rule: self._named(part[rule])}),
            **dict.fromkeys(_AS_IT_IS, lambda part, rule: {rule: part[rule]}),
            **dict.fromkeys(_COUNT, lambda part, rule: {rule: _count(part[rule])}),
            **dict.fromkeys(_BOUND, _bound),
            "type": _kinds,
            "required": _required,
            "enum": lambda part, rule: {"allOf": [_one_of(part[rule], rule)]},
            "const": lambda part, rule: {"allOf": [_one_of([part[rule]], rule)]},
        }

    def write(self, part: Any) -> Any:
        """Write a part of the schema; what is none stays, for the compiler to refuse it."""
        if not isinstance(part, dict):
            return part
        if isinstance(part.get("$ref"), str):
            return {"$ref": f"#/definitions/{self._name(part['$ref'])}"}
        written: Part = {}
        for rule in part:
            if rule in self._writers:
                more = self._writers[rule](part, rule)
                also = [*written.get("allOf", ()), *more.pop("allOf", ())]
                written.update(more, **({"allOf": also} if also else {}))
        return written

    def column(self, part: Any) -> Any:
        """Write a column's part: a whole number is checked by the column itself, and faster."""
        plain = isinstance(part, dict) and "type" in part and "$ref" not in part
        if plain and type_of_schema(part, self._root).form is Form.INTEGER:
            return self.write({**part, "type": _kinds(part, "type")["type"]})
        return self.write(part)

    def _each(self, parts: Any) -> Any:
        return (
            [self.write(part) for part in parts] if isinstance(parts, list) else self.write(parts)
        )

    def _named(self, parts: Any) -> Any:
        if not isinstance(parts, dict):
            return parts
        return {name: self.write(part) for name, part in parts.items()}

    def _name(self, reference: str) -> str:
        """The name of what a `$ref` means; it is written when first met."""
        if reference not in self._names:
            # named before it is written: it may refer to itself
            name = self._names[reference] = f"part{len(self._names)}"
            self.definitions[name] = self.write(referred(self._root, reference))
        return self._names[reference]


def _kinds(part: Part, rule: str) -> Part:
    """`integer` as JSON Schema means it: `1.0` is one."""
    kinds = part[rule]
    listed = kinds if isinstance(kinds, list) else [kinds]
    if "integer" not in listed:
        return {rule: kinds}
    others = [kind for kind in listed if kind not in {"integer", "number"}]
    whole = [] if "number" in listed else [{**_WHOLE, RULE: rule}]
    return {rule: [*others, "number"], "allOf": whole}


def _required(part: Part, rule: str) -> Part:
    """Beside `additionalProperties: false` the compiler doubts names that are not in properties."""
    written = {rule: part[rule]}
    return {"allOf": [written]} if part.get("additionalProperties") is False else written


def _bound(part: Part, rule: str) -> Part:
    """An exact bound; `exclusiveMaximum: true` beside it is the way of draft 4, and of taps."""
    value = part[rule]
    if isinstance(value, bool) and rule.startswith("exclusive"):
        return {}
    exclusive = f"exclusive{rule[0].upper()}{rule[1:]}"
    return {exclusive if part.get(exclusive) is True else rule: _exact(value)}


def _count(value: Any) -> Any:
    return int(value) if isinstance(value, (float, Decimal)) and value == int(value) else value


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return _Bound(repr(value))
    return _Bound(value) if isinstance(value, Decimal) else value


def _one_of(values: Any, rule: str) -> Part:
    """A part that allows these values and no other."""
    if not isinstance(values, list):
        return {rule: values}
    others = [value for value in values if _has_numbers(value)]
    plain: Part = {"enum": [value for value in values if not _has_numbers(value)]}
    return {"anyOf": [plain, *map(_equal_to, others)], RULE: rule} if others else plain


def _has_numbers(value: Any) -> bool:
    """Whether a value is or may hold numbers, which are equal however they are written."""
    return isinstance(value, (int, float, Decimal, list, dict)) and not isinstance(value, bool)


def _equal_to(value: Any) -> Any:
    """A part that this value alone satisfies."""
    if isinstance(value, dict):
        parts = {name: _equal_to(inner) for name, inner in value.items()}
        kept = {"required": list(value), "maxProperties": len(value)}
        return {"type": "object", "properties": parts, **kept}
    if isinstance(value, list):
        kept = {"minItems": len(value), "maxItems": len(value)}
        return {"type": "array", "items": [_equal_to(inner) for inner in value], **kept}
    if _has_numbers(value):
        return {"type": "number", "minimum": _exact(value), "maximum": _exact(value)}
    return {"const": value}
