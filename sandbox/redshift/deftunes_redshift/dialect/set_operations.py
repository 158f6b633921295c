"""Decimals of UNION, INTERSECT and EXCEPT: all arms get the precision and scale that holds them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pglast import ast
from pglast.stream import RawStream

from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.numbers import Number, common
from deftunes_redshift.dialect.tree import cast


async def with_common_decimals(
    operation: ast.SelectStmt, commons: Sequence[ast.CommonTableExpr], engine: Engine
) -> None:
    """Cast the columns of all arms to the decimal that Redshift makes of them.

    Arms that select `*` are left alone, since they have no column to cast.

    Args:
        operation: The set operation; it is changed in place.
        commons: The WITH tables that it may name.
        engine: The session's connection.
    """
    arms = _arms(operation)
    if any(_is_star(item) for arm in arms for item in arm.targetList or ()):
        return
    head = with_clause(commons)
    types = [await _types(arm, head, engine) for arm in arms]
    if len({len(kinds) for kinds in types}) != 1:
        return  # PostgreSQL says what is wrong
    for place, kinds in enumerate(zip(*types, strict=True)):
        numbers = [kind for kind in kinds if kind is not None]
        if len(numbers) < len(arms) or "decimal" not in {number.kind for number in numbers}:
            continue
        wanted = common(numbers)
        if wanted is not None and wanted.kind == "decimal" and len(set(numbers)) > 1:
            for arm in arms:
                _cast(arm.targetList[place], wanted)


def _arms(select: ast.SelectStmt) -> list[ast.SelectStmt]:
    if select.larg is None:
        return [select]
    return [*_arms(select.larg), *_arms(select.rarg)]


def _is_star(item: ast.ResTarget) -> bool:
    return isinstance(item.val, ast.ColumnRef) and isinstance(item.val.fields[-1], ast.A_Star)


def with_clause(commons: Sequence[ast.CommonTableExpr]) -> str:
    """Write the WITH tables that a query may name, as what goes before it."""
    within = ", ".join(RawStream()(item) for item in commons)
    recursive = "recursive " if any(item.cterecursive for item in commons) else ""
    return f"with {recursive}{within} " if within else ""


async def _types(arm: ast.SelectStmt, head: str, engine: Engine) -> list[Number | None]:
    listed = ", ".join(f"c{place}" for place, _ in enumerate(arm.targetList))
    sql = f"{head}select * from ({RawStream()(arm)}) as arm ({listed})"  # noqa: S608 - a part of the statement itself
    answer = await engine.rows("select rs_catalog.columns_of($1)", sql)
    kinds = [kind for _, kind in json.loads(answer[0][0])]
    return [
        _constant(item.val) or Number.of(kind)
        for item, kind in zip(arm.targetList, kinds, strict=False)
    ]


def _constant(node: ast.Node) -> Number | None:
    """A decimal that is written has the digits that it is written with."""
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.Float):
        return Number.written(str(node.val.fval))
    return None


def _cast(item: ast.ResTarget, number: Number) -> None:
    name = item.name
    if name is None and isinstance(item.val, ast.ColumnRef):
        name = item.val.fields[-1].sval
    item.name, item.val = name, cast(item.val, "numeric", number.digits, number.scale)
