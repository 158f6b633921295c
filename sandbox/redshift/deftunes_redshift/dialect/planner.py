"""From a statement in Redshift's words to what PostgreSQL runs."""

from __future__ import annotations

from functools import partial
from typing import Any

from pglast import ast, enums, parser

from deftunes_redshift import external
from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState
from deftunes_redshift.dialect.alterations import check_size_change
from deftunes_redshift.dialect.commands import alter, command, truncate
from deftunes_redshift.dialect.definitions import define
from deftunes_redshift.dialect.engine import Engine
from deftunes_redshift.dialect.heads import read_head
from deftunes_redshift.dialect.late_columns import with_late_columns
from deftunes_redshift.dialect.names import Name, quoted
from deftunes_redshift.dialect.physical import Physical
from deftunes_redshift.dialect.plan import Plan
from deftunes_redshift.dialect.query import query_for_postgres
from deftunes_redshift.dialect.relations import View, all_reads, names_in, views_in
from deftunes_redshift.dialect.rules import check
from deftunes_redshift.dialect.tables import alter_table
from deftunes_redshift.dialect.temporary import with_temporary_names
from deftunes_redshift.dialect.tokens import statements_of, tokens_of
from deftunes_redshift.dialect.tree import function_name, walk
from deftunes_redshift.dialect.words import with_known_words
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.unloading import unload

_IDS = ("pg_last_query_id", "pg_last_copy_id", "pg_last_copy_count", "pg_last_unload_id")
_TELL_IDS = (
    "select set_config('rs.query', $1, false), set_config('rs.last_copy', $2, false), "
    "set_config('rs.last_unload', $3, false)"
)
_NO_RELATIONS = (ast.TransactionStmt, ast.VariableSetStmt, ast.VariableShowStmt)


def split(text: str) -> list[str]:
    """Split a query string into its statements."""
    return statements_of(text)


async def plan(statement: str, engine: Engine, aws: Aws, session: SessionState) -> Plan:
    """Tell what becomes of a statement.

    Args:
        statement: One statement, as it was written.
        engine: The session's connection.
        aws: Where S3 and Glue are.
        session: Who asks.

    Raises:
        RedshiftError: If Redshift refuses it, or the stand-in does not know it.
    """
    statement = with_temporary_names(statement)
    tokens = tokens_of(statement)
    if tokens[0].word == "unload":
        return Plan("", handler=partial(_unload, statement, engine), lasting=False)
    found = await command(statement, tokens, engine)
    if found is not None:
        return found
    head = read_head(with_known_words(statement))
    node = _parsed(head.text)
    check(node)
    if isinstance(node, _NO_RELATIONS):
        node = define(node, None)
        return Plan(await query_for_postgres(node, engine), defines=not _begins(node))
    called = {function_name(item) for item in walk(node) if isinstance(item, ast.FuncCall)}
    if not called.isdisjoint(_IDS):
        ids = (session.last_statement, session.last_copy, session.last_unload)
        await engine.rows(_TELL_IDS, *map(str, ids))
    names = names_in(node)
    views = await views_in(names, engine)
    reads = await all_reads(names, views, engine)
    basis = await external.refresh(reads, engine, aws)
    if head.told is not None and head.told.kind in ("view", "late", "materialized"):
        head.told.definition = statement
    await _check_reads(node, head.told, names, views, engine)
    if isinstance(node, (ast.TruncateStmt, ast.AlterTableStmt)):
        found = await _change_of_table(node, engine, session)
        if found is not None:
            return found
    node = define(await with_late_columns(node, engine), head.told)
    sql = await query_for_postgres(node, engine)
    comment = head.told.comment() if head.told else ""
    return Plan(
        sql + comment,
        lasting=not names,
        basis=basis,
        reads=reads,
        defines=not _only_rows(node) or "set_config" in called,
    )


def _begins(node: ast.Node) -> bool:
    kind = enums.TransactionStmtKind.TRANS_STMT_BEGIN
    return isinstance(node, ast.TransactionStmt) and node.kind == kind


def _only_rows(node: ast.Node) -> bool:
    """Tell whether a statement reads and writes rows, and makes nothing that has a name."""
    if isinstance(node, ast.SelectStmt):
        return node.intoClause is None
    return isinstance(node, (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt))


async def _change_of_table(
    node: ast.TruncateStmt | ast.AlterTableStmt, engine: Engine, session: SessionState
) -> Plan | None:
    """Give the plan of what PostgreSQL does otherwise or not at all; None of all else."""
    if isinstance(node, ast.TruncateStmt):
        if len(node.relations) > 1 or node.restart_seqs or node.behavior:
            raise RedshiftError.unsupported("TRUNCATE of other than one table")
        table = node.relations[0]
        sql = f"truncate {quoted((table.schemaname, table.relname))}"
        return Plan("", handler=partial(truncate, sql), lasting=False)
    told = Physical("table")
    if node.cmds[0].subtype == enums.AlterTableType.AT_AlterColumnType:
        await check_size_change(node, engine, session)
    if alter_table(node, told):
        return None
    name = (node.relation.schemaname, node.relation.relname)
    return Plan("", handler=partial(alter, name, _keys(node, told), "ALTER TABLE"))


async def _unload(
    statement: str, engine: Engine, backend: Backend, aws: Aws, session: SessionState
) -> Outcome:
    async def translate(query: str) -> str:
        node = _parsed(with_known_words(query))
        if isinstance(node, ast.SelectStmt) and (node.limitCount or node.limitOffset):
            raise RedshiftError(
                "LIMIT of the outer query is not supported in UNLOAD", "0A000",
                hint="Put the query with its LIMIT into the FROM of another.",
            )  # fmt: skip
        return (await plan(query, engine, aws, session)).sql

    return await unload(statement, backend, aws, session, translate)


def _keys(node: ast.AlterTableStmt, told: Physical) -> dict[str, Any]:
    """Give the change of an ALTER TABLE that is about a key."""
    return {"keys_added": told.keys, "key_dropped": node.cmds[0].name}


def _parsed(text: str) -> ast.Node:
    try:
        parsed = parser.parse_sql(text)
    except parser.ParseError as error:
        raise RedshiftError(str(error.args[0]), "42601") from error
    if len(parsed) != 1:
        raise RedshiftError("one statement is wanted here", "42601")
    node: ast.Node = parsed[0].stmt
    return node


async def _check_reads(
    node: ast.Node,
    told: Physical | None,
    names: list[Name],
    views: dict[Name, View],
    engine: Engine,
) -> None:
    """See that a view or a MERGE reads only what it may."""
    if isinstance(node, ast.MergeStmt):
        source = (node.sourceRelation.schemaname, node.sourceRelation.relname)
        if source in views:
            raise RedshiftError.unsupported("MERGE from a view or subquery")
    if told is None:
        return
    if told.kind == "view":
        schemas = sorted({schema for schema, _ in names if schema})
        if await engine.rows(
            "select 1 from rs_catalog.external_schemas where schemaname = any($1)", schemas
        ):
            raise RedshiftError(
                "External tables are not supported in views", "0A000",
                hint="Create the view WITH NO SCHEMA BINDING.",
            )  # fmt: skip
    if told.kind == "materialized":
        kinds = {view.kind for view in views.values()}
        if kinds & {"view", "late"}:
            raise RedshiftError("Materialized views over views are not supported", "0A000")
        query = node.query
        if query.sortClause or query.limitOption != enums.LimitOption.LIMIT_OPTION_DEFAULT:
            raise RedshiftError(
                "ORDER BY and LIMIT are not supported in materialized views", "0A000"
            )
