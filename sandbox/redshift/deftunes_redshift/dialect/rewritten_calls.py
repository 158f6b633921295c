"""Calls of functions in PostgreSQL's words."""

from __future__ import annotations

from collections.abc import Callable

from pglast import ast, enums
from pglast.stream import RawStream

from deftunes_redshift.dialect.tree import call, cast, function_name, text, word_of
from deftunes_redshift.dialect.words import LISTAGG_DISTINCT
from deftunes_redshift.errors import RedshiftError

_PART_FIRST = {
    "date_add": ("pg_catalog", "dateadd"),
    "date_diff": ("pg_catalog", "datediff"),
    "date_part": ("rs_catalog", "extract"),
    "date_trunc": ("rs_catalog", "date_trunc"),
    "dateadd": ("pg_catalog", "dateadd"),
    "datediff": ("pg_catalog", "datediff"),
    "extract": ("rs_catalog", "extract"),
}
_RENAMED = {
    "json_array_length": ("rs_catalog", "json_array_length"),
    "initcap": ("rs_catalog", "initcap"),
    "lower": ("rs_catalog", "lower"),
    "pow": ("pg_catalog", "power"),
    "regexp_substr": ("rs_catalog", "regexp_substr"),
    "replicate": ("pg_catalog", "repeat"),
    "split_part": ("rs_catalog", "split_part"),
    "textlen": ("pg_catalog", "length"),
    "upper": ("rs_catalog", "upper"),
    "version": ("rs_catalog", "version"),
}
_IN_DOUBLES = frozenset(
    {
        "cbrt", "dexp", "dlog10", "exp", "log", "pow", "power", "sqrt", "stddev", "stddev_pop",
        "stddev_samp", "var_pop", "var_samp", "variance",
    }
)  # fmt: skip
"""Give DOUBLE PRECISION whatever they are given; PostgreSQL keeps decimals."""


def as_postgres_calls(node: ast.FuncCall) -> ast.Node:
    """Give what PostgreSQL is to compute for a call.

    Raises:
        RedshiftError: If the function is called as Redshift does not have it.
    """
    name = function_name(node)
    if name in _IN_DOUBLES:
        node.args = tuple(cast(item, "float8") for item in node.args or ())
    if name in _PART_FIRST:
        _name(node, *_PART_FIRST[name])
        part = word_of(node.args[0]) if node.args else None
        first = node.args[0] if part is None else text(part)
        node.args = (first, *(_moment(item) for item in node.args[1:]))
    elif name in _RENAMED:
        _name(node, *_RENAMED[name])
    elif name in _REWRITES:
        return _REWRITES[name](node)
    return node


def _nvl(node: ast.FuncCall) -> ast.Node:
    return ast.CoalesceExpr(args=node.args)


def _nvl2(node: ast.FuncCall) -> ast.Node:
    condition, yes, no = node.args
    test = ast.NullTest(arg=condition, nulltesttype=enums.NullTestType.IS_NOT_NULL, argisrow=False)
    return ast.CaseExpr(args=(ast.CaseWhen(expr=test, result=yes),), defresult=no)


def _decode(node: ast.FuncCall) -> ast.Node:
    """DECODE takes two nulls for equal, unlike CASE."""
    subject, *rest = node.args
    default = rest.pop() if len(rest) % 2 else None
    whens = tuple(
        ast.CaseWhen(
            expr=ast.A_Expr(
                kind=enums.A_Expr_Kind.AEXPR_NOT_DISTINCT,
                name=(ast.String("="),),
                lexpr=subject,
                rexpr=search,
            ),
            result=result,
        )
        for search, result in zip(rest[::2], rest[1::2], strict=True)
    )
    return ast.CaseExpr(args=whens, defresult=default)


