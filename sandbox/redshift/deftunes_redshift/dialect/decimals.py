"""Decimals get the scale that Redshift gives them: PostgreSQL computes with as many as it likes.

The types of columns are asked of PostgreSQL, query by query from the innermost; what is computed
of them is told by `numbers` and written into the statement as casts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from pglast import ast, enums
from pglast.stream import RawStream

from deftunes_redshift.dialect.datatypes import type_of
from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.numbers import Number, common, computed
from deftunes_redshift.dialect.set_operations import with_clause, with_common_decimals
from deftunes_redshift.dialect.tree import cast, changed, function_name, walk

_OPERATORS = ("+", "-", "*", "/")
_SAME = {"abs", "any_value", "first_value", "lag", "last_value", "lead", "max", "min", "nth_value"}
_COUNTS = {"count", "dense_rank", "ntile", "rank", "row_number"}
_MOST = 38
_KINDS = {
    **{kind: Number(kind) for kind in ("int2", "int4", "int8", "float8")},
    "float4": Number("float8"),
}
_Types = dict[str, Number]


async def with_scales(node: ast.Node, engine: Engine) -> ast.Node:
    """Give a statement in which every computed decimal is cast to Redshift's precision."""
    for select in _outermost(node):
        await _settle(select, (), engine)
    return node


def _outermost(node: ast.Node) -> list[ast.SelectStmt]:
    """Find the queries of a statement that stand in no other."""
    if isinstance(node, ast.SelectStmt):
        return [node]
    parts = [getattr(node, name) for name in node]
    return [
        select
        for part in parts
        for item in (part if isinstance(part, tuple) else (part,))
        if isinstance(item, ast.Node)
        for select in _outermost(item)
    ]


async def _settle(
    select: ast.SelectStmt,
    outer: Sequence[ast.CommonTableExpr],
    engine: Engine,
    *,
    within_operation: bool = False,
) -> None:
    commons = tuple(outer)
    for item in select.withClause.ctes if select.withClause else ():
        await _settle(item.ctequery, commons, engine)
        commons = (*commons, item)
    if select.larg is not None:
        await _settle(select.larg, commons, engine, within_operation=True)
        await _settle(select.rarg, commons, engine, within_operation=True)
        if not within_operation:
            await with_common_decimals(select, commons, engine)
        return
    for inner in _inner(select):
        await _settle(inner, commons, engine)
    if not select.targetList or not any(_computes(item) for item in _own(select)):
        return
    types = await _column_types(select, commons, engine)
    for name in ("targetList", "whereClause", "groupClause", "havingClause", "sortClause"):
        value = getattr(select, name)
        if value is not None:
            setattr(select, name, changed(value, lambda item: _with_cast(item, types)))


def _inner(select: ast.SelectStmt) -> list[ast.SelectStmt]:
    """Find the queries that a query has in its clauses."""
    parts = [getattr(select, name) for name in select if name not in ("withClause", "larg", "rarg")]
    return [
        inner
        for part in parts
        for item in (part if isinstance(part, tuple) else (part,))
        if isinstance(item, ast.Node)
        for inner in _outermost(item)
    ]


def _own(select: ast.SelectStmt) -> list[ast.Node]:
    parts = (select.targetList, select.whereClause, select.havingClause, select.groupClause)
    return [node for part in parts for node in walk(part)]


def _computes(node: ast.Node) -> bool:
    if isinstance(node, ast.A_Expr):
        return node.name[-1].sval in _OPERATORS and node.lexpr is not None
    return isinstance(node, ast.FuncCall) and function_name(node) in ("avg", "sum")


async def _column_types(
    select: ast.SelectStmt, commons: Sequence[ast.CommonTableExpr], engine: Engine
) -> _Types:
    columns = {RawStream()(n): n for n in _own(select) if isinstance(n, ast.ColumnRef)}
    names = [name for name in columns if not name.endswith("*")]
    if not names or not select.fromClause:
        return {}
    found = await _asked(names, select, commons, engine)
    if not found and len(names) > 1:  # one of them may be an alias, or of a query around this one
        found = {}
        for name in names:
            found |= await _asked([name], select, commons, engine)
    return found


