"""What PostgreSQL's parser would stumble over, put in words that it takes."""

from __future__ import annotations

from collections.abc import Sequence

from deftunes_redshift.dialect.tokens import Edits, Token, closing, tokens_of
from deftunes_redshift.errors import RedshiftError

TOP = "rs_top"
QUALIFY = "rs_qualify"
LISTAGG_DISTINCT = "rs_listagg_distinct"
"""Calls that stand for a clause until the statement is parsed."""

_WIDEST = "65535"
_AFTER_QUALIFY = ("order", "limit", "offset", "union", "except", "intersect", "minus", "window")


def with_known_words(text: str) -> str:
    """Fold quoted names; rewrite TOP, APPROXIMATE, LISTAGG(DISTINCT …), VARCHAR(MAX), QUALIFY, MINUS and backslashes.

    Raises:
        RedshiftError: If one of them is not where it may be.
    """
    tokens = tokens_of(text)
    edits = Edits(text)
    for at, token in enumerate(tokens):
        following = tokens[at + 1].word if at + 1 < len(tokens) else ""
        if token.text[0] == '"':
            edits.replace(token.start, token.end, token.text.lower())
        if token.kind == "SCONST" and token.text[0] == "'" and "\\" in token.text:
            edits.replace(token.start, token.start, "E")  # a backslash escapes in Redshift
        elif token.word in ("varchar", "varying", "nvarchar") and following == "(":
            if tokens[at + 2].word == "max":
                edits.replace(tokens[at + 2].start, tokens[at + 2].end, _WIDEST)
        elif token.word == "approximate" and following in ("count", "percentile_disc"):
            edits.replace(token.start, token.end, "")
        elif token.word == "listagg" and [t.word for t in tokens[at + 1 : at + 3]] == [
            "(",
            "distinct",
        ]:
            edits.replace(token.start, tokens[at + 2].end, f"{LISTAGG_DISTINCT}(")
        elif token.word == "minus" and following in ("select", "("):
            edits.replace(token.start, token.end, "except")
        elif token.word == "select":
            _take_top(tokens, at, edits)
        elif token.word == "qualify" and _is_clause(tokens, at):
            _move_qualify(tokens, at, edits, text)
    return edits.result()


def _take_top(tokens: Sequence[Token], select: int, edits: Edits) -> None:
    at = select + 1
    if at < len(tokens) and tokens[at].word in ("distinct", "all"):
        at += 1
    if at + 1 < len(tokens) and tokens[at].word == "top" and tokens[at + 1].kind == "ICONST":
        number = tokens[at + 1].text
        edits.replace(tokens[at].start, tokens[at + 1].end, f"{TOP}({number}), ")


def _is_clause(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether QUALIFY begins a clause: it is a reserved word, so it names nothing else."""
    return at > 0 and at + 1 < len(tokens) and tokens[at].text[0] != '"'


def _move_qualify(tokens: Sequence[Token], at: int, edits: Edits, text: str) -> None:
    """Hand the condition over as the first of the selected columns."""
    depth, select = 0, at
    while select >= 0:
        depth += {")": 1, "(": -1}.get(tokens[select].text, 0)
        if depth == 0 and tokens[select].word == "select":
            break
        select -= 1
    if select < 0:
        raise RedshiftError('syntax error at or near "qualify"', "42601")
    end = at + 1
    while end < len(tokens):
        if tokens[end].text == ")" or tokens[end].word in _AFTER_QUALIFY:
            break
        end = closing(tokens, end) + 1 if tokens[end].text == "(" else end + 1
    condition = with_known_words(text[tokens[at + 1].start : tokens[end - 1].end])
    if tokens[select + 1].word == "distinct":
        raise RedshiftError.unsupported("SELECT DISTINCT with QUALIFY in the stand-in")
    edits.replace(tokens[select].end, tokens[select].end, f" {QUALIFY}({condition}), ")
    edits.replace(tokens[at].start, tokens[end - 1].end, " ")
