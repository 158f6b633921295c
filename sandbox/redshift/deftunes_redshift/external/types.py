"""Iceberg's types as Redshift shows them.

See "Supported data types with Apache Iceberg tables" (querying-iceberg-supported-data-types).
"""

from __future__ import annotations

from dataclasses import dataclass

from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
    TimestamptzType,
)

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.target import TargetColumn

LONGEST_TEXT = 16_384
"""Characters; Redshift cuts what is longer."""
_PLAIN: dict[type[IcebergType], tuple[str, str, str]] = {
    BooleanType: ("bool", "bool", "bool"),
    IntegerType: ("int4", "int4", "int4"),
    LongType: ("int8", "int8", "int8"),
    FloatType: ("float4", "float4", "float4"),
    DoubleType: ("float8", "float8", "float8"),
    DateType: ("date", "date", "date"),
    TimestampType: ("timestamp", "timestamp", "timestamp"),
    TimestamptzType: ("timestamptz", "timestamptz", "timestamptz"),
    StringType: ("varchar", "text", f"varchar({LONGEST_TEXT})"),
    BinaryType: ("varbyte", "bytea", "bytea"),
}


@dataclass(frozen=True)
class ExternalColumn:
    """A column of an external table.

    Attributes:
        id: Iceberg's number of the field, which outlives its name.
        name: Its name, in lower case as Redshift shows it.
        kind: Its type in short, as `TargetColumn` has it.
        stored: PostgreSQL's type in which values are kept.
        shown: PostgreSQL's type in which they are shown.
    """

    id: int
    name: str
    kind: str
    stored: str
    shown: str

    @property
    def target(self) -> TargetColumn:
        """What values are made for; no text is too long, for it is cut before."""
        return TargetColumn(self.name, self.kind)


def external_column(field: NestedField) -> ExternalColumn:
    """Say how a field is shown.

    Raises:
        RedshiftError: Redshift does not read its type.
    """
    type_ = field.field_type
    if isinstance(type_, DecimalType):
        shown = f"numeric({type_.precision}, {type_.scale})"
        kind = ("numeric", "numeric", shown)
    elif type_.is_primitive and type(type_) not in _PLAIN:
        raise RedshiftError(
            f"Unsupported data type {type_} of column {field.name} in an Iceberg table", "0A000"
        )
    else:
        kind = _PLAIN.get(type(type_), ("super", "jsonb", "super"))
    return ExternalColumn(field.field_id, field.name.lower(), *kind)
