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
        return (
            f"select * from rs_catalog.show_tables where schema_name = {literal(schema)}"  # noqa: S608 - a literal
            f"{_like(tokens, at, 'table_name')} order by table_name"
        )
    if starts(tokens, "show", "schemas", "from", "database"):
        _, at = read_name(tokens, 4)
        return (
            "select * from rs_catalog.show_schemas where true"
            f"{_like(tokens, at, 'schema_name')} order by schema_name"
        )
    if starts(tokens, "show", "columns", "from", "table"):
        (schema, table), at = read_name(tokens, 4)
        if schema is None:
            raise RedshiftError("SHOW COLUMNS needs the table's schema", "42601")
        return (
            f"select * from rs_catalog.show_columns where schema_name = {literal(schema)} "  # noqa: S608 - literals
            f"and table_name = {literal(table)}{_like(tokens, at, 'column_name')} "
            "order by ordinal_position"
        )
    return None


def _like(tokens: Sequence[Token], at: int, column: str) -> str:
    if starts(tokens, "like", at=at) and at + 1 < len(tokens):
        return f" and {column} like {tokens[at + 1].text}"
    if at < len(tokens) and tokens[at].word != "limit":
        raise RedshiftError(f'syntax error at or near "{tokens[at].text}"', "42601")
    return ""
