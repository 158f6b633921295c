"""`where "..."`: a condition in Spark's SQL, over a table's columns.

See "Filtering with Where Clause",
https://docs.aws.amazon.com/glue/latest/dg/dqdl.html#dqdl-filtering-data-in-dqdl.
"""

from __future__ import annotations

import json
from typing import Any, cast

import duckdb

from deftunes_dqdl.errors import EvaluationError
from deftunes_dqdl.sql import from_spark, literal
from deftunes_dqdl.table import Table

_LEAD = "SELECT "


def filter_sql(connection: duckdb.DuckDBPyConnection, condition: str, table: Table) -> str:
    """A condition over a table's own columns.

    DuckDB's parser finds the names in it, so that a column `date` is not taken for the type.

    Args:
        connection: Any connection: nothing is read.
        condition: What stands in the rule.
        table: The rows that are filtered.

    Raises:
        EvaluationError: It is no condition.
        MissingColumnError: It names a column that is not there.
    """
    tree = _parsed(connection, f"select {from_spark(condition)}")
    statements = tree.get("statements") or [{}]
    node = statements[0].get("node", {})
    is_expression = (
        len(statements) == 1
        and node.get("type") == "SELECT_NODE"
        and len(node["select_list"]) == 1
        and node["from_table"]["type"] == "EMPTY"
        and node["where_clause"] is None
        and not node["modifiers"]
    )
    if not is_expression:
        raise EvaluationError("its `where` is no condition in SQL")
    node["select_list"] = [_named(connection, node["select_list"][0], table)]
    query = "select json_deserialize_sql(?::json)"
    (written,) = cast("tuple[str]", connection.execute(query, [json.dumps(tree)]).fetchone())
    return written.removeprefix(_LEAD)


def _parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    query = f"select json_serialize_sql({literal(sql)})"
    (text,) = cast("tuple[str]", connection.execute(query).fetchone())
    return json.loads(text)


def _named(connection: duckdb.DuckDBPyConnection, node: Any, table: Table) -> Any:
    """A syntax tree in which names of columns are replaced by their SQL."""
    if isinstance(node, list):
        return [_named(connection, each, table) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("class") == "COLUMN_REF":
        *qualifiers, name = node["column_names"]
        if qualifiers not in ([], ["primary"]):
            raise EvaluationError(f"its `where` names {'.'.join(node['column_names'])}, no column")
        column = _parsed(connection, f"select {table.column(name).sql}")
        return column["statements"][0]["node"]["select_list"][0]
    return {key: _named(connection, each, table) for key, each in node.items()}
