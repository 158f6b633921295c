"""What goes wrong with a call to AWS, and how that is written (`answer=slow_down;at=7`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from deftunes_sandbox.aws.wire import ANSWERS
from deftunes_sandbox.terms import any_text, flag, number, one_of, read_terms, told, whole, written

_LONGEST = 3_600.0  # seconds
_MOST = 1_000_000


@dataclass(frozen=True)
class AwsFault:
    """What shall go wrong with which calls; an empty fault is none."""

    answer: str | None = field(
        default=None, metadata=told(f"refuse the call as AWS does: {', '.join(ANSWERS)}")
    )
    hang: float = field(
        default=0.0, metadata=told("say nothing for this many seconds, then close the connection")
    )
    cut: float | None = field(
        default=None, metadata=told("break off after this share (0 to 1) of the promised answer")
    )
    applied: bool = field(
        default=False,
        metadata=told("do what the call asks for, and only then lose the answer (1 or 0)"),
    )
    call: str = field(
        default="*",
        metadata=told("only for calls like this, such as `s3 PUT *.json` or `glue UpdateTable`"),
    )
    at: int = field(default=1, metadata=told("begin with this one of the calls, counted from 1"))
    times: int | None = field(
        default=None, metadata=told("only for so many calls; without it, for all that follow")
    )

    @classmethod
    def parse(cls, text: str) -> AwsFault:
        """Read a fault such as `answer=internal;call=glue *;at=2;times=1`.

        Raises:
            FaultError: If a term is unknown or has a bad value.
        """
        return cls(**read_terms(text, _READERS))

    def is_about(self, call: str) -> bool:
        """Tell whether a call is one of those that are counted."""
        return fnmatchcase(call, self.call)

    def strikes(self, number: int) -> bool:
        """Tell whether the call of this number (from 1, among those it is about) goes wrong."""
        return self.at <= number and (self.times is None or number < self.at + self.times)

    def __str__(self) -> str:
        return written(self)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "answer": one_of(*ANSWERS),
    "hang": number(_LONGEST),
    "cut": number(1.0),
    "applied": flag,
    "call": any_text,
    "at": whole(1, _MOST),
    "times": whole(1, _MOST),
}
