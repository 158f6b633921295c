"""A statement's words: PostgreSQL's own scanner, and edits by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pglast import parser

from deftunes_redshift.errors import RedshiftError

_COMMENTS = ("SQL_COMMENT", "C_COMMENT")


@dataclass(frozen=True)
class Token:
    """A word of a statement.

    Attributes:
        text: As it is written.
        word: In lower case; of a quoted name or a literal, as it is written.
        kind: The scanner's name for it, such as IDENT, SCONST, ICONST or ASCII_40.
        start: Its first character's place.
        end: The place after its last one.
    """

    text: str
    word: str
    kind: str
    start: int
    end: int

    def is_name(self) -> bool:
        """Tell whether it can name something: a quoted name, or a word that is no symbol."""
        return self.text[0] == '"' or self.text[0].isalpha() or self.text[0] == "_"

    def name(self) -> str:
        """Give the name that it stands for; names fold to lower case, also quoted ones."""
        bare = self.text[1:-1].replace('""', '"') if self.text[0] == '"' else self.text
        return bare.lower()


@lru_cache(maxsize=16)
def tokens_of(text: str) -> tuple[Token, ...]:
    """Read the words of a text, without its comments.

    One step after the other reads the same statement, unless the one before has changed it.

    Raises:
        RedshiftError: If it cannot be read, such as for a quote that is never closed.
    """
    try:
        scanned = parser.scan(text)
    except parser.ParseError as error:
        raise RedshiftError(str(error.args[0]), "42601") from error
    found = []
    for item in scanned:
        if item.name not in _COMMENTS:
            piece = text[item.start : item.end + 1]
            word = piece if piece[0] in "\"'" else piece.lower()
            found.append(Token(piece, word, item.name, item.start, item.end + 1))
    return tuple(found)


def statements_of(text: str) -> list[str]:
    """Split a text at its semicolons."""
    found, start = [], 0
    tokens = tokens_of(text)
    places = [token.start for token in tokens if token.text == ";"]
    for end in [*places, len(text)]:
        if any(start <= token.start < end for token in tokens):
            found.append(text[start:end].strip())
        start = end + 1
    return found


def starts(tokens: Sequence[Token], *words: str, at: int = 0) -> bool:
    """Tell whether these words stand at a place."""
    return [token.word for token in tokens[at : at + len(words)]] == list(words)


def closing(tokens: Sequence[Token], opening: int) -> int:
    """Find the bracket that closes the one at a place.

    Raises:
        RedshiftError: If it is never closed.
    """
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    raise RedshiftError("syntax error at end of input", "42601")


class Edits:
    """Changes to a text, by place; what is between them stays as it is written."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._changes: list[tuple[int, int, str]] = []

    def replace(self, start: int, end: int, new: str) -> None:
        """Put something in the place of what is written."""
        self._changes.append((start, end, new))

    def result(self) -> str:
        """Give the text with its changes."""
        pieces, place = [], 0
        for start, end, new in sorted(self._changes):
            pieces += [self._text[place:start], new]
            place = end
        return "".join([*pieces, self._text[place:]])
