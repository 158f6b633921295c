"""The same project on the Redshift stand-in, over a lake in the emulated S3 and Glue."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog

from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_sandbox.aws import EmulatedAws

from .dbt import dbt_command
from .lake import Row

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from typing_extensions import Self

    from .loads import State

BUCKET = "lake"


@dataclass
class Warehouse:
    """Starts both servers on entering, and ends them on leaving.

    Attributes:
        folder: For what dbt and the servers write.
    """

    folder: Path
    _cleanup: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        with ExitStack() as cleanup:
            self._aws = cleanup.enter_context(EmulatedAws())
            keys = self._aws.environment
            settings = RedshiftSettings(
                port=0,
                aws_endpoint=self._aws.url,
                aws_region=keys["AWS_REGION"],
                aws_access_key=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_key=keys["AWS_SECRET_ACCESS_KEY"],
            )
            self._redshift = cleanup.enter_context(Redshift(settings))
            self._client("s3").create_bucket(Bucket=BUCKET)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._cleanup.close()

    @property
    def variables(self) -> dict[str, str]:
        """Where it is, and its owner, by the names that the project reads."""
        address = self._redshift.address
        return {
            "REDSHIFT_HOST": address.host,
            "REDSHIFT_PORT": str(address.port),
            "REDSHIFT_DATABASE": address.database,
            "REDSHIFT_USER": address.user,
            "REDSHIFT_PASSWORD": address.password,
            "REDSHIFT_SSLMODE": "disable",  # the stand-in has no certificate
        }

    def dbt(self, *arguments: str, **variables: str) -> CompletedProcess[str]:
        """Run dbt in target `emulated`."""
        redshift = {"DBT_TARGET": "emulated", **self.variables}
        return dbt_command(*arguments, folder=self.folder, **(redshift | variables))

    def rows(self, query: str, database: str = "dev", **login: Any) -> list[tuple[Any, ...]]:
        """Ask the warehouse, as its owner or another user; no rows if the statement has none."""
        address = dataclasses.replace(self._redshift.address, database=database, **login)
        with psycopg.connect(address.url(), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def write(self, state: State) -> None:
        """Put what a load left in the place of what is there."""
        with closing(self._catalog()) as catalog:
            for name, columns, rows in state.contents():
                write_glue(catalog, name, columns, rows)

    def lose(self, table: str) -> None:
        """Take a table out of Glue, as if it were no longer ours to see."""
        with closing(self._catalog()) as catalog:
            catalog.drop_table(table)

    def _catalog(self) -> Catalog:
        keys = self._aws.environment
        return load_catalog(
            "lake",
            **{
                "type": "glue",
                "glue.endpoint": self._aws.url,
                "s3.endpoint": self._aws.url,
                "client.region": keys["AWS_REGION"],
                "client.access-key-id": keys["AWS_ACCESS_KEY_ID"],
                "client.secret-access-key": keys["AWS_SECRET_ACCESS_KEY"],
            },
        )

    def _client(self, service: str) -> Any:
        keys = self._aws.environment
        return boto3.client(
            service,
            endpoint_url=self._aws.url,
            region_name=keys["AWS_REGION"],
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )


def write_glue(
    catalog: Catalog, name: str, columns: list[tuple[str, pa.DataType]], rows: list[Row]
) -> None:
    """Put rows in the place of a table's rows, as a new snapshot."""
    namespace, table = name.split(".")
    catalog.create_namespace_if_not_exists(namespace)
    schema = pa.schema(columns)
    content = pa.Table.from_pylist(rows, schema=schema)
    if catalog.table_exists(name):
        catalog.load_table(name).overwrite(content)
    else:
        location = f"s3://{BUCKET}/{namespace}/{table}"
        catalog.create_table(name, schema=schema, location=location).append(content)
