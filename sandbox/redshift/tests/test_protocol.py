"""Clients take the stand-in for Redshift: sessions, prepared statements, errors, cancelling."""

from __future__ import annotations

import datetime as dt
import socket
import struct
import threading
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest
import redshift_connector

from deftunes_redshift.address import RedshiftAddress
from deftunes_sandbox.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("redshift")]

SLOW = "select count(*) from pg_attribute a, pg_attribute b, pg_attribute c"


def opened(address: RedshiftAddress) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(address.url(), autocommit=True)


def sessions(connection: psycopg.Connection[tuple[object, ...]], user: str) -> int:
    found = connection.execute(
        "select count(*) from stv_sessions where trim(user_name) = %s", [user]
    ).fetchone()
    assert found
    assert isinstance(found[0], int)
    return found[0]


def test_the_version_is_redshifts(address: RedshiftAddress) -> None:
    with opened(address) as connection:
        assert connection.info.server_version == 80002
        row = connection.execute("select version()").fetchone()
    assert row
    assert "Redshift" in str(row[0])


def test_a_wrong_password_opens_nothing(address: RedshiftAddress) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address.url().replace(address.password, "wrong"))


def test_encryption_is_declined_and_the_session_goes_on(address: RedshiftAddress) -> None:
    with psycopg.connect(address.url(), sslmode="prefer") as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_parameters_that_only_redshift_knows_are_no_hindrance(address: RedshiftAddress) -> None:
    with redshift_connector.connect(**address.keywords(), application_name="dbt") as connection:
        cursor = connection.cursor()
        cursor.execute("show application_name")
        assert list(cursor.fetchone()) == ["dbt"]


def test_a_prepared_statement_reads_what_a_late_binding_view_has_become(
    address: RedshiftAddress,
) -> None:
    with redshift_connector.connect(**address.keywords()) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("create table public.t (a int)")
        cursor.execute("insert into t values (1)")
        cursor.execute("create view v as select a from public.t with no schema binding")
        cursor.execute("select a from v")
        assert cursor.fetchall() == ([1],)
        with opened(address) as other:
            other.execute(
                "create or replace view v as select a + 1 as a from public.t with no schema binding"
            )
        cursor.execute("select a from v")
        assert cursor.fetchall() == ([2],)


def test_a_driver_sends_parameters(address: RedshiftAddress) -> None:
    with redshift_connector.connect(**address.keywords()) as connection:
        cursor = connection.cursor()
        cursor.execute("create temp table t (a int, b varchar(9))")
        cursor.executemany("insert into t values (%s, %s)", [(1, "x"), (2, None)])
        cursor.execute("select b from t where a = %s", (1,))
        assert cursor.fetchall() == (["x"],)


def test_a_refusal_aborts_the_transaction(address: RedshiftAddress) -> None:
    with opened(address) as connection:
        connection.execute("create table t (a int)")
        connection.execute("begin")
        connection.execute("insert into t values (1)")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            connection.execute("select distinct on (a) a from t")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connection.execute("select 1")
        connection.execute("rollback")
        assert connection.execute("select count(*) from t").fetchone() == (0,)


def test_statements_of_one_message_are_one_transaction(address: RedshiftAddress) -> None:
    with opened(address) as connection, psycopg.ClientCursor(connection) as cursor:
        with pytest.raises(psycopg.errors.DivisionByZero):
            cursor.execute("create table t (a int); insert into t values (1); select 1 / 0")
        with pytest.raises(psycopg.errors.UndefinedTable):
            cursor.execute("select a from t")


def test_every_statement_of_a_message_is_answered(address: RedshiftAddress) -> None:
    with opened(address) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute("create table t (a int); insert into t values (7); select a from t")
        assert cursor.statusmessage == "CREATE TABLE"
        assert cursor.nextset()
        assert cursor.statusmessage == "INSERT 0 1"
        assert cursor.nextset()
        assert cursor.fetchall() == [(7,)]
        assert not cursor.nextset()


def test_an_error_shows_nothing_of_what_is_below(address: RedshiftAddress) -> None:
    with opened(address) as connection, pytest.raises(psycopg.errors.UndefinedColumn) as caught:
        connection.execute("select nothing")
    diagnosis = caught.value.diag
    assert diagnosis.source_file is diagnosis.internal_query is diagnosis.context is None


