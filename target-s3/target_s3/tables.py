"""Iceberg tables: opening the catalog, making a table, fitting it to a stream."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    NotInstalledError,
    TableAlreadyExistsError,
)
from pyiceberg.table import Table

from target_s3.columns import Column
from target_s3.errors import ConcurrentWriteError, SettingError
from target_s3.fitting import (
    fit,
    iceberg_schema,
    refuse_clashes,
    refuse_groups,
    refuse_other_keys,
)
from target_s3.partitioning import partition_spec, refuse_other_partitions
from target_s3.settings import Settings

INGEST_ON = "ingest_on"
PROCESSING_TIMESTAMP = "processing_timestamp"
SOURCE_FROM = "source_from"
LOAD_FIELDS = (
    pa.field(INGEST_ON, pa.date32()),
    pa.field(PROCESSING_TIMESTAMP, pa.timestamp("us")),
    pa.field(SOURCE_FROM, pa.string()),
)
"""What every table carries besides the stream's columns: when and from where a row came."""

ATTEMPTS = 5
_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}


def open_catalog(settings: Settings) -> Catalog:
    """Open the configured catalog, or the one that a local lake brings along."""
    properties = dict(settings.catalog)
    name = properties.pop("name", "default")
    if not properties:
        folder = Path(settings.lake_url.removeprefix("file://"))
        folder.mkdir(parents=True, exist_ok=True)
        properties = {"type": "sql", "uri": f"sqlite:///{folder}/catalog.db"}
    properties.setdefault("warehouse", settings.lake_url)
    if settings.s3_endpoint_url:
        properties.setdefault("s3.endpoint", settings.s3_endpoint_url)
    if settings.s3_region:
        properties.setdefault("s3.region", settings.s3_region)
    try:
        return load_catalog(name, **properties)
    except (ValueError, KeyError, TypeError, NotInstalledError) as fault:
        raise SettingError(f"Setting catalog cannot be used: {fault}.") from fault


def open_table(
    catalog: Catalog,
    identifier: tuple[str, str],
    columns: Sequence[Column],
    *,
    keys: Sequence[str],
    replace_by: Sequence[str],
    partition_by: Sequence[str],
    location: str,
    stream: str,
) -> Table:
    """The stream's table, made or given new columns where needed.

    Args:
        catalog: Where tables are registered.
        identifier: Namespace and table name.
        columns: The stream's columns.
        keys: Its key columns; they become the table's identifier fields.
        replace_by: Columns that name a group of rows.
        partition_by: Partition fields as the user writes them.
        location: Where a new table's files go.
        stream: The stream's name, for messages.

    Raises:
        SchemaError: The stream does not fit the table that is there.
    """
    wanted = [
        *(pa.field(column.name, column.type.arrow, column.name not in keys) for column in columns),
        *LOAD_FIELDS,
    ]
    refuse_clashes(wanted, keys, stream)
    refuse_groups(wanted, keys, replace_by, stream)
    spec = partition_spec(iceberg_schema(wanted, keys), partition_by, stream)
    for _ in range(ATTEMPTS):
        try:
            table = catalog.load_table(identifier)
        except NoSuchTableError:
            with contextlib.suppress(TableAlreadyExistsError):  # another load makes it just now
                return catalog.create_table(
                    identifier,
                    schema=iceberg_schema(wanted, keys),
                    location=location,
                    partition_spec=spec,
                    properties=_PROPERTIES,
                )
            continue
        refuse_other_keys(table, keys, stream)
        refuse_other_partitions(table, partition_by, stream)
        with contextlib.suppress(CommitFailedException):  # another load adds columns just now
            fit(table, wanted, stream)
            return table
    raise ConcurrentWriteError(
        f"Other writers changed the columns of table {'.'.join(identifier)} during each of "
        f"{ATTEMPTS} attempts to fit it to stream {stream!r}. Nothing is lost: run again."
    )


def ensure_namespace(catalog: Catalog, namespace: str) -> None:
    """Make the namespace unless it is there, also when another process makes it just now."""
    if not catalog.namespace_exists(namespace):
        with contextlib.suppress(NamespaceAlreadyExistsError):
            catalog.create_namespace(namespace)
