"""What PostgreSQL's parser would stumble over, put in words that it takes."""

from __future__ import annotations

from collections.abc import Sequence

from deftunes_redshift.dialect.tokens import Edits, Token, closing, tokens_of
from deftunes_redshift.errors import RedshiftError

TOP = "rs_top"
QUALIFY = "rs_qualify"
LISTAGG_DISTINCT = "rs_listagg_distinct"
"""Calls that stand for a clause until the statement is parsed."""

_WIDE, _WIDEST = ("varchar", "varying", "nvarchar"), "65535"
_SAID_OTHERWISE = {
    ("json_serialize", "("): '"json_serialize"',  # a word of PostgreSQL's own SQL/JSON
    ("approximate", "count"): "",
    ("approximate", "percentile_disc"): "",
    ("minus", "select"): "except",
    ("minus", "("): "except",
}
_AFTER_QUALIFY = ("order", "limit", "offset", "union", "except", "intersect", "minus", "window")


def with_known_words(text: str) -> str:
    """Fold quoted names; take TOP, QUALIFY, MINUS, APPROXIMATE and backslashes out of the way.

    Raises:
        RedshiftError: If one of them is not where it may be.
    """
    tokens = tokens_of(text)
    edits = Edits(text)
    if tokens[0].word == "delete" and tokens[1:2] and tokens[1].word != "from":
        edits.replace(tokens[0].end, tokens[0].end, " from")
    for at, token in enumerate(tokens):
        following = [item.word for item in tokens[at + 1 : at + 3]] + ["", ""]
        _refuse_newer(token, following[0])
        if token.text[0] == '"':
            edits.replace(token.start, token.end, token.text.lower())
        elif token.kind == "SCONST" and token.text[0] == "'" and "\\" in token.text:
            edits.replace(token.start, token.start, "E")  # a backslash escapes in Redshift
        elif token.word in _WIDE and following[:2] == ["(", "max"]:
            edits.replace(tokens[at + 2].start, tokens[at + 2].end, _WIDEST)
        elif token.word == "listagg" and following[:2] == ["(", "distinct"]:
            edits.replace(token.start, tokens[at + 2].end, f"{LISTAGG_DISTINCT}(")
        elif (token.word, following[0]) in _SAID_OTHERWISE:
            edits.replace(token.start, token.end, _SAID_OTHERWISE[token.word, following[0]])
        elif token.word == "select":
            _take_top(tokens, at, edits)
        elif token.word == "qualify" and at > 0 and following[0]:
            _move_qualify(tokens, at, edits, text)
    return edits.result()


def _refuse_newer(token: Token, following: str) -> None:
    """Numbers such as 1_000 and 0x1F, and FETCH FIRST, are younger than Redshift's parser."""
    if token.kind in ("ICONST", "FCONST") and token.text.strip("0123456789.eE+-"):
        raise RedshiftError(f'syntax error at or near "{token.text}"', "42601")
    if token.word == "fetch" and following in ("first", "next") and token.start > 0:
        raise RedshiftError.unsupported("FETCH FIRST of a query")


def _take_top(tokens: Sequence[Token], select: int, edits: Edits) -> None:
    at = select + 1
    if at < len(tokens) and tokens[at].word in ("distinct", "all"):
        at += 1
    if at + 1 < len(tokens) and tokens[at].word == "top" and tokens[at + 1].kind == "ICONST":
        number = tokens[at + 1].text
        edits.replace(tokens[at].start, tokens[at + 1].end, f"{TOP}({number}), ")


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
