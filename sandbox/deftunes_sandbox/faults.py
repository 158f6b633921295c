"""Faults on demand: what a fault is, and how one is written (`status=500;times=2`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deftunes_sandbox.damage import DAMAGES
from deftunes_sandbox.terms import (
    any_text,
    flag,
    number,
    one_of,
    read_terms,
    told,
    whole,
    written,
)

END_DATE_READINGS = ("end_of_day", "midnight")
_FIRST_ERROR, _LAST_ERROR = 400, 599
_LONGEST = 3_600.0  # seconds


@dataclass(frozen=True)
class Fault:
    """What shall go wrong with a request. The parts combine; an empty fault is none."""

    status: int | None = field(
        default=None, metadata=told("answer with this status (400 to 599) instead of the rows")
    )
    retry_after: int | None = field(
        default=None, metadata=told("with `status`: seconds in a Retry-After header")
    )
    latency: float = field(default=0.0, metadata=told("wait this many seconds before the answer"))
    cut: float | None = field(
        default=None, metadata=told("break off after this share (0 to 1) of the promised body")
    )
    malformed: bool = field(
        default=False, metadata=told("a complete answer whose JSON ends in the middle (1 or 0)")
    )
    duplicates: float = field(default=0.0, metadata=told("serve this share of the rows twice"))
    late: float = field(
        default=0.0,
        metadata=told("withhold this share of the rows (with `times`: they come later)"),
    )
    bad: str | None = field(
        default=None,
        metadata=told("damage this field of some rows; `field:kind` for one kind of damage"),
    )
    share: float = field(
        default=0.01, metadata=told("with `bad`: the share of the rows, one of them at least")
    )
    end_date: str | None = field(
        default=None, metadata=told("read `end_date` as `midnight` or as `end_of_day`")
    )
    paging: bool = field(
        default=False,
        metadata=told("obey `limit` and `offset`, which the real API ignores (1 or 0)"),
    )
    path: str | None = field(default=None, metadata=told("only for this path, such as `/users`"))
    times: int | None = field(
        default=None, metadata=told("only for the first so many requests of each path")
    )
    id: str = field(
        default="", metadata=told("counts `times` apart from the same fault with another id")
    )

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read a fault such as `status=429;retry_after=1;times=2`.

        Raises:
            FaultError: If a term is unknown or has a bad value.
        """
        return cls(**read_terms(text, _READERS))

    def is_empty(self) -> bool:
        """Tell whether nothing shall go wrong."""
        return self == Fault()

    def __str__(self) -> str:
        return written(self)


def _path(text: str) -> str:
    return one_of("/users", "/sessions")(text)


def _damage(text: str) -> str:
    choices = [name for field_, kinds in DAMAGES.items() for name in (field_, *kinds)]
    return one_of(*choices)(text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "status": whole(_FIRST_ERROR, _LAST_ERROR),
    "retry_after": whole(0, int(_LONGEST)),
    "latency": number(_LONGEST),
    "cut": number(1.0),
    "malformed": flag,
    "duplicates": number(1.0),
    "late": number(1.0),
    "bad": _damage,
    "share": number(1.0),
    "end_date": one_of(*END_DATE_READINGS),
    "paging": flag,
    "path": _path,
    "times": whole(0, 1_000_000),
    "id": any_text,
}
