"""Faults on demand: what a fault is, and how one is written (`status=500;times=2`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deftunes_sandbox.damage import DAMAGES

END_DATE_READINGS = ("end_of_day", "midnight")
_FIRST_ERROR, _LAST_ERROR = 400, 599
_LONGEST = 3_600.0  # seconds


_DIGITS = re.compile(r"[0-9]{1,9}")


class FaultError(ValueError):
    """A fault that cannot be read, told in one sentence."""


def _told(about: str) -> dict[str, str]:
    return {"about": about}


@dataclass(frozen=True)
class Fault:
    """What shall go wrong with a request. The parts combine; an empty fault is none."""

    status: int | None = field(
        default=None, metadata=_told("answer with this status (400 to 599) instead of the rows")
    )
    retry_after: int | None = field(
        default=None, metadata=_told("with `status`: seconds in a Retry-After header")
    )
    latency: float = field(default=0.0, metadata=_told("wait this many seconds before the answer"))
    cut: float | None = field(
        default=None, metadata=_told("break off after this share (0 to 1) of the promised body")
    )
    malformed: bool = field(
        default=False, metadata=_told("a complete answer whose JSON ends in the middle (1 or 0)")
    )
    duplicates: float = field(default=0.0, metadata=_told("serve this share of the rows twice"))
    late: float = field(
        default=0.0,
        metadata=_told("withhold this share of the rows (with `times`: they come later)"),
    )
    bad: str | None = field(
        default=None,
        metadata=_told("damage this field of some rows; `field:kind` for one kind of damage"),
    )
    share: float = field(
        default=0.01, metadata=_told("with `bad`: the share of the rows, one of them at least")
    )
    end_date: str | None = field(
        default=None, metadata=_told("read `end_date` as `midnight` or as `end_of_day`")
    )
    paging: bool = field(
        default=False,
        metadata=_told("obey `limit` and `offset`, which the real API ignores (1 or 0)"),
    )
    path: str | None = field(default=None, metadata=_told("only for this path, such as `/users`"))
    times: int | None = field(
        default=None, metadata=_told("only for the first so many requests of each path")
    )
    id: str = field(
        default="", metadata=_told("counts `times` apart from the same fault with another id")
    )

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read a fault such as `status=429;retry_after=1;times=2`.

        Raises:
            FaultError: If a term is unknown or has a bad value.
        """
        values: dict[str, Any] = {}
        for term in filter(None, (term.strip() for term in text.split(";"))):
            name, _, value = (part.strip() for part in term.partition("="))
            if name not in _READERS:
                raise FaultError(f"{name!r} is no fault: choose from {', '.join(_READERS)}.")
            if name in values:
                raise FaultError(f"{name!r} is given twice: give it once.")
            try:
                values[name] = _READERS[name](value)
            except ValueError as error:
                raise FaultError(f"{name}={value!r} cannot be used: write {error}.") from error
        return cls(**values)

    def is_empty(self) -> bool:
        """Tell whether nothing shall go wrong."""
        return self == Fault()

    def __str__(self) -> str:
        return ";".join(
            f"{part.name}={int(value) if isinstance(value, bool) else value}"
            for part in dataclasses.fields(self)
            if (value := getattr(self, part.name)) != part.default
        )


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (_DIGITS.fullmatch(text) and low <= int(text) <= high):
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def _number(high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number <= high:
            raise ValueError(f"a number from 0 to {high:g}")
        return number

    return read


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("1 or 0")
    return text == "1"


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    return read


def _path(text: str) -> str:
    return _one_of("/users", "/sessions")(text)


def _text(text: str) -> str:
    if not text:
        raise ValueError("any text")
    return text


def _damage(text: str) -> str:
    choices = [name for field_, kinds in DAMAGES.items() for name in (field_, *kinds)]
    return _one_of(*choices)(text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "status": _whole(_FIRST_ERROR, _LAST_ERROR),
    "retry_after": _whole(0, int(_LONGEST)),
    "latency": _number(_LONGEST),
    "cut": _number(1.0),
    "malformed": _flag,
    "duplicates": _number(1.0),
    "late": _number(1.0),
    "bad": _damage,
    "share": _number(1.0),
    "end_date": _one_of(*END_DATE_READINGS),
    "paging": _flag,
    "path": _path,
    "times": _whole(0, 1_000_000),
    "id": _text,
}
