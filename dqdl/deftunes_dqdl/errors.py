"""The faults this package foresees: each is a sentence for a person, and holds no value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Position:
    """A place in a rule file.

    Attributes:
        line: From 1.
        column: From 1, in characters.
    """

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class DqdlError(Exception):
    """A foreseen fault; its text says what, where, and what to do next."""


class RulesError(DqdlError):
    """The text is no DQDL, or a rule does not have the form of its type.

    Attributes:
        position: Where; the sentence begins with it.
    """

    def __init__(self, position: Position, sentence: str) -> None:
        super().__init__(f"{position}: {sentence}")
        self.position = position


class EvaluationError(DqdlError):
    """A rule cannot be answered for this data; the sentence says why, not which rule."""


class MissingColumnError(EvaluationError):
    """A rule names a column that the data do not have: Glue lets such a rule fail."""


class DataError(DqdlError):
    """The data to check cannot be opened."""
