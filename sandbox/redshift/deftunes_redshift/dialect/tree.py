"""Walks through PostgreSQL's syntax tree, and changes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pglast import ast

Change = Callable[[ast.Node], ast.Node]


def walk(node: Any) -> Iterator[ast.Node]:
    """Give a node and all below it."""
    if isinstance(node, ast.Node):
        yield node
        for name in node:
            yield from walk(getattr(node, name))
    elif isinstance(node, tuple):
        for item in node:
            yield from walk(item)


def within(node: Any) -> Iterator[ast.Node]:
    """Give a part of a query and all below it, without the queries in it."""
    if isinstance(node, ast.SelectStmt):
        return
    if isinstance(node, ast.Node):
        yield node
        for name in node:
            yield from within(getattr(node, name))
    elif isinstance(node, tuple):
        for item in node:
            yield from within(item)


def changed(node: Any, change: Change) -> Any:
    """Change a tree from its leaves upwards.

    Args:
        node: The tree, a tuple of them, or a plain value.
        change: Gives what stands in a node's place; its parts have been changed already.
    """
    if isinstance(node, tuple):
        return tuple(changed(item, change) for item in node)
    if not isinstance(node, ast.Node):
        return node
    for name in node:
        value = getattr(node, name)
        if isinstance(value, (ast.Node, tuple)):
            setattr(node, name, changed(value, change))
    return change(node)


def kind_of(node: ast.Node) -> str:
    """Name a node's kind."""
    return type(node).__name__


def function_name(node: ast.FuncCall) -> str:
    """Name the function of a call, without its schema."""
    return str(node.funcname[-1].sval)


def call(name: str, *arguments: ast.Node, schema: str = "rs_catalog") -> ast.FuncCall:
    """Make a call of a function of ours."""
    return ast.FuncCall(
        funcname=(ast.String(schema), ast.String(name)),
        args=arguments,
        funcformat=0,
    )


def text(value: str) -> ast.A_Const:
    """Make a string constant."""
    return ast.A_Const(val=ast.String(value), isnull=False)


def cast(node: ast.Node, name: str, *sizes: int) -> ast.TypeCast:
    """Make a cast."""
    mods = tuple(ast.A_Const(val=ast.Integer(size), isnull=False) for size in sizes)
    kind = ast.TypeName(names=(ast.String("pg_catalog"), ast.String(name)), typmods=mods or None)
    kind.typemod = -1
    return ast.TypeCast(arg=node, typeName=kind)


def word_of(node: ast.Node) -> str | None:
    """Give the word that a bare name is, such as a column's alias or a date part."""
    if isinstance(node, ast.ColumnRef) and len(node.fields) == 1:
        field = node.fields[0]
        return str(field.sval) if isinstance(field, ast.String) else None
    return None
