"""How Airflow talks to its database on this machine, a file of SQLite that many processes write.

Airflow reads a module of this name, if there is one, and takes what it defines for its own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

_PATIENCE = 30
"""Seconds that a process waits for another to have written; SQLite's own 5 are soon over."""


def create_metadata_engine(
    sql_alchemy_conn: str, *, engine_args: dict[str, Any], connect_args: dict[str, Any]
) -> Engine:
    """Make the engine; Airflow calls this in the place of its own.

    Args:
        sql_alchemy_conn: The database.
        engine_args: What the engine is to be told.
        connect_args: What each connection is to be told.
    """
    if sql_alchemy_conn.startswith("sqlite"):
        connect_args = {"timeout": _PATIENCE, **connect_args}
    engine = create_engine(sql_alchemy_conn, connect_args=connect_args, future=True, **engine_args)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "savepoint", _write_from_the_beginning)
    return engine


def _write_from_the_beginning(connection: Connection, _: str) -> None:
    """Wait for the right to write before a savepoint, not behind it.

    A savepoint begins a transaction that reads, and SQLite refuses at once to let it write when
    another process has written meanwhile. Back-fills, which have a savepoint for each of their
    runs, failed by that every other time.
    """
    raw = connection.connection.dbapi_connection
    if raw is not None and not raw.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