def _concat(node: ast.FuncCall) -> ast.Node:
    """CONCAT takes two values, and is null if one of them is."""
    if len(node.args or ()) != 2:  # noqa: PLR2004 - as its page says
        raise RedshiftError(
            "function concat is not supported with other than two arguments", "42883",
            hint="Use the operator ||.",
        )  # fmt: skip
    left, right = (cast(item, "text") for item in node.args)
    operator = (ast.String("||"),)
    return ast.A_Expr(kind=enums.A_Expr_Kind.AEXPR_OP, name=operator, lexpr=left, rexpr=right)


def _listagg(node: ast.FuncCall) -> ast.Node:
    """LISTAGG passes over empty texts, and is no longer than a VARCHAR can be."""
    if node.over is not None:
        raise RedshiftError("the stand-in does not know LISTAGG over a window", "0A000")
    shown = RawStream()(node.args[0])
    value = _if_filled(cast(node.args[0], "text"))
    separator = node.args[1] if len(node.args) > 1 else text("")
    order = node.agg_order
    for item in order or ():
        if RawStream()(item.node) == shown:
            item.node = value  # DISTINCT wants to see the same expression
    listed = ast.FuncCall(
        funcname=(ast.String("pg_catalog"), ast.String("string_agg")),
        args=(value, separator),
        agg_order=order,
        agg_distinct=function_name(node) == LISTAGG_DISTINCT or bool(node.agg_distinct),
        funcformat=enums.CoercionForm.COERCE_EXPLICIT_CALL,
    )
    return call("listagg", listed)


def _if_filled(value: ast.Node) -> ast.A_Expr:
    return ast.A_Expr(
        kind=enums.A_Expr_Kind.AEXPR_NULLIF, name=(ast.String("="),), lexpr=value, rexpr=text("")
    )


def _average(node: ast.FuncCall) -> ast.Node:
    _name(node, "rs_catalog", "avg")
    return node


def _replace_all(node: ast.FuncCall) -> ast.Node:
    """REGEXP_REPLACE replaces every match."""
    defaults = (text(""), ast.A_Const(val=ast.Integer(1), isnull=False), text(""))
    value, pattern, *given = node.args
    rest = (*given, *defaults[len(given) :])
    return call("regexp_replace", value, pattern, *rest)


def _json_path(node: ast.FuncCall) -> ast.Node:
    """JSON_EXTRACT_PATH_TEXT may end with a boolean: whether invalid JSON is null."""
    value, *path = node.args
    lenient: ast.Node = ast.A_Const(val=ast.Boolean(boolval=False), isnull=False)
    if path and isinstance(path[-1], ast.A_Const) and isinstance(path[-1].val, ast.Boolean):
        lenient = path.pop()
    return call("json_extract_path_text", value, lenient, *path)


def _share(node: ast.FuncCall) -> ast.Node:
    """RATIO_TO_REPORT: a value over its partition's sum."""
    value = cast(node.args[0], "float8")
    total = ast.FuncCall(
        funcname=(ast.String("pg_catalog"), ast.String("sum")),
        args=(value,),
        over=node.over,
        funcformat=enums.CoercionForm.COERCE_EXPLICIT_CALL,
    )
    return ast.A_Expr(
        kind=enums.A_Expr_Kind.AEXPR_OP, name=(ast.String("/"),), lexpr=value, rexpr=total
    )


def _moment(node: ast.Node) -> ast.Node:
    """A literal among a date function's arguments is a timestamp."""
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String):
        return cast(node, "timestamp")
    return node


def _name(node: ast.FuncCall, schema: str, name: str) -> None:
    node.funcname = (ast.String(schema), ast.String(name))
    node.funcformat = enums.CoercionForm.COERCE_EXPLICIT_CALL


_REWRITES: dict[str, Callable[[ast.FuncCall], ast.Node]] = {
    "avg": _average,
    "concat": _concat,
    "decode": _decode,
    "listagg": _listagg,
    "json_extract_path_text": _json_path,
    LISTAGG_DISTINCT: _listagg,
    "nvl": _nvl,
    "nvl2": _nvl2,
    "ratio_to_report": _share,
    "regexp_replace": _replace_all,
}
