"""CREATE TABLE and ALTER TABLE: what Redshift tells, and what PostgreSQL makes of it."""

from __future__ import annotations

from typing import Any

from pglast import ast, enums

from deftunes_redshift.dialect.datatypes import as_column_type, check_type
from deftunes_redshift.dialect.physical import Physical
from deftunes_redshift.dialect.temporary import MARK
from deftunes_redshift.dialect.tree import walk
from deftunes_redshift.errors import RedshiftError

_TOLD = {
    enums.ConstrType.CONSTR_PRIMARY: "PRIMARY KEY",
    enums.ConstrType.CONSTR_UNIQUE: "UNIQUE",
    enums.ConstrType.CONSTR_FOREIGN: "FOREIGN KEY",
}
_KEPT = {
    enums.ConstrType.CONSTR_NULL,
    enums.ConstrType.CONSTR_NOTNULL,
    enums.ConstrType.CONSTR_DEFAULT,
    enums.ConstrType.CONSTR_IDENTITY,
}
_REFUSED = {
    enums.ConstrType.CONSTR_CHECK: "CHECK constraint",
    enums.ConstrType.CONSTR_EXCLUSION: "EXCLUDE constraint",
    enums.ConstrType.CONSTR_GENERATED: "generated column",
    enums.ConstrType.CONSTR_ATTR_DEFERRABLE: "DEFERRABLE",
    enums.ConstrType.CONSTR_ATTR_DEFERRED: "DEFERRABLE",
}
_ALTERS = {
    enums.AlterTableType.AT_AddColumn,
    enums.AlterTableType.AT_AddConstraint,
    enums.AlterTableType.AT_AlterColumnType,
    enums.AlterTableType.AT_ChangeOwner,
    enums.AlterTableType.AT_DropColumn,
    enums.AlterTableType.AT_DropConstraint,
}


def create_table(node: ast.CreateStmt, told: Physical) -> None:
    """Take keys out of a table's definition, and give its columns Redshift's sizes.

    Raises:
        RedshiftError: If it has a column, constraint or option that Redshift has not.
    """
    for refused, what in (
        (node.inhRelations, "inheritance"),
        (node.partspec, "PARTITION BY of a table"),
        (node.tablespacename, "TABLESPACE"),
        (node.options, "WITH of a table"),
        (node.ofTypename, "OF type of a table"),
    ):
        if refused:
            raise RedshiftError.unsupported(what)
    mark_temporary(node.relation)
    if node.relation.relpersistence == "u":
        raise RedshiftError.unsupported("UNLOGGED")
    elements: list[ast.Node] = []
    for element in node.tableElts or ():
        if isinstance(element, ast.ColumnDef):
            _column(element, node.relation.relname, told)
            elements.append(element)
        elif isinstance(element, ast.Constraint):
            _constraint(element, [], told)
        else:
            elements.append(element)
    primary = {c for key in told.keys if key["type"] == "PRIMARY KEY" for c in key["columns"]}
    for element in elements:
        if isinstance(element, ast.ColumnDef) and element.colname in primary:
            element.constraints = (*(element.constraints or ()), _not_null())
    node.tableElts = tuple(elements)


def mark_temporary(relation: ast.RangeVar) -> None:
    """A table whose name begins with # is temporary."""
    if relation.relname.startswith(MARK):
        relation.relpersistence = "t"


def alter_table(node: ast.AlterTableStmt, told: Physical) -> bool:
    """Look at an ALTER TABLE.

    Returns:
        Whether anything of it is left for PostgreSQL: keys are told only.

    Raises:
        RedshiftError: If Redshift has no such change.
    """
    if len(node.cmds) > 1:
        raise RedshiftError.unsupported("more than one change in an ALTER TABLE")
    command = node.cmds[0]
    if command.subtype not in _ALTERS:
        kind = enums.AlterTableType(command.subtype).name.removeprefix("AT_")
        raise RedshiftError.unsupported(f"ALTER TABLE {kind}")
    if command.subtype == enums.AlterTableType.AT_AddColumn:
        _column(command.def_, node.relation.relname, told)
        if told.keys:
            raise RedshiftError.unsupported("key of a column that is added")
    if command.subtype == enums.AlterTableType.AT_AlterColumnType:
        check_type(command.def_.typeName, column=f"{node.relation.relname}.{command.name}")
        if command.def_.raw_default:
            raise RedshiftError(
                "ALTER TABLE ALTER COLUMN does not support USING expression", "0A000"
            )
        if str(command.def_.typeName.names[-1].sval) != "varchar":
            raise RedshiftError.unsupported("ALTER COLUMN TYPE of other than VARCHAR")
    if command.subtype == enums.AlterTableType.AT_AddConstraint:
        _constraint(command.def_, [], told)
        return False
    return bool(command.subtype != enums.AlterTableType.AT_DropConstraint)


def _column(column: ast.ColumnDef, table: str, told: Physical) -> None:
    if column.collClause:
        raise RedshiftError.unsupported("COLLATE of a column in the stand-in")
    check_type(column.typeName, column=f"{table}.{column.colname}")
    as_column_type(column.typeName)
    kept = [
        constraint
        for constraint in column.constraints or ()
        if not _constraint(constraint, [column.colname], told)
    ]
    column.constraints = tuple(kept) or None


def _constraint(constraint: ast.Constraint, columns: list[str], told: Physical) -> bool:
    """Write a key down, or see that a constraint may be; tell whether it was a key."""
    kind = constraint.contype
    if kind in _REFUSED:
        raise RedshiftError.unsupported(_REFUSED[kind])
    if kind not in _TOLD:
        if kind not in _KEPT:
            raise RedshiftError.unsupported(enums.ConstrType(kind).name)
        if any(isinstance(node, ast.ColumnRef) for node in walk(constraint.raw_expr)):
            raise RedshiftError("cannot use column references in default expression", "0A000")
        return False
    names = constraint.fk_attrs if kind == enums.ConstrType.CONSTR_FOREIGN else constraint.keys
    key: dict[str, Any] = {
        "name": constraint.conname,
        "type": _TOLD[kind],
        "columns": [str(item.sval) for item in names or ()] or columns,
    }
    if kind == enums.ConstrType.CONSTR_FOREIGN:
        target = constraint.pktable
        key["references"] = [target.schemaname, target.relname]
    told.keys.append(key)
    return True


def _not_null() -> ast.Constraint:
    return ast.Constraint(contype=enums.ConstrType.CONSTR_NOTNULL, is_enforced=True)
