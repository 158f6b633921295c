"""Says in PostgreSQL's words what Redshift calls otherwise or means otherwise."""

from __future__ import annotations

from collections.abc import Callable

from pglast import ast, enums
from pglast.stream import RawStream

from deftunes_redshift.dialect.datatypes import as_any_type, size_of, type_of
from deftunes_redshift.dialect.tree import call, cast, changed, function_name, text
from deftunes_redshift.dialect.words import LISTAGG_DISTINCT
from deftunes_redshift.errors import RedshiftError

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
    "json_extract_path_text": ("rs_catalog", "json_extract_path_text"),
    "pow": ("pg_catalog", "power"),
    "regexp_substr": ("rs_catalog", "regexp_substr"),
    "replicate": ("pg_catalog", "repeat"),
    "textlen": ("pg_catalog", "length"),
    "version": ("rs_catalog", "version"),
}


def rewritten(statement: ast.Node) -> ast.Node:
    """Give a statement in PostgreSQL's words; it is changed in place.

    Raises:
        RedshiftError: If a function is called as Redshift does not have it.
    """
    result: ast.Node = changed(statement, _change)
    return result


def _change(node: ast.Node) -> ast.Node:
    if isinstance(node, ast.FuncCall):
        return _call(node)
    if isinstance(node, ast.TypeCast):
        return _cast(node)
    if isinstance(node, ast.RangeVar):
        return _relation(node)
    if isinstance(node, ast.ColumnRef) and _word(node) == "sysdate":
        return call("sysdate", schema="pg_catalog")
    return node


def _call(node: ast.FuncCall) -> ast.Node:
    name = function_name(node)
    if name in _PART_FIRST:
        _name(node, *_PART_FIRST[name])
        part = _word(node.args[0]) if node.args else None
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
    if node.over is not None:
        raise RedshiftError("the stand-in does not know LISTAGG over a window", "0A000")
    shown = RawStream()(node.args[0])
    value = cast(node.args[0], "text")
    separator = node.args[1] if len(node.args) > 1 else text("")
    order = node.agg_order
    for item in order or ():
        if RawStream()(item.node) == shown:
            item.node = value  # DISTINCT wants to see the same expression
    return ast.FuncCall(
        funcname=(ast.String("pg_catalog"), ast.String("string_agg")),
        args=(value, separator),
        agg_order=order,
        agg_distinct=function_name(node) == LISTAGG_DISTINCT or bool(node.agg_distinct),
        funcformat=enums.CoercionForm.COERCE_EXPLICIT_CALL,
    )


def _average(node: ast.FuncCall) -> ast.Node:
    _name(node, "rs_catalog", "avg")
    return node


def _replace_all(node: ast.FuncCall) -> ast.Node:
    """REGEXP_REPLACE replaces every match."""
    replacement = node.args[2] if len(node.args) > 2 else text("")  # noqa: PLR2004
    if len(node.args) > 3:  # noqa: PLR2004 - text, pattern, replacement
        raise RedshiftError("the stand-in does not know a position in REGEXP_REPLACE", "0A000")
    node.args = (*node.args[:2], replacement, text("g"))
    return node


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


def _moment(node: ast.Node) -> ast.Node:
    """A literal among a date function's arguments is a timestamp."""
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String):
        return cast(node, "timestamp")
    return node


def _name(node: ast.FuncCall, schema: str, name: str) -> None:
    node.funcname = (ast.String(schema), ast.String(name))
    node.funcformat = enums.CoercionForm.COERCE_EXPLICIT_CALL


def _word(node: ast.Node) -> str | None:
    """Give the word that a bare name is."""
    if isinstance(node, ast.ColumnRef) and len(node.fields) == 1:
        field = node.fields[0]
        return str(field.sval) if isinstance(field, ast.String) else None
    return None


def _number(value: int) -> ast.A_Const:
    return ast.A_Const(val=ast.Integer(value), isnull=False)


_REWRITES: dict[str, Callable[[ast.FuncCall], ast.Node]] = {
    "avg": _average,
    "concat": _concat,
    "decode": _decode,
    "listagg": _listagg,
    LISTAGG_DISTINCT: _listagg,
    "nvl": _nvl,
    "nvl2": _nvl2,
    "ratio_to_report": _share,
    "regexp_replace": _replace_all,
}