def test_a_statement_can_be_cancelled_at_every_moment(address: RedshiftAddress) -> None:
    with opened(address) as connection, opened(address) as watcher:
        # a cancel that is lost fails the test, and does not keep it for an hour
        connection.execute("set statement_timeout to 30000")

        def cancel() -> None:
            running = "select 1 from stv_recents where trim(status) = 'Running' and pid = %s"
            pid = [connection.info.backend_pid]
            wait_until(lambda: watcher.execute(running, pid).fetchone() is not None, 10)
            connection.cancel()

        for _ in range(25):  # while it is read, planned or run: each in turn
            thread = threading.Thread(target=cancel)
            thread.start()
            with pytest.raises(psycopg.errors.QueryCanceled, match="user request"):
                connection.execute(SLOW)
            thread.join()
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_client_that_dies_leaves_no_session_behind(address: RedshiftAddress) -> None:
    with opened(address) as watcher:
        watcher.execute("create user doomed password 'Doomed12'")
        client = psycopg.connect(
            address.url().replace(f"{address.user}:{address.password}", "doomed:Doomed12")
        )
        assert sessions(watcher, "doomed") == 1
        query = b"Q" + struct.pack("!I", len(SLOW) + 5) + SLOW.encode() + b"\0"
        with socket.socket(fileno=client.fileno()) as raw:
            raw.sendall(query)
            raw.shutdown(socket.SHUT_RDWR)
            raw.detach()
        assert wait_until(lambda: sessions(watcher, "doomed") == 0, 10)
        client.close()


def test_users_and_groups_are_granted_and_refused(address: RedshiftAddress) -> None:
    with opened(address) as owner:
        owner.execute("create table t (a int)")
        owner.execute("create user reader password 'Reader12'")
        owner.execute("create group readers with user reader")
        url = address.url().replace(f"{address.user}:{address.password}", "reader:Reader12")
        with psycopg.connect(url, autocommit=True) as reader:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("select a from t")
            owner.execute("grant select on t to group readers")
            assert reader.execute("select a from t").fetchall() == []
        owner.execute("drop table t")
        owner.execute("drop user reader")
        owner.execute("drop group readers")


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def answers(client: socket.socket, last: bytes = b"Z") -> list[tuple[bytes, bytes]]:
    """Read messages until one of a kind has come."""
    found: list[tuple[bytes, bytes]] = []
    with client.makefile("rb") as stream:
        while not found or found[-1][0] != last:
            head = stream.read(5)
            found.append((head[:1], stream.read(struct.unpack("!I", head[1:])[0] - 4)))
    return found


@pytest.fixture
def client(address: RedshiftAddress) -> Iterator[socket.socket]:
    """A session without a driver."""
    with socket.create_connection((address.host, address.port), timeout=20) as client:
        told = f"user\0{address.user}\0database\0{address.database}\0\0".encode()
        client.sendall(struct.pack("!II", len(told) + 8, 196_608) + told)
        answers(client, b"R")
        client.sendall(message(b"p", address.password.encode() + b"\0"))
        answers(client)
        yield client


@pytest.mark.parametrize(
    ("sent", "sqlstate"),
    [
        (message(b"Q", b"select 1"), "08P01"),
        (message(b"Q", b"select '\xff'\0"), "22021"),
        (message(b"P", b"\0select 1") + message(b"S"), "08P01"),
        (message(b"y", b"what") + message(b"S"), "08P01"),
    ],
)
def test_a_message_that_is_none_is_refused_and_the_session_goes_on(
    client: socket.socket, sent: bytes, sqlstate: str
) -> None:
    client.sendall(sent)
    assert f"C{sqlstate}\0".encode() in answers(client)[0][1]
    client.sendall(message(b"d", b"stray") + message(b"c") + message(b"Q", b"select 7\0"))
    assert (b"D", b"\0\1\0\0\0\x017") in answers(client)


def test_a_named_portal_gives_its_rows_in_portions(client: socket.socket) -> None:
    bound = b"p\0a\0" + struct.pack("!HHi", 0, 1, 1) + b"7" + struct.pack("!H", 0)
    client.sendall(message(b"P", b"a\0select $1::int union all select 8\0\0\0") + message(b"H"))
    answers(client, b"1")
    client.sendall(message(b"B", bound) + message(b"E", b"p\0\0\0\0\1") + message(b"H"))
    assert [kind for kind, _ in answers(client, b"s")] == [b"2", b"D", b"s"]
    client.sendall(message(b"E", b"p\0\0\0\0\0") + message(b"S"))
    assert [kind for kind, _ in answers(client)] == [b"D", b"C", b"Z"]


def test_a_statement_has_at_most_sixteen_megabytes(address: RedshiftAddress) -> None:
    with (
        opened(address) as connection,
        pytest.raises(psycopg.Error, match=r"Statement is too large\. Statement Size: 16777225"),
    ):
        connection.execute(("select '" + "x" * (16 << 20) + "'").encode())


def test_a_long_sum_is_computed(address: RedshiftAddress) -> None:
    with opened(address) as connection:
        query = f"select {'+'.join(['1'] * 400)}".encode()
        assert connection.execute(query).fetchone() == (400,)


def test_parameters_come_in_binary(address: RedshiftAddress) -> None:
    with opened(address) as connection:
        found = connection.execute(
            "select %b::int, %b::float8, %b::varchar, %b::decimal(10, 3), %b::date, %b::boolean",
            (5, 1.5, "äx", Decimal("1.125"), dt.date(2024, 1, 2), True),
            binary=True,
        ).fetchone()
    assert found == (5, 1.5, "äx", Decimal("1.125"), dt.date(2024, 1, 2), True)
