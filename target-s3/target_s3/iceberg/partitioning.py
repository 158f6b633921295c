"""How a table is partitioned: what the user writes, as Iceberg's partition spec."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import Transform, parse_transform
from pyiceberg.types import DoubleType, FloatType

from columnar_target.errors import SchemaError

TRANSFORMS = ("identity", "year", "month", "day", "hour")
_PARTITION = re.compile(r"(?:(\w+)\((.+)\)|(.+))")


def partition_spec(schema: Schema, partition_by: Sequence[str], stream: str) -> PartitionSpec:
    """The partition spec that a user's setting asks for.

    Args:
        schema: The table's schema.
        partition_by: Partition fields as the user writes them, such as `month(created_at)`.
        stream: The stream's name, for messages.

    Raises:
        SchemaError: A column is not there, or no partition can be made of it.
    """
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


def refuse_other_partitions(table: Table, partition_by: Sequence[str], stream: str) -> None:
    """Make sure that a table is partitioned as the setting says."""
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
