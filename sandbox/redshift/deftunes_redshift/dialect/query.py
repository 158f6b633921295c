"""The way of every statement from the tree as it was written to the text that PostgreSQL gets."""

from __future__ import annotations

from pglast import ast
from pglast.stream import RawStream

from deftunes_redshift.dialect.clauses import with_clauses
from deftunes_redshift.dialect.decimals import with_scales
from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.navigation import with_navigation
from deftunes_redshift.dialect.relations import names_in, views_in, with_late_views
from deftunes_redshift.dialect.rewrite import rewritten


async def query_for_postgres(node: ast.Node, engine: Engine) -> str:
    """Give a checked statement in PostgreSQL's words; the tree is changed on the way."""
    views = await views_in(names_in(node), engine)
    node = await with_late_views(node, views, engine)
    node = with_navigation(node)
    return written(await with_scales(rewritten(with_clauses(node)), engine))


def written(node: ast.Node) -> str:
    """Write a tree as text."""
    return str(RawStream()(node))
