"""Statements that are no SQL of PostgreSQL's: told by their first words, done by handlers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from deftunes_redshift import external
from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState
from deftunes_redshift.dialect.alterations import append
from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.names import Name, quoted, read_name
from deftunes_redshift.dialect.physical import ENCODINGS
from deftunes_redshift.dialect.plan import Plan
from deftunes_redshift.dialect.show import show_query
from deftunes_redshift.dialect.tokens import Token, closing, starts
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.copying import copy

_ALTERED = "ALTER TABLE"
_ALTER = "select rs_catalog.alter_relation($1::regclass, $2::jsonb)"
_Statement = Callable[[str, Backend, Aws, SessionState], Awaitable[Outcome]]


async def command(statement: str, tokens: Sequence[Token], engine: Engine) -> Plan | None:
    """Give the plan of a statement that PostgreSQL's parser need not see; None for all others.

    Raises:
        RedshiftError: If it cannot be read, or the stand-in does not know it.
    """
    if tokens[0].word == "copy":
        return _whole(copy, statement)
    if starts(tokens, "create", "external"):
        if starts(tokens, "schema", at=2):
            return _whole(external.create_external_schema, statement)
        raise RedshiftError(
            "the stand-in does not know CREATE EXTERNAL TABLE: make the table in Glue", "0A000"
        )
    if starts(tokens, "drop", "schema") and await _names_external(tokens, engine):
        return _whole(external.drop_external_schema, statement)
    query = show_query(tokens)
    return Plan(query, lasting=False) if query is not None else _reader(tokens)


def _reader(tokens: Sequence[Token]) -> Plan | None:
    if tokens[0].word in ("vacuum", "analyze", "analyse"):
        return _maintenance(tokens)
    if starts(tokens, "alter", "table"):
        return _alter_table(tokens)
    if starts(tokens, "alter", "materialized", "view"):
        return _alter_materialized_view(tokens)
    return None


def _whole(function: _Statement, statement: str) -> Plan:
    return Plan("", handler=partial(function, statement), lasting=False)


async def _names_external(tokens: Sequence[Token], engine: Engine) -> bool:
    words = [token.name() for token in tokens[2:] if token.is_name()]
    return bool(
        await engine.rows(
            "select 1 from rs_catalog.external_schemas where schemaname = any($1)", words
        )
    )


def _maintenance(tokens: Sequence[Token]) -> Plan:
    """VACUUM and ANALYZE do here what PostgreSQL's do; how thoroughly is Redshift's affair."""
    verb = tokens[0].word
    if starts(tokens, verb, "compression"):
        raise RedshiftError("the stand-in does not know ANALYZE COMPRESSION", "0A000")
    at = 1
    while at < len(tokens) and tokens[at].word in (
        "full", "sort", "delete", "only", "reindex", "recluster", "verbose",
    ):  # fmt: skip
        at += 1
    if at == len(tokens):
        return Plan(verb)
    name, _ = read_name(tokens, at)
    return Plan(f"{verb} {quoted(name)}")


def _alter_table(tokens: Sequence[Token]) -> Plan | None:
    name, at = read_name(tokens, 2)
    words = [token.word for token in tokens[at:]]
    if words[:2] == ["append", "from"]:
        source, end = read_name(tokens, at + 2)
        option = tokens[end].word if end < len(tokens) else ""
        if end + 1 < len(tokens) or option not in ("", "ignoreextra", "filltarget"):
            raise RedshiftError(f'syntax error at or near "{tokens[-1].text}"', "42601")
        return Plan("", handler=partial(append, name, source, option), lasting=False)
    change = _change(tokens, at, words) if words[0] == "alter" and len(words) > 2 else None  # noqa: PLR2004 - ALTER, what, to what
    return None if change is None else Plan("", handler=partial(alter, name, change, _ALTERED))


def _change(tokens: Sequence[Token], at: int, words: Sequence[str]) -> dict[str, Any] | None:
    """Read a change that is recorded only; None if it is none."""
    what = words[2] if words[1] == "compound" else words[1]
    if what == "diststyle" and words[2] in ("even", "all", "auto"):
        return {"diststyle": words[2].upper(), "distkey": None}
    if what in ("distkey", "diststyle"):
        return {"diststyle": "KEY", "distkey": tokens[-1].name()}
    if what == "sortkey":
        return {"sortkeys": _columns(tokens, at + words.index(what) + 1), "sortstyle": "COMPOUND"}
    if what == "column" and words[3:4] == ["encode"]:
        if words[4] not in ENCODINGS:
            raise RedshiftError(f'invalid encoding type "{words[4]}"', "42601")
        return {"encodings": {tokens[at + 2].name(): words[4]}}
    return {} if what == "encode" else None


def _alter_materialized_view(tokens: Sequence[Token]) -> Plan:
    name, at = read_name(tokens, 3)
    if not starts(tokens, "auto", "refresh", at=at) or tokens[-1].word not in ("yes", "no"):
        raise RedshiftError(
            "the stand-in knows ALTER MATERIALIZED VIEW only with AUTO REFRESH", "0A000"
        )
    change = {"auto_refresh": tokens[-1].word == "yes"}
    return Plan("", handler=partial(alter, name, change, "ALTER MATERIALIZED VIEW"))


def _columns(tokens: Sequence[Token], at: int) -> list[str]:
    if tokens[at].text != "(":
        return []
    return [token.name() for token in tokens[at : closing(tokens, at)] if token.is_name()]


async def alter(
    name: Name, change: dict[str, Any], tag: str, backend: Backend, _: Aws, __: SessionState
) -> Outcome:
    """Change what is recorded of a relation, and tell the tag."""
    await backend.rows(_ALTER, quoted(name), json.dumps(change))
    return Outcome(tag)


async def truncate(sql: str, backend: Backend, _: Aws, session: SessionState) -> Outcome:
    """Empty a table, and commit the transaction that it stands in."""
    await backend.run(sql)
    if session.in_block:
        await backend.run("commit")
    return Outcome("TRUNCATE TABLE")
