"""Ways into a SUPER value: `a.b`, `a[0]`, `t.a.b[0].c`."""

from __future__ import annotations

from functools import partial

from pglast import ast

from deftunes_redshift.dialect.tree import call, changed, text, walk
from deftunes_redshift.errors import RedshiftError

_Table = tuple[str | None, ...]  # its name, with what stands before it


def check_way(node: ast.A_Indirection) -> None:
    """See that a subscript is one into a SUPER value.

    Raises:
        RedshiftError: If it is one that Redshift has not, such as a slice of an array.
    """
    sound = isinstance(node.arg, (ast.ColumnRef, ast.FuncCall)) and all(
        isinstance(step, ast.String) or _index(step) is not None for step in node.indirection
    )
    if not sound:
        raise RedshiftError.unsupported("subscript or field of an expression")


def with_navigation(statement: ast.Node) -> ast.Node:
    """Make calls of all ways into SUPER values.

    What stands before the first point is a table if the statement names one so, else a column.
    """
    tables: set[_Table] = set()
    for item in walk(statement):
        if isinstance(item, ast.Alias):
            tables.add((item.aliasname,))
        elif isinstance(item, ast.RangeVar):
            whole = (item.catalogname, item.schemaname, item.relname)
            tables |= {whole, whole[1:], whole[2:]}
    result: ast.Node = changed(statement, partial(_change, tables=tables))
    return result


def _change(node: ast.Node, tables: set[_Table]) -> ast.Node:
    if isinstance(node, ast.ColumnRef):
        return _way(node, tables)
    if isinstance(node, ast.A_Indirection):
        return _through(node.arg, node.indirection)
    if isinstance(node, ast.ResTarget) and node.name is None and _is_step(node.val, "super_key"):
        node.name = node.val.args[1].val.sval  # an attribute's column is called as it is
    return node


def _way(node: ast.ColumnRef, tables: set[_Table]) -> ast.Node:
    fields = node.fields
    if not all(isinstance(field, ast.String) for field in fields):
        return node
    names = [field.sval for field in fields]
    lengths = [size for size in (1, 2, 3) if tuple(names[:size]) in tables]
    within = max(lengths, default=0) + 1
    if len(names) <= within:
        return node
    return _through(ast.ColumnRef(fields=fields[:within]), fields[within:])


def _through(value: ast.Node, steps: tuple[ast.Node, ...]) -> ast.Node:
    for step in steps:
        if isinstance(step, ast.String):
            value = call("super_key", value, text(step.sval))
        else:
            index = ast.A_Const(val=ast.Integer(_index(step)), isnull=False)
            value = call("super_item", value, index)
    return value


def _index(step: ast.Node) -> int | None:
    """Give the number between brackets; None if it is a slice or computed."""
    if not isinstance(step, ast.A_Indices) or step.is_slice:
        return None
    number = step.uidx
    if isinstance(number, ast.A_Const) and isinstance(number.val, ast.Integer):
        return int(number.val.ival)
    return None


def _is_step(node: ast.Node, name: str) -> bool:
    return isinstance(node, ast.FuncCall) and node.funcname[-1].sval == name
