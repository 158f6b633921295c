"""A warehouse to load into: the Redshift stand-in, an emulated S3, and the target between them."""

from __future__ import annotations

import contextlib
import io
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import IO, Any, cast

import boto3
import redshift_connector

from deftunes_redshift.address import RedshiftAddress
from target_redshift.target import TargetRedshift

BUCKET = "staging"
LOAD_COLUMNS = ("ingest_on", "processing_timestamp", "source_from")


@dataclass(frozen=True)
class Warehouse:
    """A schema of a test's own.

    Attributes:
        address: Where the stand-in is, or a cluster.
        schema: The schema.
        staging: Where files wait for COPY, without the schema's own folder.
        settings: What else the target is told of a cluster.
    """

    address: RedshiftAddress
    schema: str
    staging: str = f"s3://{BUCKET}"
    settings: Mapping[str, str] = field(default_factory=lambda: {"sslmode": "disable"})

    @property
    def config(self) -> dict[str, Any]:
        """The target's configuration."""
        return {
            "host": self.address.host,
            "port": self.address.port,
            "user": self.address.user,
            "password": self.address.password,
            "database": self.address.database,
            "schema": self.schema,
            "staging_url": f"{self.staging}/{self.schema}",
            **self.settings,
        }

    @contextlib.contextmanager
    def own_schema(self, name: str) -> Iterator[Warehouse]:
        """The same warehouse with a schema of one's own; on a cluster, it goes again.

        Args:
            name: What its name ends in; the stand-in is thrown away as a whole.
        """
        if self.is_stand_in:
            yield replace(self, schema=name)
            return
        own = replace(self, schema=f"deftunes_test_{uuid.uuid4().hex[:12]}_{name}")
        try:
            yield own
        finally:
            for schema in (own.schema, f"{own.schema}_quarantine"):
                own.ask(f"drop schema if exists {schema} cascade")

    @property
    def is_stand_in(self) -> bool:
        """Whether it is no cluster."""
        return self.settings.get("sslmode") == "disable"

    def load(self, *messages: dict[str, Any] | str, **settings: Any) -> list[dict[str, Any]]:
        """Load messages in this process; the states that the target writes."""
        target = TargetRedshift(config={**self.config, **settings})
        texts = (each if isinstance(each, str) else json.dumps(each) for each in messages)
        lines = b"".join(text.encode() + b"\n" for text in texts)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            target.listen(cast("IO[str]", io.BytesIO(lines)))  # its reader reads bytes
        return [json.loads(line) for line in out.getvalue().splitlines()]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query; `{}` stands for the schema."""
        with self._connected() as connection, connection.cursor() as cursor:
            cursor.paramstyle = "qmark"
            cursor.execute(sql.replace("{}", self.schema))
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def rows(self, table: str, *, load_columns: bool = False) -> list[dict[str, Any]]:
        """The rows of a table in the order of their text, documents as JSON reads them.

        Numbers within documents are exact.
        """
        kinds = {
            name: kind
            for name, kind in self.columns()[table].items()
            if load_columns or name not in LOAD_COLUMNS
        }
        rows = [
            {name: _read(value, kinds[name]) for name, value in zip(kinds, row, strict=True)}
            for row in self.ask(f'select {", ".join(map(_quoted, kinds))} from {{}}."{table}"')
        ]
        return sorted(rows, key=repr)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all tables, those that tell of loads among them."""
        return {name: self.rows(name, load_columns=True) for name in self.columns()}

    def columns(self) -> dict[str, dict[str, str]]:
        """The types of the columns of each table, in their order."""
        found = self.ask(
            "select table_name, column_name, data_type from svv_columns "
            "where table_schema = '{}' order by table_name, ordinal_position"
        )
        tables: dict[str, dict[str, str]] = {}
        for table, column, kind in found:
            tables.setdefault(table, {})[column] = kind
        return tables

    def staged(self) -> list[str]:
        """The files that are in the staging place."""
        bucket, _, folder = f"{self.staging}/{self.schema}/"[5:].partition("/")
        listed = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=folder)
        return [each["Key"] for each in listed.get("Contents", ()) if each["Size"]]

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        keywords = {**self.address.keywords(), "ssl": not self.is_stand_in}
        connection = redshift_connector.connect(**keywords)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read(value: Any, kind: str) -> Any:
    if kind == "super" and value is not None:
        return json.loads(value, parse_float=Decimal)
    return value
