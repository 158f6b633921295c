"""What a rule file says, as a tree.

Two trees are equal when they say the same, wherever it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from deftunes_dqdl.errors import Position

_ESCAPED = re.compile(r'\\(["\\])')

NOWHERE = Position(0, 0)
"""Position of what was made, not read."""


@dataclass(frozen=True)
class Number:
    """A number as written, with its sign: `18`, `-0.5`."""

    text: str


@dataclass(frozen=True)
class Text:
    """A quoted text.

    Attributes:
        raw: What stands between the quotes. A regular expression is read from this.
    """

    raw: str

    @property
    def value(self) -> str:
        r"""The text that is meant: `\"` and `\\` stand for one character each."""
        return _ESCAPED.sub(r"\1", self.raw)


@dataclass(frozen=True)
class Name:
    """An unquoted parameter: `IsPrimaryKey colA`."""

    value: str


@dataclass(frozen=True)
class Variable:
    """A constant that is referred to: `$allowed`."""

    name: str
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Keyword:
    """NULL, EMPTY or WHITESPACES_ONLY."""

    name: str


@dataclass(frozen=True)
class Duration:
    """A number of `days`, `hours` or `minutes`."""

    amount: int
    unit: str


@dataclass(frozen=True)
class Size:
    """A size of a file, with its unit from `B` to `TB`."""

    amount: int
    unit: str


@dataclass(frozen=True)
class Now:
    """The time of evaluation, or a while before (`-`) or after (`+`) it."""

    sign: str = ""
    offset: Duration | None = None


@dataclass(frozen=True)
class Call:
    """A function of earlier results, which makes a rule dynamic: `avg(last(10))`."""

    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True)
class Arithmetic:
    """Operands joined by `+ - * /`, taken from left to right: DQDL knows no precedence."""

    first: Operand
    rest: tuple[tuple[str, Operand], ...]


Operand = Number | Text | Variable | Keyword | Duration | Size | Now | Call | Arithmetic
Parameter = Text | Name | Variable


@dataclass(frozen=True)
class Comparison:
    """`= != > >= < <=` and an operand."""

    operator: str
    operand: Operand


@dataclass(frozen=True)
class Between:
    """Between two bounds, neither included; `not between` includes them."""

    low: Operand
    high: Operand
    negated: bool = False


@dataclass(frozen=True)
class Membership:
    """`in [...]`, or in a constant that holds a list."""

    operands: tuple[Operand, ...] | Variable
    negated: bool = False


@dataclass(frozen=True)
class Matching:
    """`matches "..."`."""

    pattern: Text
    negated: bool = False


Condition = Comparison | Between | Membership | Matching


@dataclass(frozen=True)
class Tag:
    """`with <name> <condition>`; the one named `threshold` is the share of rows that must pass."""

    name: str
    condition: Condition


Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Check:
    """One rule of one type."""

    type: str
    parameters: tuple[Parameter, ...] = ()
    condition: Condition | None = None
    where: Text | None = None
    tags: tuple[Tag, ...] = ()
    labels: Labels = ()
    position: Position = field(default=NOWHERE, compare=False)

    @property
    def threshold(self) -> Condition | None:
        """Which share of the rows must pass; None for all of them."""
        return next((tag.condition for tag in self.tags if tag.name == "threshold"), None)


@dataclass(frozen=True)
class Composite:
    """Rules joined by `and` or by `or`."""

    operator: Literal["and", "or"]
    operands: tuple[Check | Composite, ...]
    labels: Labels = ()
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Analyzer:
    """A measure that is taken without being judged."""

    type: str
    parameters: tuple[Parameter, ...] = ()
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Constant:
    """`name = "text"` or `name = ["a", "b"]`, before the rules."""

    name: str
    value: Operand | tuple[Operand, ...]


Dictionary = tuple[tuple[str, str | tuple[str, ...]], ...]


@dataclass(frozen=True)
class Document:
    """A whole rule file; what it does not have is None."""

    rules: tuple[Check | Composite, ...] | None = None
    analyzers: tuple[Analyzer, ...] | None = None
    default_labels: Labels | None = None
    constants: tuple[Constant, ...] = ()
    metadata: Dictionary | None = None
    sources: Dictionary | None = None
