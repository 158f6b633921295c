"""Iceberg tables: opening the catalog, making a table, fitting it to a stream."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, NoSuchTableError
from pyiceberg.io.pyarrow import pyarrow_to_schema
from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import Transform, parse_transform
from pyiceberg.types import DoubleType, FloatType, IcebergType, IntegerType, LongType

from target_s3.columns import FIELD_ID, Column
from target_s3.errors import SchemaError
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

TRANSFORMS = ("identity", "year", "month", "day", "hour")
_PARTITION = re.compile(r"(?:(\w+)\((.+)\)|(.+))")
_WIDER: dict[type[IcebergType], tuple[type[IcebergType], ...]] = {
    IntegerType: (LongType,),
    FloatType: (DoubleType,),
}
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
    return load_catalog(name, **properties)


def open_table(
    catalog: Catalog,
    identifier: tuple[str, str],
    columns: Sequence[Column],
    *,
    keys: Sequence[str],
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
    _refuse_clashes(wanted, keys, stream)
    try:
        table = catalog.load_table(identifier)
    except NoSuchTableError:
        return _create(catalog, identifier, wanted, keys, partition_by, location, stream)
    _fit(table, wanted, stream)
    _refuse_other_partitions(table, partition_by, stream)
    return table


def ensure_namespace(catalog: Catalog, namespace: str) -> None:
    """Make the namespace unless it is there, also when another process makes it just now."""
    try:
        catalog.create_namespace(namespace)
    except NamespaceAlreadyExistsError:
        return


def _create(
    catalog: Catalog,
    identifier: tuple[str, str],
    wanted: Sequence[pa.Field],
    keys: Sequence[str],
    partition_by: Sequence[str],
    location: str,
    stream: str,
) -> Table:
    schema = _iceberg_schema(wanted, keys)
    return catalog.create_table(
        identifier,
        schema=schema,
        location=location,
        partition_spec=_spec(schema, partition_by, stream),
        properties=_PROPERTIES,
    )


def _iceberg_schema(fields: Sequence[pa.Field], keys: Sequence[str]) -> Schema:
    numbered = (
        field.with_metadata({FIELD_ID: str(number)}) for number, field in enumerate(fields, 1)
    )
    schema = pyarrow_to_schema(pa.schema(numbered))
    identifiers = [schema.find_field(key).field_id for key in keys]
    return Schema(*schema.fields, identifier_field_ids=identifiers)


def _spec(schema: Schema, partition_by: Sequence[str], stream: str) -> PartitionSpec:
    fields = []
    for number, text in enumerate(partition_by):
        transform, column = _partition_field(text, stream)
        if column not in schema.column_names:
            raise SchemaError(
                f"Setting streams.{stream}.partition_by names column {column!r}, which the stream "
                "does not have."
            )
        suffix = "" if str(transform) == "identity" else f"_{transform}"
        fields.append(
            PartitionField(
                source_id=schema.find_field(column).field_id,
                field_id=PARTITION_FIELD_ID_START + number,
                transform=transform,
                name=f"{column}{suffix}",
            )
        )
    return PartitionSpec(*fields)


def _partition_field(text: str, stream: str) -> tuple[Transform[object, object], str]:
    match = _PARTITION.fullmatch(text.strip())
    transform, column = (match[1] or "identity", match[2] or match[3]) if match else ("", text)
    if transform not in TRANSFORMS:
        raise SchemaError(
            f"Setting streams.{stream}.partition_by holds {text!r}: write a column, or one of "
            f"{', '.join(TRANSFORMS[1:])} around it, such as month(created_at)."
        )
    return parse_transform(transform), column


def _refuse_clashes(wanted: Sequence[pa.Field], keys: Sequence[str], stream: str) -> None:
    names = [field.name for field in wanted]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SchemaError(
            f"Stream {stream!r} has a column named {doubled[0]!r}, which this target adds itself: "
            "rename it in the tap with a stream map."
        )
    missing = [key for key in keys if key not in names]
    if missing:
        raise SchemaError(
            f"Key column {missing[0]!r} is not in the schema of stream {stream!r}: select it in "
            f"the tap, or name other keys in streams.{stream}.keys."
        )


def _fit(table: Table, wanted: Sequence[pa.Field], stream: str) -> None:
    """Add the columns that are new and widen those that must; anything else is an error."""
    schema = table.schema()
    # ids of a schema made here mean nothing: only names and types are taken from it
    fresh = _iceberg_schema(wanted, ())
    added = [field for field in fresh.fields if field.name not in schema.column_names]
    widened = []
    for field in fresh.fields:
        if field.name not in schema.column_names:
            continue
        there = schema.find_field(field.name).field_type
        if there == field.field_type or type(there) in _WIDER.get(type(field.field_type), ()):
            continue
        if type(field.field_type) not in _WIDER.get(type(there), ()):
            raise SchemaError(
                f"Column {field.name!r} of stream {stream!r} is now {field.field_type}, and the "
                f"table {'.'.join(table.name()[-2:])} keeps it as {there}: set "
                f"streams.{stream}.types.{field.name} to the table's type, or load into another "
                "table."
            )
        widened.append(field)
    if not added and not widened:
        return
    with table.update_schema() as update:
        for field in added:
            update.add_column((field.name,), field.field_type)
        for field in widened:
            update.update_column((field.name,), field_type=field.field_type)


def _refuse_other_partitions(table: Table, partition_by: Sequence[str], stream: str) -> None:
    schema = table.schema()
    there = [
        (str(field.transform), schema.find_column_name(field.source_id))
        for field in table.spec().fields
    ]
    wanted = [
        (str(transform), column)
        for transform, column in (_partition_field(text, stream) for text in partition_by)
    ]
    if there != wanted:
        raise SchemaError(
            f"Setting streams.{stream}.partition_by asks for {list(partition_by)}, and the table "
            f"{'.'.join(table.name()[-2:])} is partitioned by "
            f"{[f'{transform}({column})' for transform, column in there]}: set it to that, or "
            "load into another table."
        )
