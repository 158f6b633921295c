"""Refuses calls of functions that Redshift has not, or has not so."""

from __future__ import annotations

from pglast import ast, enums

from deftunes_redshift.dialect.functions import (
    AGGREGATES,
    FUNCTIONS,
    LEADER_ONLY,
    NEEDS_FRAME,
    WINDOW,
    WITHIN_GROUP,
)
from deftunes_redshift.dialect.tree import function_name, walk
from deftunes_redshift.dialect.words import LISTAGG_DISTINCT, QUALIFY, TOP
from deftunes_redshift.errors import RedshiftError

_OURS = frozenset({TOP, QUALIFY, LISTAGG_DISTINCT})
_FRAME_IS_WRITTEN, _FRAME_OF_RANGE, _FRAME_OF_GROUPS = 0x1, 0x2, 0x8
_TIMES = {
    enums.SQLValueFunctionOp.SVFOP_CURRENT_TIME: "current_time",
    enums.SQLValueFunctionOp.SVFOP_CURRENT_TIMESTAMP: "current_timestamp",
    enums.SQLValueFunctionOp.SVFOP_LOCALTIME: "localtime",
    enums.SQLValueFunctionOp.SVFOP_LOCALTIMESTAMP: "localtimestamp",
}


def check_call(node: ast.FuncCall) -> None:
    """See that a function may be called so.

    Raises:
        RedshiftError: If there is none of this name, or it has no such clause.
    """
    name = function_name(node)
    if name not in FUNCTIONS and name not in _OURS:
        raise RedshiftError(
            f"function {name} is not supported", "42883", hint="It is not on the stand-in's list."
        )
    if node.agg_filter:
        raise RedshiftError.unsupported("FILTER clause of an aggregate function")
    if node.agg_order and not node.agg_within_group:
        raise RedshiftError.unsupported("ORDER BY within an aggregate function's arguments")
    if node.agg_within_group and name not in {*WITHIN_GROUP, LISTAGG_DISTINCT}:
        raise RedshiftError.unsupported(f"WITHIN GROUP of function {name}")
    if node.func_variadic:
        raise RedshiftError.unsupported("VARIADIC")
    if node.over is not None:
        _window(name, node)
    elif name in WINDOW:
        raise RedshiftError(f"window function {name} requires an OVER clause", "42809")


def _window(name: str, node: ast.FuncCall) -> None:
    window = node.over
    options = int(window.frameOptions or 0)
    if name not in AGGREGATES and name not in WINDOW:
        raise RedshiftError(f"{name} is neither a window function nor an aggregate", "42809")
    if node.agg_distinct:
        raise RedshiftError.unsupported("DISTINCT within a window function")
    if window.name or window.refname:
        raise RedshiftError.unsupported("WINDOW clause")
    if window.orderClause and name in NEEDS_FRAME and not options & _FRAME_IS_WRITTEN:
        raise RedshiftError(
            "Aggregate window functions with an ORDER BY clause require a frame clause", "42601"
        )
    if options & _FRAME_IS_WRITTEN and options & (_FRAME_OF_RANGE | _FRAME_OF_GROUPS):
        raise RedshiftError.unsupported("RANGE or GROUPS frame of a window")


def check_leader_functions(statement: ast.Node) -> None:
    """Some functions run on the leader node alone, where there is no table of a person's.

    Raises:
        RedshiftError: If one of them is called beside such a table.
    """
    nodes = list(walk(statement))
    if not any(isinstance(node, ast.RangeVar) and _is_a_persons(node, nodes) for node in nodes):
        return
    for node in nodes:
        name = function_name(node) if isinstance(node, ast.FuncCall) else ""
        if isinstance(node, ast.SQLValueFunction):
            name = _TIMES.get(node.op, "")
        if name in LEADER_ONLY or name in _TIMES.values():
            raise RedshiftError(
                "Specified types or functions (one per INFO message) not supported on "
                "Redshift tables.",
                "0A000",
                detail=f'Function "{name}()" not supported.',
            )


def _is_a_persons(relation: ast.RangeVar, nodes: list[ast.Node]) -> bool:
    if relation.schemaname in ("pg_catalog", "information_schema"):
        return False
    if relation.schemaname is None:
        commons = {node.ctename for node in nodes if isinstance(node, ast.CommonTableExpr)}
        if relation.relname in commons:
            return False
    return not relation.relname.startswith(("pg_", "svv_", "stv_", "stl_", "svl_", "sys_"))
