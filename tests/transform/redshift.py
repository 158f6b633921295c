"""The same project on the Redshift stand-in, over a lake in the emulated S3 and Glue."""

from __future__ import annotations

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
from .lake import COLUMNS, LOADED, NAMESPACE, Row

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from typing_extensions import Self

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

    def dbt(self, *arguments: str, **variables: str) -> CompletedProcess[str]:
        """Run dbt in target `emulated`."""
        address = self._redshift.address
        redshift = {
            "DBT_TARGET": "emulated",
            "REDSHIFT_HOST": address.host,
            "REDSHIFT_PORT": str(address.port),
            "REDSHIFT_DATABASE": address.database,
            "REDSHIFT_USER": address.user,
            "REDSHIFT_PASSWORD": address.password,
            "REDSHIFT_SSLMODE": "disable",  # the stand-in has no certificate
        }
        return dbt_command(*arguments, folder=self.folder, **redshift, **variables)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the warehouse; without rows if the statement has none."""
        with psycopg.connect(self._redshift.address.url(), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def write(self, tables: dict[str, list[Row]], stamp: Row) -> None:
        """Write tables of the transform zone anew, each row with what the load says of itself."""
        with closing(self._catalog()) as catalog:
            for table, rows in tables.items():
                columns = COLUMNS[table] + LOADED
                stamped = [stamp | row for row in rows]
                write_glue(catalog, f"{NAMESPACE}.{table}", columns, stamped)

    def write_any(self, name: str, columns: list[tuple[str, pa.DataType]], rows: list[Row]) -> None:
        """Write any table anew, `<namespace>.<table>`."""
        with closing(self._catalog()) as catalog:
            write_glue(catalog, name, columns, rows)

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
    location = f"s3://{BUCKET}/{namespace}/{table}"
    catalog.create_table_if_not_exists(name, schema=schema, location=location).overwrite(
        pa.Table.from_pylist(rows, schema=schema)
    )
