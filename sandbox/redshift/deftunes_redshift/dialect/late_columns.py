"""PG_GET_LATE_BINDING_VIEW_COLS: the columns that late-binding views have now."""

from __future__ import annotations

import json

from pglast import ast, enums, parser

from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.names import literal
from deftunes_redshift.dialect.query import query_for_postgres
from deftunes_redshift.dialect.relations import subquery
from deftunes_redshift.dialect.tree import changed, function_name, walk

NAME = "pg_get_late_binding_view_cols"
_VIEWS = """
select n.nspname, c.relname, r.query
from rs_catalog.relation as r
join pg_class as c using (oid)
join pg_namespace as n on n.oid = c.relnamespace
where r.kind = 'late' and ($1::text[] is null or c.relname = any($1))
order by n.nspname, c.relname
"""
_NONE = "select null::name, null::name, null::name, null::varchar, null::int where false"


async def with_late_columns(node: ast.Node, engine: Engine) -> ast.Node:
    """Put the columns of all late-binding views in the place of the function that tells them."""
    if not any(_is_call(item) for item in walk(node)):
        return node
    rows = []
    for schema, name, query in await engine.rows(_VIEWS, _asked_for(node)):
        for place, (column, kind) in enumerate(await _columns(query, engine), 1):
            words = [f"{literal(word)}::name" for word in (schema, name, column)]
            rows.append(f"select {', '.join(words)}, {literal(kind)}::varchar, {place}::int")
    sql = " union all ".join([*rows, _NONE])

    def change(item: ast.Node) -> ast.Node:
        if not _is_call(item):
            return item
        names = [column.colname for column in item.coldeflist or ()]
        return subquery(sql, item.alias.aliasname if item.alias else NAME, names)

    result: ast.Node = changed(node, change)
    return result


def _is_call(node: ast.Node) -> bool:
    return isinstance(node, ast.RangeFunction) and function_name(node.functions[0][0]) == NAME


def _asked_for(node: ast.Node) -> list[str] | None:
    """Give the view that a statement asks for by `where view_name = '…'`; none: it asks for all.

    dbt does so for each relation, and to describe all views for it would take most of a build.
    """
    selects = [item for item in walk(node) if isinstance(item, ast.SelectStmt)]
    asking = [item for item in selects if any(map(_is_call, item.fromClause or ()))]
    names = [_name_in(item) for item in asking]
    found = [name for name in names if name is not None]
    return found if len(found) == sum(map(_is_call, walk(node))) else None


def _name_in(select: ast.SelectStmt) -> str | None:
    where = select.whereClause
    if len(select.fromClause) != 1 or not isinstance(where, ast.A_Expr):
        return None
    columns = [column.colname for column in select.fromClause[0].coldeflist or ()]
    left, right = where.lexpr, where.rexpr
    if (
        where.kind == enums.A_Expr_Kind.AEXPR_OP
        and where.name[-1].sval == "="
        and isinstance(left, ast.ColumnRef)
        and [left.fields[-1]] == [ast.String(name) for name in columns[1:2]]
        and isinstance(right, ast.A_Const)
        and isinstance(right.val, ast.String)
    ):
        return str(right.val.sval)
    return None


async def _columns(query: str, engine: Engine) -> list[tuple[str, str]]:
    """Tell the names and types of a view's columns; none, if it cannot be read any more."""
    sql = await query_for_postgres(parser.parse_sql(query)[0].stmt, engine)
    found = await engine.rows("select rs_catalog.columns_of($1)", sql)
    return [(name, kind) for name, kind in json.loads(found[0][0])]
