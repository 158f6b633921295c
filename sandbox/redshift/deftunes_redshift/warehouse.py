"""The PostgreSQL below the stand-in: its files, its process, and our catalog in every database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from deftunes_redshift.catalog import definition, fingerprint
from deftunes_redshift.dialect.settings import REDSHIFTS_OWN
from deftunes_redshift.settings import DATABASE, PASSWORD, USER, env_of
from deftunes_sandbox.cluster import Kind, ensure_cluster, remove_cluster
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.ports import HOST
from deftunes_sandbox.postgres_server import PostgresServer

KIND = Kind(
    "warehouse",
    "Redshift stand-in",
    "warehouse",
    USER,
    PASSWORD,
    env_of("directory"),
    auth="password",  # redshift_connector stumbles over PostgreSQL's SCRAM
)
TEMPLATE = "template1"  # what `create database` copies
_OPTIONS = {
    "max_connections": "200",
    "client_connection_check_interval": "1000",  # ms: a dead client's statement ends
    "datestyle": "ISO, MDY",
    **{f"rs.{name}": "default" for name in REDSHIFTS_OWN},
}


class Warehouse:
    """A running PostgreSQL whose databases hold Redshift's system views and functions.

    Args:
        directory: Where its files are; it exists.
        log: File for what it says.

    Raises:
        SandboxError: If it cannot be made or started.
    """

    def __init__(self, directory: Path, log: Path) -> None:
        self._directory = directory
        self._log = log
        self._server = self._start()
        try:
            if not self._is_ready():
                self._make_anew()
        except BaseException:
            self.stop()
            raise

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._server.port

    def has_ended(self) -> bool:
        """Tell whether the process has ended."""
        return self._server.has_ended()

    def stop(self) -> None:
        """Stop it; its clients are disconnected."""
        self._server.stop()

    def _start(self) -> PostgresServer:
        return PostgresServer(
            ensure_cluster(self._directory, self._log, KIND),
            KIND,
            port=0,
            variable="nothing",
            remedy=f"remove {self._directory} and start again",
            answers=_answers,
            log=self._log,
            options=_OPTIONS,
        )

    def _is_ready(self) -> bool:
        """Tell whether the databases are there, with the catalog of this very version."""
        query = "select shobj_description(oid, 'pg_database') from pg_database where datname = %s"
        with _connect(self.port, TEMPLATE) as connection:
            found = connection.execute(query, [DATABASE]).fetchone()
        return found == (fingerprint(),)

    def _make_anew(self) -> None:
        """Fill a fresh cluster; a warehouse of another version is made again from its sources."""
        with _connect(self.port, TEMPLATE) as connection:
            used = connection.execute(
                "select 1 from pg_namespace where nspname = 'rs_catalog'"
            ).fetchone()
        if used:
            self.stop()
            remove_cluster(self._directory, KIND)
            self._server = self._start()
        try:
            with _connect(self.port, TEMPLATE) as connection:
                for script in definition():
                    connection.execute(script.encode())
            with _connect(self.port, "postgres") as connection:
                name, mark = sql.Identifier(DATABASE), sql.Literal(fingerprint())
                connection.execute(sql.SQL("create database {}").format(name))
                connection.execute(sql.SQL("comment on database {} is {}").format(name, mark))
        except psycopg.Error as error:
            raise SandboxError(
                f"The catalog could not be loaded ({error.diag.message_primary or error}): "
                f"see {self._log}."
            ) from error


def _connect(port: int, database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=HOST,
        port=port,
        user=USER,
        password=PASSWORD,
        dbname=database,
        autocommit=True,
        connect_timeout=5,
    )


def _answers(port: int) -> bool:
    try:
        with _connect(port, TEMPLATE) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
