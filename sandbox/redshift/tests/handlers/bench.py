"""A PostgreSQL, an emulated AWS, and a session between them, for the handlers alone."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import AsyncConnection

from deftunes_redshift.backend import Aws, Outcome, SessionState
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.external import create_external_schema, drop_external_schema, refresh
from deftunes_redshift.transfer.copying import copy
from deftunes_redshift.transfer.unloading import unload

from .backend import PsycopgBackend

ROLE = "iam_role 'arn:aws:iam::123456789012:role/Spectrum'"


@dataclass
class Bench:
    """Runs statements of one session, each in a transaction that is committed or rolled back."""

    address: str
    aws: Aws
    bucket: str
    state: SessionState = field(default_factory=lambda: SessionState("awsuser", "dev", 4711, 8001))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """What a session of its own sees."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def put(self, key: str, content: bytes) -> str:
        self.aws.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return f"s3://{self.bucket}/{key}"

    def parquet(self, key: str, columns: Mapping[str, Any], **options: Any) -> str:
        file = io.BytesIO()
        pq.write_table(pa.table(dict(columns)), file, **options)
        return self.put(key, file.getvalue())

    def manifest(self, key: str, entries: Sequence[Mapping[str, Any]]) -> str:
        return self.put(key, json.dumps({"entries": list(entries)}).encode())

    def size(self, url: str) -> int:
        key = url.removeprefix(f"s3://{self.bucket}/")
        return int(self.aws.s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"])

    def copy(self, statement: str) -> Outcome:
        done: Outcome = self.run(lambda backend: copy(statement, backend, self.aws, self.state))
        return done

    def unload(self, statement: str) -> Outcome:
        """Unload a query that PostgreSQL takes as it is."""

        async def as_it_is(query: str) -> str:
            return query

        done: Outcome = self.run(
            lambda backend: unload(statement, backend, self.aws, self.state, as_it_is)
        )
        return done

    def refused(self, statement: str) -> RedshiftError:
        """What a COPY is refused with."""
        try:
            self.copy(statement)
        except RedshiftError as error:
            return error
        raise AssertionError(f"taken: {statement}")

    def create_external(self, statement: str) -> Outcome:
        done: Outcome = self.run(
            lambda backend: create_external_schema(statement, backend, self.aws, self.state)
        )
        return done

    def drop_external(self, statement: str) -> Outcome:
        done: Outcome = self.run(
            lambda backend: drop_external_schema(statement, backend, self.aws, self.state)
        )
        return done

    def refresh(self, *names: tuple[str | None, str]) -> str:
        columns: str = self.run(lambda backend: refresh(names, backend, self.aws))
        return columns

    def run(self, act: Any) -> Any:
        """Do something in a transaction of the session's; undone if it fails."""

        async def within() -> Any:
            async with await AsyncConnection.connect(self.address) as connection:
                return await act(PsycopgBackend(connection, self.address))

        return asyncio.run(within())
