"""The rules of precision and scale, as `r_numeric_computations201` gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MOST, _LEAST_SCALE = 38, 4
_DIGITS_OF_WHOLE = {"int2": 5, "int4": 10, "int8": 19}
_WRITTEN = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float8",
    "double precision": "float8",
}
_DECIMAL = re.compile(r"numeric\((?P<digits>\d+),(?P<scale>\d+)\)")


@dataclass(frozen=True)
class Number:
    """The type of a numeric expression.

    Attributes:
        kind: int2, int4, int8, decimal or float8.
        digits: Of a decimal: all its digits.
        scale: Of a decimal: those after the point.
    """

    kind: str
    digits: int = 0
    scale: int = 0

    @classmethod
    def decimal(cls, digits: int, scale: int) -> Number:
        """Make a decimal of at most 38 digits."""
        return cls("decimal", min(digits, _MOST), scale)

    @classmethod
    def of(cls, written: str) -> Number | None:
        """Read a type as `format_type` writes it; None if it is no number of known size."""
        if written in _WRITTEN:
            return cls(_WRITTEN[written])
        found = _DECIMAL.fullmatch(written)
        return cls.decimal(int(found["digits"]), int(found["scale"])) if found else None

    @classmethod
    def written(cls, text: str) -> Number:
        """Tell the type of a number that is written with a point or an exponent."""
        whole, fraction = [*text.lstrip("-").split("."), ""][:2]
        if "e" in text.lower():
            return cls("float8")
        return cls.decimal(len(whole.lstrip("0")) + len(fraction) or 1, len(fraction))

    def as_decimal(self) -> Number:
        """The decimal that a whole number counts as."""
        return self if self.kind == "decimal" else Number("decimal", _DIGITS_OF_WHOLE[self.kind], 0)


def computed(operator: str, left: Number, right: Number) -> Number | None:
    """Tell the type of an operation's result; None if there is no rule."""
    if "float8" in (left.kind, right.kind):
        return Number("float8")
    if "decimal" not in (left.kind, right.kind):
        return max(left, right, key=lambda number: number.kind)
    a, b = left.as_decimal(), right.as_decimal()
    if operator in "+-":
        scale = max(a.scale, b.scale)
        return Number.decimal(max(a.digits - a.scale, b.digits - b.scale) + scale + 1, scale)
    if operator == "*":
        return _fitted(a.digits + b.digits + 1, a.scale + b.scale)
    if operator == "/":
        scale = max(_LEAST_SCALE, a.scale + b.digits - b.scale + 1)
        return _fitted(a.digits - a.scale + b.scale + scale, scale)
    return None


def common(numbers: list[Number]) -> Number | None:
    """Tell the type that holds all of them, as CASE and COALESCE give it."""
    if not numbers or "float8" in {number.kind for number in numbers}:
        return Number("float8") if numbers else None
    if all(number.kind != "decimal" for number in numbers):
        return max(numbers, key=lambda number: number.kind)
    decimals = [number.as_decimal() for number in numbers]
    scale = max(number.scale for number in decimals)
    return Number.decimal(max(number.digits - number.scale for number in decimals) + scale, scale)


def _fitted(digits: int, scale: int) -> Number:
    """Cut a result to 38 digits: at the cost of its scale, of which four are kept."""
    if digits > _MOST:
        return Number("decimal", _MOST, max(_MOST + scale - digits, _LEAST_SCALE))
    return Number("decimal", digits, scale)
