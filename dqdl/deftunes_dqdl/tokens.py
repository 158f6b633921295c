"""Text cut into words, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from deftunes_dqdl.errors import Position, RulesError

Kind = Literal["text", "number", "name", "sign", "end"]

_SKIPPED = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
_TEXT = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9_.]+")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_SIGN = re.compile(r">=|<=|[][(){},:=<>!$*/+-]")


@dataclass(frozen=True)
class Token:
    """A word of the language.

    Attributes:
        kind: What it is; `end` stands after the last word.
        text: As written; of a quoted text what stands between the quotes.
        position: Where it begins.
    """

    kind: Kind
    text: str
    position: Position

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the text"
        return "a quoted text" if self.kind == "text" else f"`{self.text}`"


def tokens(source: str) -> Iterator[Token]:
    """Cut a rule file into words; the last is of kind `end`.

    Raises:
        RulesError: A character or a quoted text that the language does not have.
    """
    place, line, line_start = 0, 1, 0
    while True:
        skipped = _SKIPPED.match(source, place)
        if skipped:
            line, line_start = _moved(skipped, line, line_start)
            place = skipped.end()
        position = Position(line, place - line_start + 1)
        if place == len(source):
            yield Token("end", "", position)
            return
        token, match = _token(source, place, position)
        yield token
        line, line_start = _moved(match, line, line_start)
        place = match.end()


def _token(source: str, place: int, position: Position) -> tuple[Token, re.Match[str]]:
    if match := _TEXT.match(source, place):
        return Token("text", match[1], position), match
    if match := _WORD.match(source, place):
        kind: Kind = "number" if _NUMBER.fullmatch(match[0]) else "name"
        return Token(kind, match[0], position), match
    if match := _SIGN.match(source, place):
        return Token("sign", match[0], position), match
    if source[place] == '"':
        raise RulesError(position, "this quoted text has no end: close it with a quotation mark.")
    raise RulesError(
        position,
        f"{source[place]!r} does not belong to the language here: texts stand in double quotes, "
        "comments begin with #.",
    )


def _moved(match: re.Match[str], line: int, line_start: int) -> tuple[int, int]:
    """The line on which a match ends, and where that line begins."""
    lines = match[0].count("\n")
    if not lines:
        return line, line_start
    return line + lines, match.start() + match[0].rindex("\n") + 1
