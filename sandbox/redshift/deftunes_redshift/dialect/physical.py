"""How a table lies in Redshift: read from CREATE statements, which PostgreSQL then takes."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from deftunes_redshift.dialect.names import Name
from deftunes_redshift.dialect.tokens import Edits, Token, closing
from deftunes_redshift.errors import RedshiftError

ENCODINGS = frozenset(
    {
        "auto", "raw", "az64", "bytedict", "delta", "delta32k", "lzo", "mostly8", "mostly16",
        "mostly32", "runlength", "text255", "text32k", "zstd",
    }
)  # fmt: skip
_STYLES = ("even", "all", "key", "auto")


@dataclass
class Physical:
    """What is recorded of a relation beside what PostgreSQL keeps.

    Attributes:
        kind: table, view, late or materialized.
        diststyle: EVEN, ALL, KEY or AUTO.
        distkey: The column that rows are distributed by.
        sortkeys: The columns that they are sorted by.
        sortstyle: COMPOUND or INTERLEAVED.
        encodings: Column and compression.
        keys: Primary, unique and foreign keys: told, never enforced.
        auto_refresh: Of a materialized view.
        backup: Whether snapshots hold it.
        definition: Of a view: as it was written.
        query: Of a late-binding view: what stands for it.
        reads: Of a view: the relations that its query names.
    """

    kind: str
    diststyle: str | None = None
    distkey: str | None = None
    sortkeys: list[str] = field(default_factory=list)
    sortstyle: str | None = None
    encodings: dict[str, str] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    auto_refresh: bool = False
    backup: bool = True
    definition: str | None = None
    query: str | None = None
    reads: list[Name] = field(default_factory=list)

    def comment(self) -> str:
        """Write it as the comment that the catalog's event trigger reads."""
        encoded = base64.b64encode(json.dumps(asdict(self)).encode()).decode()
        return f" /*rs:{encoded}*/"


def take_table_options(
    tokens: Sequence[Token], start: int, end: int, edits: Edits, told: Physical
) -> None:
    """Take the options of a table out of a statement's head.

    Args:
        tokens: The statement's words.
        start: The first word to look at; brackets from here on are skipped.
        end: The place after the last.
        edits: Where they are taken out.
        told: Where they are written down.

    Raises:
        RedshiftError: If they contradict each other or cannot be read.
    """
    at = start
    while at < end:
        token = tokens[at]
        if token.text == "(":
            at = closing(tokens, at) + 1
            continue
        after = _take_option(tokens, at, told)
        if after == at:
            at += 1
            continue
        edits.replace(token.start, tokens[after - 1].end, " ")
        at = after
    _check(told)


def take_column_options(
    tokens: Sequence[Token], start: int, end: int, edits: Edits, told: Physical
) -> None:
    """Take DISTKEY, SORTKEY, ENCODE and IDENTITY out of a list of columns in brackets.

    Args:
        tokens: The statement's words.
        start: The place of the opening bracket.
        end: The place of the closing one.
        edits: Where they are taken out.
        told: Where they are written down.
    """
    at, column, depth, fresh = start + 1, "", 0, True
    while at < end:
        token = tokens[at]
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if fresh and token.is_name():
            column, fresh = token.name(), False
        elif token.text == "," and depth == 0:
            fresh = True
        elif depth == 0 and token.word in ("distkey", "sortkey"):
            if token.word == "distkey":
                told.distkey, told.diststyle = column, "KEY"
            else:
                told.sortkeys, told.sortstyle = [column], "COMPOUND"
            edits.replace(token.start, token.end, " ")
        elif depth == 0 and token.word == "encode":
            told.encodings[column] = _encoding(tokens[at + 1].word)
            edits.replace(token.start, tokens[at + 1].end, " ")
            at += 1
        elif depth == 0 and token.word == "identity":
            at = _identity(tokens, at, edits)
        at += 1
    _check(told)


def _take_option(tokens: Sequence[Token], at: int, told: Physical) -> int:
    """Read one option; give the place after it, or the same place if there is none."""
    words = [token.word for token in tokens[at : at + 3]] + ["", "", ""]
    if words[:2] in (["sortkey", "auto"], ["encode", "auto"]):
        return at + 2
    if words[0] == "backup" and words[1] in ("yes", "no"):
        told.backup = words[1] == "yes"
        return at + 2
    if words[:2] == ["auto", "refresh"] and words[2] in ("yes", "no"):
        if told.kind != "materialized":
            raise RedshiftError('syntax error at or near "auto"', "42601")
        told.auto_refresh = words[2] == "yes"
        return at + 3
    return _take_distribution(tokens, at, words, told) or _take_sorting(tokens, at, words, told)


def _take_distribution(
    tokens: Sequence[Token], at: int, words: Sequence[str], told: Physical
) -> int:
    if words[0] == "diststyle":
        if words[1] not in _STYLES:
            raise RedshiftError(f'syntax error at or near "{words[1]}"', "42601")
        told.diststyle = words[1].upper()
        return at + 2
    if words[0] == "distkey" and words[1] == "(":
        told.distkey = _columns(tokens, at + 1)[0]
        told.diststyle = told.diststyle or "KEY"
        return closing(tokens, at + 1) + 1
    return 0


def _take_sorting(tokens: Sequence[Token], at: int, words: Sequence[str], told: Physical) -> int:
    style = words[0].upper() if words[0] in ("compound", "interleaved") else ""
    opening = at + 1 + bool(style)
    if words[bool(style)] != "sortkey" or tokens[opening].text != "(":
        return at
    told.sortstyle, told.sortkeys = style or "COMPOUND", _columns(tokens, opening)
    return closing(tokens, opening) + 1


def _columns(tokens: Sequence[Token], opening: int) -> list[str]:
    end = closing(tokens, opening)
    return [token.name() for token in tokens[opening + 1 : end] if token.is_name()]


def _encoding(word: str) -> str:
    if word not in ENCODINGS:
        raise RedshiftError(f'invalid encoding type "{word}"', "42601")
    return word


def _identity(tokens: Sequence[Token], at: int, edits: Edits) -> int:
    """Make `IDENTITY(seed, step)` a column that PostgreSQL numbers; give the last word's place."""
    end = closing(tokens, at + 1)
    seed, step = (token.text for token in tokens[at + 2 : end] if token.text != ",")
    if [token.word for token in tokens[at - 3 : at]] == ["by", "default", "as"]:
        edits.replace(tokens[at + 1].start, tokens[end].end, f"(start {seed} increment {step})")
    else:
        new = f"generated always as identity (start {seed} increment {step})"
        edits.replace(tokens[at].start, tokens[end].end, new)
    return end


def _check(told: Physical) -> None:
    if told.distkey and told.diststyle != "KEY":
        raise RedshiftError(f"Cannot specify DISTKEY when DISTSTYLE is {told.diststyle}", "42601")
