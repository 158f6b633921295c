"""A Glue database of Iceberg tables, and an external schema over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from deftunes_redshift.backend import Aws

from .bench import ROLE, Bench


def glue_catalog(aws: Aws) -> Catalog:
    """The catalog of pyiceberg, as a writer beside the stand-in."""
    return load_catalog(
        "writer",
        **{
            "type": "glue",
            "glue.endpoint": aws.endpoint,
            "s3.endpoint": aws.endpoint,
            "client.region": aws.region,
            "client.access-key-id": aws.access_key,
            "client.secret-access-key": aws.secret_key,
        },
    )


@dataclass
class Lake:
    """Both, with pyiceberg as the writer."""

    bench: Bench
    catalog: Catalog
    name: str

    @classmethod
    def of(cls, bench: Bench) -> Lake:
        lake = cls(bench, glue_catalog(bench.aws), bench.bucket.replace("-", "_"))
        lake.catalog.create_namespace(lake.name)
        bench.create_external(
            f"create external schema {lake.schema} from data catalog database '{lake.name}' {ROLE}"
        )
        return lake

    @property
    def schema(self) -> str:
        return f"ext_{self.name}"

    def create(self, table: str, schema: Schema | pa.Schema) -> Table:
        location = f"s3://{self.bench.bucket}/{table}"
        return self.catalog.create_table((self.name, table), schema, location=location)

    def select(self, query: str, *tables: str) -> list[tuple[Any, ...]]:
        """What a session sees that has named these tables; `{}` is the schema."""
        self.bench.refresh(*((self.schema, table) for table in tables))
        return self.bench.sql(query.format(self.schema))
