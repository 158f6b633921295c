"""The heads of CREATE statements, as far as PostgreSQL's parser does not know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from deftunes_redshift.dialect.names import read_name
from deftunes_redshift.dialect.physical import Physical, take_column_options, take_table_options
from deftunes_redshift.dialect.tokens import Edits, Token, closing, starts, tokens_of

_UNBOUND = ("with", "no", "schema", "binding")


@dataclass(frozen=True)
class Head:
    """A CREATE statement without what is Redshift's alone.

    Attributes:
        text: The rest of it.
        told: What is recorded; None if it makes no table and no view.
    """

    text: str
    told: Physical | None


def read_head(text: str) -> Head:
    """Take Redshift's own clauses out of a CREATE statement.

    Raises:
        RedshiftError: If they cannot be read.
    """
    tokens = tokens_of(text)
    if not starts(tokens, "create"):
        return Head(text, None)
    at = 3 if starts(tokens, "or", "replace", at=1) else 1
    while at < len(tokens) and tokens[at].word in ("temp", "temporary", "local"):
        at += 1
    if starts(tokens, "table", at=at):
        return _table(text, tokens, at + 1)
    if starts(tokens, "materialized", "view", at=at):
        return _materialized(text, tokens, at + 2)
    if starts(tokens, "view", at=at):
        return _view(text, tokens)
    if starts(tokens, "user", at=at):
        return _user(text, tokens)
    return Head(text, None)


def _table(text: str, tokens: Sequence[Token], at: int) -> Head:
    told, edits = Physical("table"), Edits(text)
    if starts(tokens, "if", "not", "exists", at=at):
        at += 3
    _, at = read_name(tokens, at)
    query = _word(tokens, "as", at)
    if at < query and tokens[at].text == "(":
        take_column_options(tokens, at, closing(tokens, at), edits, told)
    take_table_options(tokens, at, query, edits, told)
    return Head(edits.result(), told)


def _materialized(text: str, tokens: Sequence[Token], at: int) -> Head:
    told, edits = Physical("materialized", definition=text), Edits(text)
    _, at = read_name(tokens, at)
    take_table_options(tokens, at, _word(tokens, "as", at), edits, told)
    return Head(edits.result(), told)


def _view(text: str, tokens: Sequence[Token]) -> Head:
    if starts(tokens, *_UNBOUND, at=len(tokens) - len(_UNBOUND)):
        start = tokens[-len(_UNBOUND)].start
        return Head(text[:start], Physical("late", definition=text))
    return Head(text, Physical("view", definition=text))


def _user(text: str, tokens: Sequence[Token]) -> Head:
    """Write a password that nobody has as PostgreSQL does."""
    edits = Edits(text)
    for one, next_one in pairwise(tokens):
        if (one.word, next_one.word) == ("password", "disable"):
            edits.replace(next_one.start, next_one.end, "null")
    return Head(edits.result(), None)


def _word(tokens: Sequence[Token], word: str, at: int) -> int:
    """Find a word outside of brackets; give the end if it is not there."""
    while at < len(tokens):
        if tokens[at].text == "(":
            at = closing(tokens, at)
        elif tokens[at].word == word:
            return at
        at += 1
    return len(tokens)
