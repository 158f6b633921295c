"""Iceberg tables: opening the catalog, making a table, fitting it to a stream."""

from __future__ import annotations

import contextlib
import re
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
from pyiceberg.io.pyarrow import pyarrow_to_schema, schema_to_pyarrow
from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import Transform, parse_transform
from pyiceberg.types import DoubleType, FloatType

from target_s3.columns import FIELD_ID, Column
from target_s3.errors import ConcurrentWriteError, SchemaError, SettingError
from target_s3.settings import Settings
from target_s3.types import is_wider

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
    _refuse_clashes(wanted, keys, stream)
    _refuse_groups(wanted, keys, replace_by, stream)
    spec = _spec(_iceberg_schema(wanted, keys), partition_by, stream)
    for _ in range(ATTEMPTS):
        try:
            table = catalog.load_table(identifier)
        except NoSuchTableError:
            with contextlib.suppress(TableAlreadyExistsError):  # another load makes it just now
                return catalog.create_table(
                    identifier,
                    schema=_iceberg_schema(wanted, keys),
                    location=location,
                    partition_spec=spec,
                    properties=_PROPERTIES,
                )
            continue
        _refuse_other_keys(table, keys, stream)
        _refuse_other_partitions(table, partition_by, stream)
        with contextlib.suppress(CommitFailedException):  # another load adds columns just now
            _fit(table, wanted, stream)
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


def _iceberg_schema(fields: Sequence[pa.Field], keys: Sequence[str]) -> Schema:
    numbered = (
        field.with_metadata({FIELD_ID: str(number)}) for number, field in enumerate(fields, 1)
    )
    schema = pyarrow_to_schema(pa.schema(numbered))
    identifiers = [schema.find_field(key).field_id for key in keys]
    return Schema(*schema.fields, identifier_field_ids=identifiers)


def _spec(schema: Schema, partition_by: Sequence[str], stream: str) -> PartitionSpec:
    fields: list[PartitionField] = []
    setting = f"Setting streams.{stream}.partition_by"
    for number, text in enumerate(partition_by):
        transform, column = _partition_field(text, stream)
        if column not in schema.column_names:
            raise SchemaError(f"{setting} names column {column!r}, which the stream does not have.")
        source = schema.find_field(column)
        # a manifest keeps too few bits of a double to find its rows again
        fractional = isinstance(source.field_type, (FloatType, DoubleType))
        if fractional or not transform.can_transform(source.field_type):
            raise SchemaError(
                f"{setting} holds {text!r}, and {column} is {source.field_type}: no partition can "
                "be made of that."
            )
        name = column if str(transform) == "identity" else f"{column}_{transform}"
        if name in {field.name for field in fields} or (
            name != column and name in schema.column_names
        ):
            raise SchemaError(f"{setting} makes {name!r} twice: take one of them out.")
        fields.append(
            PartitionField(
                source_id=source.field_id,
                field_id=PARTITION_FIELD_ID_START + number,
                transform=transform,
                name=name,
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
    odd = [name for name in names if not name or "\0" in name]
    if odd:
        raise SchemaError(
            f"Stream {stream!r} has a column named {odd[0]!r}, which no table can have: rename it "
            "in the tap with a stream map."
        )
    missing = [key for key in keys if key not in names]
    if missing:
        raise SchemaError(
            f"Key column {missing[0]!r} is not in the schema of stream {stream!r}: select it in "
            f"the tap, or name other keys in streams.{stream}.keys."
        )
    fractional = [field.name for field in wanted if field.name in keys and _is_float(field.type)]
    if fractional:
        raise SchemaError(
            f"Key column {fractional[0]!r} of stream {stream!r} is a floating-point number, which "
            "identifies nothing: set its type to a decimal, or name other keys in "
            f"streams.{stream}.keys."
        )


def _refuse_groups(
    wanted: Sequence[pa.Field], keys: Sequence[str], replace_by: Sequence[str], stream: str
) -> None:
    unknown = sorted(set(replace_by) - {field.name for field in wanted})
    if unknown:
        raise SchemaError(
            f"Setting streams.{stream}.replace_by names column {unknown[0]!r}, which the stream "
            "does not have."
        )
    if replace_by and not keys:
        raise SchemaError(
            f"Setting streams.{stream}.replace_by needs keys, and the stream has none: name them "
            f"in streams.{stream}.keys."
        )


def _is_float(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind))


def _refuse_other_keys(table: Table, keys: Sequence[str], stream: str) -> None:
    there = table.schema().identifier_field_names()
    if there != set(keys):
        raise SchemaError(
            f"Stream {stream!r} has the keys {sorted(keys)}, and the table "
            f"{'.'.join(table.name()[-2:])} has {sorted(there)}: set streams.{stream}.keys to the "
            "table's, or load into another table."
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
        if there == field.field_type:
            continue
        kept, sent = schema_to_pyarrow(there), schema_to_pyarrow(field.field_type)
        if is_wider(kept, sent):
            continue
        if not is_wider(sent, kept):
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