async def _asked(
    names: Sequence[str],
    select: ast.SelectStmt,
    commons: Sequence[ast.CommonTableExpr],
    engine: Engine,
) -> _Types:
    sources = ", ".join(RawStream()(item) for item in select.fromClause)
    listed = ", ".join(f"{name} as c{place}" for place, name in enumerate(names))
    sql = f"{with_clause(commons)}select {listed} from {sources}"  # noqa: S608 - a part of the statement itself
    answer = await engine.rows("select rs_catalog.columns_of($1)", sql)
    types = [Number.of(kind) for _, kind in json.loads(answer[0][0])]
    return {name: number for name, number in zip(names, types, strict=False) if number}


def _with_cast(node: ast.Node, types: _Types) -> ast.Node:
    if not _computes(node):
        return node
    number = _type_of(node, types)
    if number is None or number.kind != "decimal":
        return node
    return cast(node, "numeric", number.digits, number.scale)


def _type_of(node: ast.Node | None, types: _Types) -> Number | None:
    reader = _READERS.get(type(node))
    return reader(node, types) if reader else None


def _of_cast(node: ast.TypeCast, _: _Types) -> Number | None:
    kind = type_of(node.typeName)
    if kind != "numeric":
        return _KINDS.get(kind)
    mods = [int(item.val.ival) for item in node.typeName.typmods or ()]
    return Number.decimal(mods[0], mods[1] if len(mods) > 1 else 0) if mods else None


def _of_constant(node: ast.A_Const, _: _Types) -> Number | None:
    if isinstance(node.val, ast.Integer):
        return Number("int4")
    if isinstance(node.val, ast.Float):
        return Number.written(str(node.val.fval))
    return None


def _of_column(node: ast.ColumnRef, types: _Types) -> Number | None:
    return types.get(RawStream()(node))


def _of_call(node: ast.FuncCall, types: _Types) -> Number | None:
    name = function_name(node)
    if name in _COUNTS:
        return Number("int8")
    first = _type_of(node.args[0], types) if node.args else None
    if first is None or name in _SAME:
        return first if name in _SAME else None
    if name == "sum":
        kinds = {"int2": Number("int8"), "int4": Number("int8"), "int8": Number("decimal", _MOST)}
        return kinds.get(first.kind) or _widest(first)
    if name == "avg":
        return Number("int8") if first.kind.startswith("int") else _widest(first)
    return None


def _widest(number: Number) -> Number:
    return Number("decimal", _MOST, number.scale) if number.kind == "decimal" else number


def _of_expression(node: ast.A_Expr, types: _Types) -> Number | None:
    if node.kind == enums.A_Expr_Kind.AEXPR_NULLIF:
        return _type_of(node.lexpr, types)
    right = _type_of(node.rexpr, types)
    if node.lexpr is None:
        return right
    left = _type_of(node.lexpr, types)
    operator = node.name[-1].sval
    if left is None or right is None or operator not in _OPERATORS:
        return None
    return computed(operator, left, right)


def _of_all(nodes: Sequence[ast.Node], types: _Types) -> Number | None:
    """Tell what CASE or COALESCE give; nulls count for nothing."""
    given = [n for n in nodes if not (isinstance(n, ast.A_Const) and n.isnull)]
    numbers = [_type_of(node, types) for node in given]
    known = [number for number in numbers if number is not None]
    return common(known) if len(known) == len(numbers) else None


def _of_choice(node: ast.CaseExpr, types: _Types) -> Number | None:
    results = [when.result for when in node.args]
    return _of_all([*results, *([node.defresult] if node.defresult else [])], types)


_READERS: dict[type, Callable[[Any, _Types], Number | None]] = {
    ast.A_Const: _of_constant,
    ast.A_Expr: _of_expression,
    ast.CaseExpr: _of_choice,
    ast.CoalesceExpr: lambda node, types: _of_all(node.args, types),
    ast.ColumnRef: _of_column,
    ast.FuncCall: _of_call,
    ast.MinMaxExpr: lambda node, types: _of_all(node.args, types),
    ast.TypeCast: _of_cast,
}
