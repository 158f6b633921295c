"""TOP and QUALIFY: what stands for them is taken out of the selected columns again."""

from __future__ import annotations

from pglast import ast, enums

from deftunes_redshift.dialect.tree import changed, function_name, word_of
from deftunes_redshift.dialect.words import QUALIFY, TOP
from deftunes_redshift.errors import RedshiftError

_KEPT = "rs_qualified"


def with_clauses(statement: ast.Node) -> ast.Node:
    """Give a statement with LIMIT for TOP, and a subquery for QUALIFY.

    Raises:
        RedshiftError: If the columns of a query with QUALIFY are not all named.
    """
    result: ast.Node = changed(statement, _change)
    return result


def _change(node: ast.Node) -> ast.Node:
    if not isinstance(node, ast.SelectStmt) or not node.targetList:
        return node
    top = _take(node, TOP)
    if top is not None:
        if node.limitCount is not None:
            raise RedshiftError("TOP and LIMIT cannot be used together", "42601")
        node.limitCount = top
        node.limitOption = enums.LimitOption.LIMIT_OPTION_COUNT
    condition = _take(node, QUALIFY)
    return node if condition is None else _qualified(node, condition)


def _take(node: ast.SelectStmt, marker: str) -> ast.Node | None:
    for place, item in enumerate(node.targetList):
        called = item.val
        if isinstance(called, ast.FuncCall) and function_name(called) == marker:
            node.targetList = node.targetList[:place] + node.targetList[place + 1 :]
            found: ast.Node = called.args[0]
            return found
    return None


def _qualified(node: ast.SelectStmt, condition: ast.Node) -> ast.SelectStmt:
    names = [_name(item) for item in node.targetList]
    aliases = {item.name: item.val for item in node.targetList if item.name}
    condition = changed(condition, lambda item: aliases.get(word_of(item), item))
    node.targetList = (
        *(ast.ResTarget(name=n, val=i.val) for n, i in zip(names, node.targetList, strict=True)),
        ast.ResTarget(name=_KEPT, val=condition),
    )
    outer = ast.SelectStmt(
        targetList=tuple(ast.ResTarget(val=_column(name)) for name in names),
        fromClause=(
            ast.RangeSubselect(lateral=False, subquery=node, alias=ast.Alias(aliasname=_KEPT)),
        ),
        whereClause=_column(_KEPT),
        sortClause=node.sortClause,
        limitCount=node.limitCount,
        limitOffset=node.limitOffset,
        limitOption=node.limitOption or enums.LimitOption.LIMIT_OPTION_DEFAULT,
        withClause=node.withClause,
        op=enums.SetOperation.SETOP_NONE,
        all=False,
        groupDistinct=False,
    )
    node.sortClause = node.limitCount = node.limitOffset = node.withClause = None
    node.limitOption = enums.LimitOption.LIMIT_OPTION_DEFAULT
    return outer


def _name(item: ast.ResTarget) -> str:
    if item.name:
        return str(item.name)
    if isinstance(item.val, ast.ColumnRef) and isinstance(item.val.fields[-1], ast.String):
        return str(item.val.fields[-1].sval)
    raise RedshiftError(
        "the stand-in knows QUALIFY only with columns that have a name", "0A000",
        hint="Write the columns out instead of *, and give expressions an alias.",
    )  # fmt: skip


def _column(name: str) -> ast.ColumnRef:
    return ast.ColumnRef(fields=(ast.String(name),))
