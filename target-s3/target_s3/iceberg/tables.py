"""Iceberg tables: opening the catalog, making a table, fitting it to a stream."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
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

from columnar_target.errors import ConcurrentWriteError, SettingError, StorageError
from columnar_target.own_columns import DELETED_AT, LOAD_FIELDS
from columnar_target.records.columns import Column
from columnar_target.records.shape import refuse_clashes, refuse_groups
from columnar_target.storage.patience import patient
from target_s3.iceberg.fitting import fit, iceberg_schema, refuse_changes, refuse_other_keys
from target_s3.iceberg.local_catalog import LocalCatalog
from target_s3.iceberg.partitioning import partition_spec, refuse_other_partitions
from target_s3.iceberg.sure_commits import make_sure
from target_s3.settings import LakeStream, Settings

ATTEMPTS = 5
TABLE_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}


def open_catalog(settings: Settings) -> Catalog:
    """Open the configured catalog, or the one that a local lake brings along.

    Raises:
        SettingError: The properties cannot be used.
    """
    properties = dict(settings.catalog)
    name = properties.pop("name", "default")
    own = None if properties else _own_catalog(settings)
    properties.setdefault("warehouse", settings.lake_url)
    if settings.s3_endpoint_url:
        properties.setdefault("s3.endpoint", settings.s3_endpoint_url)
        properties.setdefault("s3.region", settings.s3_region or "us-east-1")
    if settings.s3_region:
        properties.setdefault("s3.region", settings.s3_region)
    try:
        known = patient(properties)
        return make_sure(LocalCatalog(name, own, **known) if own else load_catalog(name, **known))
    except (ImportError, ValueError, KeyError, TypeError, NotInstalledError) as fault:
        raise SettingError(f"Setting catalog cannot be used: {fault}.") from fault


def _own_catalog(settings: Settings) -> Path:
    """The file of the catalog that a local lake brings along; the lake's folder is made.

    Raises:
        StorageError: It is gone, and its tables are not: new ones would hide their rows.
    """
    folder = Path(settings.lake_url.removeprefix("file://"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "catalog.db"
    if file.exists() and file.stat().st_size:
        return file
    tables = folder / settings.tables_path
    # the first version of a table's metadata is written before the catalog hears of it
    if any(path.name[:5] != "00000" for path in tables.glob("*/metadata/*.metadata.json")):
        raise StorageError(
            f"The catalog {file} is gone or empty, and {tables} holds tables: put back a copy of "
            "it, or move the tables away as well to begin anew."
        )
    return file


def refuse_no_lake(settings: Settings) -> None:
    """Make sure that there is a lake: opening its catalog would make one.

    Raises:
        SettingError: There is none.
    """
    folder = Path(settings.lake_url.removeprefix("file://"))
    if settings.catalog.keys() - {"name"} or (folder / "catalog.db").exists():
        return
    raise SettingError(
        f"There is no lake at {settings.lake_url}: nothing has been loaded yet, or the setting "
        "lake_url is not that of the loads."
    )


@dataclass(frozen=True)
class Shape:
    """What a load wants its table to be.

    Attributes:
        stream: The stream's name, for messages.
        columns: The stream's columns, of every schema it sent.
        first_columns: Those of its first schema.
        keys: Its key columns; they become the table's identifier fields.
        settings: Its settings.
        marks_deleted: Whether rows may get a mark in `_sdc_deleted_at`.
    """

    stream: str
    columns: tuple[Column, ...]
    first_columns: tuple[Column, ...]
    keys: tuple[str, ...]
    settings: LakeStream
    marks_deleted: bool = False

    @property
    def brings_marks(self) -> bool:
        """Whether the stream itself says when rows were found gone."""
        return DELETED_AT in {column.name for column in self.columns}

    def without_mark_of(self, table: Table, wanted: Sequence[pa.Field]) -> list[pa.Field]:
        """The wanted columns, without the target's own mark where the table has one already."""
        has_one = DELETED_AT in table.schema().column_names
        return [field for field in wanted if not (has_one and field.name == DELETED_AT)]

    def fields(self, columns: Sequence[Column]) -> list[pa.Field]:
        """The table's columns: the stream's, and the load's own."""
        fields = [
            pa.field(column.name, column.type.arrow, column.name not in self.keys)
            for column in columns
        ]
        if self.marks_deleted and DELETED_AT not in {column.name for column in columns}:
            fields.append(pa.field(DELETED_AT, pa.timestamp("us", "UTC")))
        return [*fields, *LOAD_FIELDS]


def open_table(
    catalog: Catalog, identifier: tuple[str, str], shape: Shape, *, location: str
) -> tuple[Table, tuple[str, ...]]:
    """The stream's table, made or given new columns where needed.

    Args:
        catalog: Where tables are registered.
        identifier: Namespace and table name.
        shape: What the table is to be.
        location: Where a new table's files go.

    Returns:
        The table, and the columns of the stream that are left out of it.

    Raises:
        SchemaError: The stream does not fit the table that is there.
    """
    stream, keys, settings = shape.stream, shape.keys, shape.settings
    wanted, first = shape.fields(shape.columns), shape.fields(shape.first_columns)
    refuse_clashes(wanted, keys, stream)
    refuse_groups((field.name for field in wanted), keys, settings.replace_by, stream)
    partition_spec(iceberg_schema(wanted, keys), settings.partition_by, stream)
    for _ in range(ATTEMPTS):
        try:
            table = catalog.load_table(identifier)
        except NoSuchTableError:
            begun = wanted if settings.schema_changes == "evolve" else first
            refuse_changes(begun, wanted, settings.schema_changes, ".".join(identifier), stream)
            with contextlib.suppress(TableAlreadyExistsError):  # another load makes it just now
                schema = iceberg_schema(begun, keys)
                catalog.create_table(
                    identifier,
                    schema=schema,
                    location=location,
                    partition_spec=partition_spec(schema, settings.partition_by, stream),
                    properties=TABLE_PROPERTIES,
                )
            continue
        refuse_other_keys(table, keys, stream)
        refuse_other_partitions(table, settings.partition_by, stream)
        # a mark goes into the column that is there, of whatever type it is
        lacking = wanted if shape.brings_marks else shape.without_mark_of(table, wanted)
        with contextlib.suppress(CommitFailedException):  # another load adds columns just now
            left_out = fit(table, lacking, settings.schema_changes, stream)
            refuse_groups(table.schema().column_names, keys, settings.replace_by, stream)
            return table, left_out
    raise ConcurrentWriteError(
        f"Other writers changed the columns of table {'.'.join(identifier)} during each of "
        f"{ATTEMPTS} attempts to fit it to stream {stream!r}. Nothing is lost: run again."
    )


def ensure_namespace(catalog: Catalog, namespace: str) -> None:
    """Make the namespace unless it is there, also when another process makes it just now."""
    if not catalog.namespace_exists(namespace):
        with contextlib.suppress(NamespaceAlreadyExistsError):
            catalog.create_namespace(namespace)
