"""The relations that a statement names: what they are, and late-binding views put in full."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from pglast import ast, parser

from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.names import Name, quoted
from deftunes_redshift.dialect.tree import changed, walk
from deftunes_redshift.errors import RedshiftError

_KINDS = """
select named.name, relation.kind, relation.query, relation.reads
from unnest($1::text[]) as named (name)
join rs_catalog.relation as relation on relation.oid = to_regclass(named.name)
where relation.kind <> 'table'
"""
_DEEPEST = 32  # late-binding views in each other


@dataclass(frozen=True)
class View:
    """A view that a statement names.

    Attributes:
        kind: view, late or materialized.
        query: Of a late-binding one: what stands for it.
        reads: The relations that its query names.
    """

    kind: str
    query: str | None
    reads: list[Name]


def names_in(node: ast.Node) -> list[Name]:
    """Give the relations that a statement names, without its own WITH tables."""
    nodes = list(walk(node))
    commons = {item.ctename for item in nodes if isinstance(item, ast.CommonTableExpr)}
    found = {
        (item.schemaname, item.relname)
        for item in nodes
        if isinstance(item, ast.RangeVar)
        and not (item.schemaname is None and item.relname in commons)
    }
    return sorted(found, key=str)


async def views_in(names: Iterable[Name], engine: Engine) -> dict[Name, View]:
    """Ask which of the names are views."""
    written = {quoted(name): name for name in names}
    if not written:
        return {}
    return {
        written[shown]: View(kind, query, [(item[0], item[1]) for item in json.loads(reads)])
        for shown, kind, query, reads in await engine.rows(_KINDS, list(written))
    }


async def all_reads(names: Iterable[Name], views: dict[Name, View], engine: Engine) -> list[Name]:
    """Give what the names read, also through views."""
    found, waiting = set(names), [name for view in views.values() for name in view.reads]
    for _ in range(_DEEPEST):
        fresh = set(waiting) - found
        if not fresh:
            break
        found |= fresh
        deeper = await views_in(fresh, engine)
        waiting = [name for view in deeper.values() for name in view.reads]
    return sorted(found, key=str)


async def with_late_views(node: ast.Node, views: dict[Name, View], engine: Engine) -> ast.Node:
    """Put the queries of late-binding views in the place of their names.

    Raises:
        RedshiftError: If they name each other without an end.
    """
    for _ in range(_DEEPEST):
        late = {name: view for name, view in views.items() if view.kind == "late"}
        if not late:
            return node
        before = {id(item) for item in walk(node)}
        node = changed(node, partial(_in_full, late=late))
        if before == {id(item) for item in walk(node)}:
            return node
        views = await views_in(names_in(node), engine)
    raise RedshiftError("the late-binding views name each other without an end", "42P17")


def _in_full(node: ast.Node, late: dict[Name, View]) -> ast.Node:
    """Put queries where a statement reads: a relation that it drops or renames keeps its name."""
    if isinstance(node, (ast.SelectStmt, ast.UpdateStmt)) and node.fromClause:
        node.fromClause = tuple(_source(item, late) for item in node.fromClause)
    elif isinstance(node, ast.DeleteStmt) and node.usingClause:
        node.usingClause = tuple(_source(item, late) for item in node.usingClause)
    elif isinstance(node, ast.JoinExpr):
        node.larg, node.rarg = _source(node.larg, late), _source(node.rarg, late)
    return node


def _source(node: ast.Node, late: dict[Name, View]) -> ast.Node:
    if not isinstance(node, ast.RangeVar):
        return node
    view = late.get((node.schemaname, node.relname))
    if view is None or view.query is None:
        return node
    alias = node.alias.aliasname if node.alias else node.relname
    names = [item.sval for item in (node.alias and node.alias.colnames) or ()]
    return subquery(view.query, alias, names)


def subquery(sql: str, alias: str, columns: Iterable[str] = ()) -> ast.RangeSubselect:
    """Make a query a part of another's FROM."""
    return ast.RangeSubselect(
        lateral=False,
        subquery=parser.parse_sql(sql)[0].stmt,
        alias=ast.Alias(
            aliasname=alias, colnames=tuple(ast.String(name) for name in columns) or None
        ),
    )
