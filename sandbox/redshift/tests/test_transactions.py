"""What ends a transaction, and what may not stand in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redshift_connector

from deftunes_redshift.server import Redshift

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("redshift")]


@pytest.fixture
def cursor(
    connection: redshift_connector.Connection, schema: str
) -> redshift_connector.core.Cursor:
    """A cursor whose unqualified names lead to a schema with two tables."""
    cursor = connection.cursor()
    cursor.execute(f"set search_path to {schema}")
    cursor.execute("create table t (a int, b varchar(10))")
    cursor.execute("create table u (b varchar(10), a int)")
    cursor.execute("insert into t values (1, 'one')")
    return cursor


@pytest.fixture
def connected(redshift: Redshift) -> Iterator[psycopg.Connection[Any]]:
    """A connection that sends a query string as it is."""
    with psycopg.connect(redshift.address.url(), autocommit=True) as connection:
        yield connection


def test_truncate_commits_what_was_done_before_it(cursor: redshift_connector.core.Cursor) -> None:
    cursor.execute("begin")
    cursor.execute("insert into u values ('kept', 2)")
    cursor.execute("truncate t")
    cursor.execute("rollback")
    cursor.execute("select (select count(*) from t), (select count(*) from u)")
    assert cursor.fetchall() == ([0, 1],)


def test_truncate_in_one_message_with_others_commits_them(
    cursor: redshift_connector.core.Cursor, schema: str, connected: psycopg.Connection[Any]
) -> None:
    connected.execute(
        f"begin; insert into {schema}.u values ('kept', 2); truncate {schema}.t; rollback".encode()
    )
    cursor.execute("select (select count(*) from t), (select count(*) from u)")
    assert cursor.fetchall() == ([0, 1],)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "alter table t alter column b type varchar(20)",
            "ALTER TABLE ALTER COLUMN cannot run inside a transaction block",
        ),
        ("alter table u append from t", "ALTER TABLE APPEND cannot run inside a transaction block"),
        ("vacuum t", "VACUUM cannot run inside a transaction block"),
    ],
)
def test_some_statements_stand_alone(
    cursor: redshift_connector.core.Cursor, statement: str, message: str
) -> None:
    cursor.execute("begin")
    with pytest.raises(redshift_connector.ProgrammingError) as refused:
        cursor.execute(statement)
    cursor.execute("rollback")
    assert (refused.value.args[0]["C"], refused.value.args[0]["M"]) == ("25001", message)
    cursor.execute(statement)  # outside of it, it is taken


def test_append_moves_columns_by_their_names(cursor: redshift_connector.core.Cursor) -> None:
    cursor.execute("alter table u append from t")
    cursor.execute("select a, b from u")
    assert cursor.fetchall() == ([1, "one"],)
    cursor.execute("select count(*) from t")
    assert cursor.fetchall() == ([0],)
