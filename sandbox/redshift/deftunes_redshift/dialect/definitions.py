"""Statements that define something: looked at, and made such that PostgreSQL takes them."""

from __future__ import annotations

from pglast import ast, enums, parser

from deftunes_redshift.dialect.names import quote
from deftunes_redshift.dialect.physical import Physical
from deftunes_redshift.dialect.query import written
from deftunes_redshift.dialect.relations import names_in
from deftunes_redshift.dialect.settings import set_setting, show_setting
from deftunes_redshift.dialect.tables import create_table, mark_temporary
from deftunes_redshift.errors import RedshiftError

_DROPPED = {
    enums.ObjectType.OBJECT_MATVIEW,
    enums.ObjectType.OBJECT_SCHEMA,
    enums.ObjectType.OBJECT_TABLE,
    enums.ObjectType.OBJECT_VIEW,
}
_RENAMED = {
    enums.ObjectType.OBJECT_COLUMN,
    enums.ObjectType.OBJECT_DATABASE,
    enums.ObjectType.OBJECT_ROLE,
    enums.ObjectType.OBJECT_SCHEMA,
    enums.ObjectType.OBJECT_TABLE,
    enums.ObjectType.OBJECT_VIEW,
}


def define(node: ast.Node, told: Physical | None) -> ast.Node:
    """Look at a statement that defines something; give what PostgreSQL is to do.

    Args:
        node: The statement; it may be changed.
        told: What its head said, to be completed; None if it makes no table and no view.

    Raises:
        RedshiftError: If Redshift does not define it so.
    """
    if isinstance(node, ast.CreateStmt):
        create_table(node, told or Physical("table"))
    elif isinstance(node, ast.CreateTableAsStmt):
        _create_as(node, told)
    elif isinstance(node, ast.ViewStmt) and told is not None:
        return _view(node, told)
    elif isinstance(node, ast.DropStmt):
        _drop(node)
    elif isinstance(node, ast.RenameStmt) and node.renameType not in _RENAMED:
        raise RedshiftError.unsupported(f"renaming of {_shown(node.renameType)}")
    elif isinstance(node, ast.VariableSetStmt):
        set_setting(node)
    elif isinstance(node, ast.VariableShowStmt):
        return show_setting(node)
    return node


def _create_as(node: ast.CreateTableAsStmt, told: Physical | None) -> None:
    into = node.into
    mark_temporary(into.rel)
    for refused, what in (
        (into.options, "WITH of a table"),
        (into.onCommit != enums.OnCommitAction.ONCOMMIT_NOOP, "ON COMMIT"),
        (into.tableSpaceName, "TABLESPACE"),
        (into.skipData, "WITH NO DATA"),
    ):
        if refused:
            raise RedshiftError.unsupported(what)
    if told is not None:
        told.reads = names_in(node.query) if told.kind == "materialized" else []


def _view(node: ast.ViewStmt, told: Physical) -> ast.Node:
    if node.options or node.withCheckOption:
        raise RedshiftError.unsupported("WITH of a view")
    if node.view.relpersistence != "p":
        raise RedshiftError.unsupported("TEMPORARY view")
    told.reads = names_in(node.query)
    if told.kind != "late":
        return node
    if any(schema is None for schema, _ in told.reads):
        missing = next(name for schema, name in told.reads if schema is None)
        raise RedshiftError(
            f'relation "{missing}" must be qualified with a schema in a view WITH NO SCHEMA '
            "BINDING",
            "42601",
        )
    if node.aliases:
        raise RedshiftError(
            "the stand-in does not know column names of a late-binding view", "0A000"
        )
    told.query = written(node.query)
    # Something to drop, rename and grant; readers get the query in its place.
    schema = f"{quote(node.view.schemaname)}." if node.view.schemaname else ""
    replace = "or replace " if node.replace else ""
    text = f"create {replace}view {schema}{quote(node.view.relname)} as select 1 as unbound"
    made: ast.Node = parser.parse_sql(text)[0].stmt
    return made


def _drop(node: ast.DropStmt) -> None:
    if node.removeType not in _DROPPED:
        raise RedshiftError.unsupported(f"DROP {_shown(node.removeType)}")
    if node.concurrent:
        raise RedshiftError.unsupported("CONCURRENTLY")


def _shown(kind: int) -> str:
    return str(enums.ObjectType(kind).name).removeprefix("OBJECT_")
