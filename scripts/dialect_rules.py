"""What a statement has that the shared dialect has not, and the rules that no list can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pglast import ast, enums, parser

from dialect_advice import ADVICE

_PLACES = frozenset({"location", "stmt_len", "stmt_location", "rexpr_list_start", "rexpr_list_end"})
_DIVISOR = "float8"
_FIELDS = frozenset({"year", "quarter", "month", "week", "day", "doy", "dow"})
_WIDEST = {"varchar": 65535, "numeric": 38}
_WORDS = {
    enums.A_Expr_Kind.AEXPR_IN: "in",
    enums.A_Expr_Kind.AEXPR_NULLIF: "nullif",
    enums.A_Expr_Kind.AEXPR_DISTINCT: "is distinct from",
    enums.A_Expr_Kind.AEXPR_NOT_DISTINCT: "is not distinct from",
    enums.A_Expr_Kind.AEXPR_LIKE: "like",
    enums.A_Expr_Kind.AEXPR_ILIKE: "ilike",
    enums.A_Expr_Kind.AEXPR_SIMILAR: "similar to",
    enums.A_Expr_Kind.AEXPR_BETWEEN: "between",
    enums.A_Expr_Kind.AEXPR_NOT_BETWEEN: "not between",
    enums.A_Expr_Kind.AEXPR_OP_ANY: "any of an array",
    enums.A_Expr_Kind.AEXPR_OP_ALL: "all of an array",
}
_DEFAULT = "write it with what transform/dialect.yml lists, or list it there with its page"
_UNPARSED = "only one engine reads this: write it with what transform/dialect.yml lists"


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is not in the shared dialect.

    Attributes:
        line: Where, in the compiled SQL, from 1.
        what: What it is.
        instead: What to do.
    """

    line: int
    what: str
    instead: str


def findings(sql: str, allowed: dict[str, Any], *, star: bool) -> list[Finding]:
    """Find what a statement has that the shared dialect has not.

    Args:
        sql: One compiled statement.
        allowed: transform/dialect.yml.
        star: Whether it may select all columns by a star.
    """
    try:
        (statement,) = parser.parse_sql(sql)
    except parser.ParseError as error:
        reason, *place = error.args
        at = place[0] if place and place[0] is not None else len(sql)
        return [Finding(_line(sql, at), str(reason), _UNPARSED)]
    except ValueError:
        return [Finding(1, "not one statement", "let a model be one `select`")]
    checks = _Checks(allowed, star=star)
    found = {
        Finding(_line(sql, at), what, checks.instead(key))
        for at, key, what in checks.all_of(statement.stmt, 0, None)
    }
    return sorted(found)


def _line(sql: str, at: int) -> int:
    return sql.count("\n", 0, at) + 1


Found = tuple[int, str, str]
"""Place, key into `instead`, and what was found."""


