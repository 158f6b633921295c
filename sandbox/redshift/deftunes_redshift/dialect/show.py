"""SHOW of tables, schemas and columns: queries of the catalog."""

from __future__ import annotations

from collections.abc import Sequence

from deftunes_redshift.dialect.names import literal, read_name
from deftunes_redshift.dialect.tokens import Token, starts
from deftunes_redshift.errors import RedshiftError


def show_query(tokens: Sequence[Token]) -> str | None:
    """Give the query that answers a SHOW; None if it shows a setting."""
    if starts(tokens, "show", "tables", "from", "schema"):
        (_, schema), at = read_name(tokens, 4)
        where = f"schema_name = {literal(schema)}{_like(tokens, at, 'table_name')}"
        return f"select * from rs_catalog.show_tables where {where} order by table_name"  # noqa: S608 - literals
    if starts(tokens, "show", "schemas", "from", "database"):
        _, at = read_name(tokens, 4)
        where = f"true{_like(tokens, at, 'schema_name')}"
        return f"select * from rs_catalog.show_schemas where {where} order by schema_name"  # noqa: S608 - the same
    if starts(tokens, "show", "columns", "from", "table"):
        (owner, table), at = read_name(tokens, 4)
        if owner is None:
            raise RedshiftError("SHOW COLUMNS needs the table's schema", "42601")
        where = (
            f"schema_name = {literal(owner)} and table_name = {literal(table)}"
            f"{_like(tokens, at, 'column_name')}"
        )
        return f"select * from rs_catalog.show_columns where {where} order by ordinal_position"  # noqa: S608 - literals
    return None


def _like(tokens: Sequence[Token], at: int, column: str) -> str:
    if starts(tokens, "like", at=at) and at + 1 < len(tokens):
        return f" and {column} like {tokens[at + 1].text}"
    if at < len(tokens) and tokens[at].word != "limit":
        raise RedshiftError(f'syntax error at or near "{tokens[at].text}"', "42601")
    return ""
