"""How a fault is written: terms such as `status=500;times=2`, read into a dataclass and back."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

_DIGITS = re.compile(r"[0-9]{1,9}")


class FaultError(ValueError):
    """A fault that cannot be read, told in one sentence."""


def told(about: str) -> dict[str, str]:
    """What a term means, as metadata of a field."""
    return {"about": about}


def read_terms(text: str, readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """Read the terms of a fault.

    Args:
        text: Such as `status=429;retry_after=1`.
        readers: By a term's name, what turns its value's text into the value; a ValueError says
            what to write instead.

    Raises:
        FaultError: If a term is unknown, given twice, or has a bad value.
    """
    values: dict[str, Any] = {}
    for term in filter(None, (term.strip() for term in text.split(";"))):
        name, _, value = (part.strip() for part in term.partition("="))
        if name not in readers:
            raise FaultError(f"{name!r} is no fault: choose from {', '.join(readers)}.")
        if name in values:
            raise FaultError(f"{name!r} is given twice: give it once.")
        try:
            values[name] = readers[name](value)
        except ValueError as error:
            raise FaultError(f"{name}={value!r} cannot be used: write {error}.") from error
    return values


def written(fault: Any) -> str:
    """Write the parts of a dataclass that differ from their defaults, as terms."""
    return ";".join(
        f"{part.name}={int(value) if isinstance(value, bool) else value}"
        for part in dataclasses.fields(fault)
        if (value := getattr(fault, part.name)) != part.default
    )


def whole(low: int, high: int) -> Callable[[str], int]:
    """Read a whole number within bounds."""

    def read(text: str) -> int:
        if not (_DIGITS.fullmatch(text) and low <= int(text) <= high):
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def number(high: float) -> Callable[[str], float]:
    """Read a number from 0 to a bound."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= high:
            raise ValueError(f"a number from 0 to {high:g}")
        return value

    return read


def flag(text: str) -> bool:
    """Read `1` or `0`."""
    if text not in {"0", "1"}:
        raise ValueError("1 or 0")
    return text == "1"


def one_of(*choices: str) -> Callable[[str], str]:
    """Read one of some words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    return read


def any_text(text: str) -> str:
    """Read whatever is there."""
    if not text:
        raise ValueError("any text")
    return text