class _Checks:
    def __init__(self, allowed: dict[str, Any], *, star: bool) -> None:
        self._allowed = allowed
        self._star = star

    def instead(self, key: str) -> str:
        return str(self._allowed["instead"].get(key) or ADVICE.get(key) or _DEFAULT)

    def all_of(self, node: Any, at: int, parent: ast.Node | None) -> Iterator[Found]:
        """Check a node and all below it; `at` is the last place that is known."""
        if isinstance(node, tuple):
            for item in node:
                yield from self.all_of(item, at, parent)
        if not isinstance(node, ast.Node):
            return
        place = getattr(node, "location", None)
        at = place if isinstance(place, int) and place > 0 else at
        kind = type(node).__name__
        entry = self._allowed["syntax"].get(kind)
        if entry is None:
            yield at, kind, f"the syntax {kind}"
            return
        for part in node:
            value = getattr(node, part)
            if value not in (None, False, 0, ()) and part not in _PLACES:
                if part not in entry["parts"]:
                    yield at, f"{kind}.{part}", f"{part} of {kind}"
                else:
                    yield from self.all_of(value, at, node)
        for key, what in _SPECIAL[kind](self, node, parent) if kind in _SPECIAL else ():
            yield at, key, what

    def select(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        if node.distinctClause and node.distinctClause != (None,):
            yield "distinct on", "`distinct on`"
        if node.op not in (enums.SetOperation.SETOP_NONE, enums.SetOperation.SETOP_UNION):
            yield "set operation", "`intersect` or `except`"

    def subquery(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        if node.alias is None:
            yield "alias", "a subquery without a name"

    def relation(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        if not node.inh:
            yield "only", "`only`"

    def named(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        names = node.fields if isinstance(node, ast.ColumnRef) else (node,)
        for name in names:
            told = getattr(name, "sval", None) or getattr(name, "name", None)
            if told and told != told.lower():
                yield "case", f'the name "{told}" in quotation marks'

    def text(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        if "\\" in node.sval:
            yield "backslash", "a backslash in a text"

    def number(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        if "e" in node.fval.lower():
            yield "exponent", "a number with an exponent"

    def star(self, _: Any, __: ast.Node | None) -> Iterator[tuple[str, str]]:
        if not self._star:
            yield "star", "`*` in a model"

    def join(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        name = enums.JoinType(node.jointype).name
        if name not in self._allowed["joins"]:
            yield "join", f"the join {name}"

    def call(self, node: Any, parent: ast.Node | None) -> Iterator[tuple[str, str]]:
        name = node.funcname[-1].sval
        schema = node.funcname[0].sval if len(node.funcname) > 1 else "pg_catalog"
        if name not in self._allowed["functions"] or schema != "pg_catalog":
            yield name, f"the function {name}"
            return
        if name in {"extract", "date_trunc"} and _text_of(node.args[0]) not in _FIELDS:
            yield "field", f"`{name}` of another part of a date"
        if name == "row_number" and not (node.over and node.over.orderClause):
            yield "row_number", "`row_number` without an order"
        if name != "row_number" and node.over and (node.over.orderClause or node.agg_distinct):
            yield "running", "an aggregate over rows in order, or over distinct ones"
        if name == "avg" and not _is_double(node.args[0]):
            yield "avg", "`avg` of what is not cast to double precision"
        if name == "date_trunc" and not isinstance(parent, ast.TypeCast):
            yield "date_trunc", "`date_trunc` without a cast around it"

    def expression(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        symbol = node.name[-1].sval
        word = symbol if node.kind == enums.A_Expr_Kind.AEXPR_OP else _WORDS.get(node.kind, "?")
        if word not in self._allowed["operators"]:
            yield word, f"the operator `{word}`"
        elif word == "/" and not (_is_double(node.lexpr) and _is_double(node.rexpr)):
            yield "/", "a division of what is not cast to double precision"

    def type_name(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        name = node.names[-1].sval
        if name not in self._allowed["types"]:
            yield name, f"the type {name}"
        widths = [part.val.ival for part in node.typmods or ()]
        if name == "numeric" and len(widths) != len("ps"):
            yield "numeric", "a decimal without precision and scale"
        if widths and widths[0] > _WIDEST.get(name, 0):
            yield "width", f"the type {name}({widths[0]})"

    def sort(self, node: Any, _: ast.Node | None) -> Iterator[tuple[str, str]]:
        if node.sortby_nulls == enums.SortByNulls.SORTBY_NULLS_DEFAULT:
            yield "order by", "`order by` that does not say where nulls come"


def _is_double(node: Any) -> bool:
    return isinstance(node, ast.TypeCast) and _type_of(node) == _DIVISOR


def _type_of(cast: Any) -> str:
    return str(cast.typeName.names[-1].sval)


def _text_of(node: Any) -> str | None:
    return getattr(getattr(node, "val", None), "sval", None)


_SPECIAL: dict[str, Any] = {
    "A_Expr": _Checks.expression,
    "A_Star": _Checks.star,
    "ColumnRef": _Checks.named,
    "Float": _Checks.number,
    "FuncCall": _Checks.call,
    "JoinExpr": _Checks.join,
    "RangeSubselect": _Checks.subquery,
    "RangeVar": _Checks.relation,
    "ResTarget": _Checks.named,
    "SelectStmt": _Checks.select,
    "SortBy": _Checks.sort,
    "String": _Checks.text,
    "TypeName": _Checks.type_name,
}
