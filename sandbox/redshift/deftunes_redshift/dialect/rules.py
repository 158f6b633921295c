"""Refuses whatever is not listed, in Redshift's kind of words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pglast import ast, enums

from deftunes_redshift.dialect.calls import check_call, check_leader_functions
from deftunes_redshift.dialect.correlation import check_correlation
from deftunes_redshift.dialect.datatypes import check_type
from deftunes_redshift.dialect.navigation import check_way
from deftunes_redshift.dialect.syntax import (
    OPERATORS,
    PARTS,
    REFUSED_PARTS,
    STATEMENTS,
    SYSTEM_COLUMNS,
)
from deftunes_redshift.dialect.tree import function_name, kind_of, walk, within
from deftunes_redshift.errors import RedshiftError

_KINDS = {
    enums.A_Expr_Kind.AEXPR_OP_ANY: "operator ANY or ALL of an array",
    enums.A_Expr_Kind.AEXPR_OP_ALL: "operator ANY or ALL of an array",
    enums.A_Expr_Kind.AEXPR_DISTINCT: "IS DISTINCT FROM",
    enums.A_Expr_Kind.AEXPR_NOT_DISTINCT: "IS DISTINCT FROM",
    enums.A_Expr_Kind.AEXPR_BETWEEN_SYM: "BETWEEN SYMMETRIC",
    enums.A_Expr_Kind.AEXPR_NOT_BETWEEN_SYM: "BETWEEN SYMMETRIC",
}

_DISTINCT_SETS = {
    enums.SetOperation.SETOP_INTERSECT: "INTERSECT",
    enums.SetOperation.SETOP_EXCEPT: "EXCEPT",
}


def check(statement: ast.Node) -> None:
    """See that a statement has nothing that Redshift has not.

    Raises:
        RedshiftError: For the first thing that it has not.
    """
    kind = kind_of(statement)
    if kind in REFUSED_PARTS:
        raise RedshiftError.unsupported(REFUSED_PARTS[kind][0])
    if kind not in STATEMENTS:
        raise RedshiftError(f"the stand-in does not know the statement {kind}", "0A000")
    nodes = list(walk(statement))
    inserted = [node.selectStmt for node in nodes if isinstance(node, ast.InsertStmt)]
    for node in nodes:
        kind = kind_of(node)
        if isinstance(node, ast.SelectStmt) and node.valuesLists and node not in inserted:
            raise RedshiftError.unsupported("VALUES list used as constant table")
        if kind in REFUSED_PARTS:
            raise RedshiftError.unsupported(REFUSED_PARTS[kind][0])
        if kind not in PARTS and kind not in STATEMENTS:
            raise RedshiftError(f"the stand-in does not know {kind}", "0A000")
        if kind in _CHECKS:
            _CHECKS[kind](node)
    check_leader_functions(statement)
    check_correlation(statement)


def _select(node: ast.SelectStmt) -> None:
    if node.all and node.op in _DISTINCT_SETS:
        raise RedshiftError.unsupported(f"{_DISTINCT_SETS[node.op]} ALL")
    if any(isinstance(part, ast.BooleanTest) for part in within(node.targetList)):
        raise RedshiftError(
            "Not implemented", "0A000", hint="Use = in place of IS in a SELECT list."
        )
    if node.distinctClause and node.distinctClause != (None,):
        raise RedshiftError.unsupported("SELECT DISTINCT ON")
    if node.windowClause:
        raise RedshiftError.unsupported("WINDOW clause")


def _insert(node: ast.InsertStmt) -> None:
    if node.onConflictClause:
        raise RedshiftError.unsupported("ON CONFLICT")
    _no_returning(node)


def _no_returning(node: Any) -> None:
    if node.returningClause:
        raise RedshiftError.unsupported("RETURNING")


def _merge(node: ast.MergeStmt) -> None:
    _no_returning(node)
    if node.relation.alias:
        raise RedshiftError.unsupported("alias of a MERGE's target")
    if node.withClause:
        raise RedshiftError.unsupported("WITH clause of a MERGE")
    if not isinstance(node.sourceRelation, ast.RangeVar):
        raise RedshiftError.unsupported("MERGE from a view or subquery")
    target, source = node.relation, node.sourceRelation
    if (target.schemaname, target.relname) == (source.schemaname, source.relname):
        raise RedshiftError.unsupported("MERGE of a table with itself")
    kinds = [clause.matchKind for clause in node.mergeWhenClauses]
    wanted = [
        enums.MergeMatchKind.MERGE_WHEN_MATCHED,
        enums.MergeMatchKind.MERGE_WHEN_NOT_MATCHED_BY_TARGET,
    ]
    if kinds != wanted:
        raise RedshiftError(
            "MERGE needs WHEN MATCHED and then WHEN NOT MATCHED, each of them once", "42601"
        )
    for clause in node.mergeWhenClauses:
        if clause.condition:
            raise RedshiftError.unsupported("condition of a MERGE's WHEN clause")
        if clause.commandType == enums.CmdType.CMD_NOTHING:
            raise RedshiftError.unsupported("DO NOTHING in MERGE")


def _expression(node: ast.A_Expr) -> None:
    if node.kind in _KINDS:
        raise RedshiftError.unsupported(_KINDS[node.kind])
    operator = node.name[-1].sval
    if node.kind == enums.A_Expr_Kind.AEXPR_OP and (
        operator not in OPERATORS or len(node.name) > 1
    ):
        raise RedshiftError(f"operator {operator} is not supported", "42883")


def _type(node: ast.TypeCast) -> None:
    check_type(node.typeName)


def _column(node: ast.ColumnRef) -> None:
    last = node.fields[-1]
    if isinstance(last, ast.String) and last.sval in SYSTEM_COLUMNS:
        raise RedshiftError.unsupported(f'system column "{last.sval}"')


def _common_table(node: ast.CommonTableExpr) -> None:
    if not isinstance(node.ctequery, ast.SelectStmt):
        raise RedshiftError.unsupported("INSERT, UPDATE or DELETE in WITH")
    if node.ctematerialized != enums.CTEMaterialize.CTEMaterializeDefault:
        raise RedshiftError.unsupported("MATERIALIZED in WITH")
    if node.search_clause or node.cycle_clause:
        raise RedshiftError.unsupported("SEARCH or CYCLE in WITH")


def _subselect(node: ast.RangeSubselect) -> None:
    if node.lateral:
        raise RedshiftError.unsupported("LATERAL")


def _range_function(node: ast.RangeFunction) -> None:
    called = function_name(node.functions[0][0])
    if node.lateral or called != "pg_get_late_binding_view_cols":
        raise RedshiftError.unsupported(f"table function {called}")


def _join(node: ast.JoinExpr) -> None:
    if node.isNatural and node.jointype != enums.JoinType.JOIN_INNER:
        raise RedshiftError.unsupported("NATURAL OUTER JOIN")


def _transaction(node: ast.TransactionStmt) -> None:
    refused = {
        enums.TransactionStmtKind.TRANS_STMT_SAVEPOINT,
        enums.TransactionStmtKind.TRANS_STMT_RELEASE,
        enums.TransactionStmtKind.TRANS_STMT_ROLLBACK_TO,
        enums.TransactionStmtKind.TRANS_STMT_PREPARE,
    }
    if node.kind in refused:
        raise RedshiftError.unsupported("SAVEPOINT")


def _sublink(node: ast.SubLink) -> None:
    if node.subLinkType == enums.SubLinkType.ARRAY_SUBLINK:
        raise RedshiftError.unsupported("ARRAY of a subquery")


_CHECKS: dict[str, Callable[[Any], None]] = {
    "A_Expr": _expression,
    "A_Indirection": check_way,
    "ColumnRef": _column,
    "CommonTableExpr": _common_table,
    "DeleteStmt": _no_returning,
    "FuncCall": check_call,
    "InsertStmt": _insert,
    "JoinExpr": _join,
    "MergeStmt": _merge,
    "RangeFunction": _range_function,
    "RangeSubselect": _subselect,
    "SelectStmt": _select,
    "SubLink": _sublink,
    "TransactionStmt": _transaction,
    "TypeCast": _type,
    "UpdateStmt": _no_returning,
}
