"""A query as one text of SQL, letter for letter what psycopg2 sends in RECORD mode."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from singer_sdk.sql import SQLConnector
from sqlalchemy.dialects.postgresql import psycopg2

_DIALECT = psycopg2.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's gap


def statement_of(query: sa.Select[Any], connector: SQLConnector) -> str:
    """Write a query's values into its text.

    ADBC would read a query with parameters row by row and not by COPY, and SQLAlchemy cannot write
    a bookmark's text as the literal of a timestamp. psycopg2 does this for every query it sends.

    Args:
        query: The query.
        connector: To the database, which decides how text is escaped.
    """
    compiled = query.compile(dialect=_DIALECT)
    with connector._connect() as connection:  # noqa: SLF001 - the SDK's way for its streams
        cursor = connection.connection.cursor()
        try:
            text: bytes = cursor.mogrify(str(compiled), compiled.params)
        finally:
            cursor.close()
    return text.decode()
