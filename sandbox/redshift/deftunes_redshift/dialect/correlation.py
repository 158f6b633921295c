"""Correlated subqueries: the patterns that Redshift cannot take apart, so that it refuses them.

Only columns that are written with their table are looked at: of others it is not known here
which query they belong to.
"""

from __future__ import annotations

from typing import Any

from pglast import ast, enums

from deftunes_redshift.dialect.tree import walk, within
from deftunes_redshift.errors import RedshiftError

_OUTER = (enums.JoinType.JOIN_LEFT, enums.JoinType.JOIN_RIGHT, enums.JoinType.JOIN_FULL)


def check_correlation(statement: ast.Node) -> None:
    """See that no subquery is correlated in a way that Redshift has not.

    Raises:
        RedshiftError: If one skips a level, stands in the ON of an outer join, or has a window
            function or a LIMIT.
    """
    for select in walk(statement):
        if isinstance(select, ast.SelectStmt):
            _check(select)


def _check(select: ast.SelectStmt) -> None:
    """Look at the subqueries that stand in a query's own expressions."""
    if select.larg is not None:
        return
    ours = _names(select)
    for join in within(select.fromClause):
        if isinstance(join, ast.JoinExpr) and join.jointype in _OUTER:
            for link in within(join.quals):
                if isinstance(link, ast.SubLink) and _refers(link.subselect, ours):
                    raise _refusal("in the ON clause of an outer join")
    for part in (select.targetList, select.whereClause, select.havingClause):
        for link in within(part):
            if isinstance(link, ast.SubLink):
                _check_link(link.subselect, ours)


def _check_link(inner: Any, ours: frozenset[str]) -> None:
    if inner.larg is not None:
        return
    outer = ours - _names(inner)
    deeper = [
        link.subselect
        for part in (inner.targetList, inner.whereClause, inner.havingClause)
        for link in within(part)
        if isinstance(link, ast.SubLink)
    ]
    if any(_refers(query, outer) for query in deeper):
        raise _refusal("that skips a level")
    if not _refers(inner, outer):
        return
    if inner.limitCount is not None:
        raise _refusal("with a LIMIT")
    calls = [node for node in within(inner.targetList) if isinstance(node, ast.FuncCall)]
    if any(call.over is not None for call in calls):
        raise _refusal("with a window function")


def _names(select: Any) -> frozenset[str]:
    """Give the names by which a query's tables are called."""
    found = set()
    for item in within(select.fromClause):
        if isinstance(item, ast.RangeVar) and item.alias is None:
            found.add(item.relname)
        elif isinstance(item, ast.Alias):
            found.add(item.aliasname)
    return frozenset(found)


def _refers(query: Any, names: frozenset[str]) -> bool:
    """Tell whether a query names a column of one of these tables, and has none of that name."""
    outer = names - _names(query) if query.larg is None else names
    return any(
        isinstance(node, ast.ColumnRef)
        and len(node.fields) > 1
        and isinstance(node.fields[0], ast.String)
        and node.fields[0].sval in outer
        for node in walk(query)
    )


def _refusal(what: str) -> RedshiftError:
    return RedshiftError(
        "This type of correlated subquery pattern is not supported yet", "0A000",
        detail=f"It is one {what}.", hint="Write a join.",
    )  # fmt: skip
