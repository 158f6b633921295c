"""PG_GET_LATE_BINDING_VIEW_COLS: the columns that late-binding views have now."""

from __future__ import annotations

import json

from pglast import ast, parser

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
where r.kind = 'late'
order by n.nspname, c.relname
"""
_NONE = "select null::name, null::name, null::name, null::varchar, null::int where false"


async def with_late_columns(node: ast.Node, engine: Engine) -> ast.Node:
    """Put the columns of all late-binding views in the place of the function that tells them."""
    if not any(_is_call(item) for item in walk(node)):
        return node
    rows = []
    for schema, name, query in await engine.rows(_VIEWS):
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


async def _columns(query: str, engine: Engine) -> list[tuple[str, str]]:
    """Tell the names and types of a view's columns; none, if it cannot be read any more."""
    sql = await query_for_postgres(parser.parse_sql(query)[0].stmt, engine)
    found = await engine.rows("select rs_catalog.columns_of($1)", sql)
    return [(name, kind) for name, kind in json.loads(found[0][0])]
