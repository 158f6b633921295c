"""Reads the statements that PostgreSQL's parser does not know, clause by clause."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deftunes_redshift.errors import RedshiftError

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
    |'(?P<string>(?:[^'\\]|''|\\.)*)'
    |"(?P<quoted>(?:[^"]|"")+)"
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<symbol>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of a statement.

    Attributes:
        kind: `word`, `quoted`, `string`, `number` or `symbol`.
        text: What it says: a word in lower case, a string without its quotes.
        written: What was written.
    """

    kind: str
    text: str
    written: str


class Clauses:
    """A statement, read from left to right.

    Args:
        statement: The statement, with or without a semicolon at its end.
    """

    def __init__(self, statement: str) -> None:
        self._tokens = _tokens(statement)
        self._next = 0

    @property
    def ahead(self) -> Token | None:
        """The next token, which stays; None at the end."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def take(self, *words: str) -> bool:
        """Step over these words (or symbols), if they all come next."""
        found = self._tokens[self._next : self._next + len(words)]
        if [token.text for token in found if token.kind in ("word", "symbol")] != list(words):
            return False
        self._next += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Step over these words.

        Raises:
            RedshiftError: Something else comes next.
        """
        for word in words:
            if not self.take(word):
                raise self.error()

    def string(self) -> str:
        """Take a string in single quotes; backslashes are as they were written."""
        return self._take("string").text

    def number(self) -> str:
        """Take a number without a sign."""
        return self._take("number").text

    def name(self) -> str:
        """Take a name, folded to lower case as Redshift folds even what stands in quotes."""
        return self._take("word", "quoted").text.lower()

    def names(self) -> tuple[str, ...]:
        """Take a list of names in parentheses."""
        self.expect("(")
        found = [self.name()]
        while self.take(","):
            found.append(self.name())
        self.expect(")")
        return tuple(found)

    def word(self) -> str:
        """Take a word, in lower case."""
        return self._take("word").text

    def end(self) -> None:
        """See that nothing is left.

        Raises:
            RedshiftError: Something is.
        """
        self.take(";")
        if self.ahead is not None:
            raise self.error()

    def error(self) -> RedshiftError:
        """What Redshift says of the next token, where it cannot stand."""
        if self.ahead is None:
            return RedshiftError("syntax error at end of input", "42601")
        # a string may be a secret
        near = "'…'" if self.ahead.kind == "string" else self.ahead.written
        return RedshiftError(f'syntax error at or near "{near}"', "42601")

    def _take(self, *kinds: str) -> Token:
        token = self.ahead
        if token is None or token.kind not in kinds:
            raise self.error()
        self._next += 1
        return token


def _tokens(statement: str) -> list[Token]:
    found = []
    for match in _TOKEN.finditer(statement):
        kind = str(match.lastgroup)
        if kind == "blank":
            continue
        text = match[kind]
        if kind == "word":
            text = text.lower()
        elif kind == "string":
            text = text.replace("''", "'").replace("\\'", "'")
        elif kind == "quoted":
            text = text.replace('""', '"')
        found.append(Token(kind, text, match[0]))
    return found
