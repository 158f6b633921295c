"""Temporary tables that are told by a name with a # before it."""

from __future__ import annotations

from deftunes_redshift.dialect.tokens import Edits, tokens_of

MARK = "#"
_BEFORE = frozenset(
    {
        "table", "from", "join", "into", "update", "exists", "using", "truncate", "like",
        "analyze", "vacuum", "copy", "delete", "on",
    }
)  # fmt: skip


def with_temporary_names(statement: str) -> str:
    """Quote names such as `#t`, which PostgreSQL would take for an operator and a name."""
    if MARK not in statement:
        return statement
    tokens, edits = tokens_of(statement), Edits(statement)
    marked = [
        (before, mark, name)
        for before, mark, name in zip([None, *tokens], tokens, tokens[1:], strict=False)
        if mark.text == MARK and mark.end == name.start and name.is_name()
    ]
    tables = {name.name() for before, _, name in marked if before and before.word in _BEFORE}
    for _, mark, name in marked:
        if name.name() in tables:  # else it is an exclusive or: `a #b`
            edits.replace(mark.start, name.end, f'"{MARK}{name.name()}"')
    return edits.result()
