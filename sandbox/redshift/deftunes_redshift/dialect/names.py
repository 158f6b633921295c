"""Names of relations, as statements write them."""

from __future__ import annotations

from collections.abc import Sequence

from deftunes_redshift.dialect.tokens import Token
from deftunes_redshift.errors import RedshiftError

Name = tuple[str | None, str]
"""Schema (None: whichever of the search path has it) and relation."""


def read_name(tokens: Sequence[Token], at: int) -> tuple[Name, int]:
    """Read `relation`, `schema.relation` or `database.schema.relation`.

    Returns:
        The name, and the place of the word after it.

    Raises:
        RedshiftError: If there is no name at the place.
    """
    if at >= len(tokens) or not tokens[at].is_name():
        near = f'near "{tokens[at].text}"' if at < len(tokens) else "end of input"
        raise RedshiftError(f"syntax error at or {near}", "42601")
    parts = [tokens[at].name()]
    at += 1
    while at + 1 < len(tokens) and tokens[at].text == "." and tokens[at + 1].is_name():
        parts.append(tokens[at + 1].name())
        at += 2
    return (parts[-2] if len(parts) > 1 else None, parts[-1]), at


def quoted(name: Name) -> str:
    """Write a name such that PostgreSQL takes it as it is."""
    schema, relation = name
    return quote(relation) if schema is None else f"{quote(schema)}.{quote(relation)}"


def quote(word: str) -> str:
    """Write one identifier."""
    return '"' + word.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a string literal."""
    return "'" + text.replace("'", "''") + "'"
