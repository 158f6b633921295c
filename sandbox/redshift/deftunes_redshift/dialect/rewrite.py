"""Says in PostgreSQL's words what Redshift calls otherwise or means otherwise."""

from __future__ import annotations

from pglast import ast

from deftunes_redshift.dialect.datatypes import as_any_type, size_of, type_of
from deftunes_redshift.dialect.rewritten_calls import as_postgres_calls
from deftunes_redshift.dialect.tree import call, cast, changed, word_of

OVERLAID = {
    "pg_attribute": "pg_attribute",
    "pg_class": "pg_class",
    "pg_namespace": "pg_namespace",
    "pg_proc": "pg_proc",
    "pg_tables": "pg_tables",
    "pg_views": "pg_views",
}
INFORMATION_SCHEMA = {
    "columns": "columns",
    "table_constraints": "table_constraints",
    "tables": "tables",
    "views": "views",
}
"""Relations of the catalog that Redshift shows otherwise, and our views of them."""


def rewritten(statement: ast.Node) -> ast.Node:
    """Give a statement in PostgreSQL's words; it is changed in place.

    Raises:
        RedshiftError: If a function is called as Redshift does not have it.
    """
    result: ast.Node = changed(statement, _change)
    return result


def _change(node: ast.Node) -> ast.Node:
    if isinstance(node, ast.FuncCall):
        return as_postgres_calls(node)
    if isinstance(node, ast.TypeCast):
        return _cast(node)
    if isinstance(node, ast.RangeVar):
        return _relation(node)
    if isinstance(node, ast.ColumnRef) and word_of(node) == "sysdate":
        return call("sysdate", schema="pg_catalog")
    return node


def _cast(node: ast.TypeCast) -> ast.Node:
    as_any_type(node.typeName)
    size = size_of(node.typeName)
    if type_of(node.typeName) in ("varchar", "bpchar") and size is not None:
        node.arg = call("cut", cast(node.arg, "text"), _number(size))
    return node


def _relation(node: ast.RangeVar) -> ast.Node:
    overlay = None
    if node.schemaname in (None, "pg_catalog"):
        overlay = OVERLAID.get(node.relname)
    elif node.schemaname == "information_schema":
        overlay = INFORMATION_SCHEMA.get(node.relname)
    if overlay:
        node.alias = node.alias or ast.Alias(aliasname=node.relname)
        node.schemaname, node.relname = "rs_catalog", overlay
    return node


def _number(value: int) -> ast.A_Const:
    return ast.A_Const(val=ast.Integer(value), isnull=False)
