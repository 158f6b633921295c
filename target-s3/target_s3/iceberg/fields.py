"""An Iceberg table's columns as DuckDB sees them.

In SQL a column is called `c<field id>`: names of strangers' columns may differ in case only, or
be anything at all, and field ids survive a renaming.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    LongType,
    StringType,
    TimestampType,
    TimestamptzType,
    TimeType,
)

from columnar_target.errors import SchemaError

_SQL_TYPES: dict[type[IcebergType], str] = {
    BooleanType: "boolean",
    IntegerType: "integer",
    LongType: "bigint",
    FloatType: "float",
    DoubleType: "double",
    DateType: "date",
    TimeType: "time",
    TimestampType: "timestamp",
    TimestamptzType: "timestamptz",
    StringType: "varchar",
}


@dataclass(frozen=True)
class Field:
    """One column of a table.

    Attributes:
        name: Its name in the table.
        field_id: Its Iceberg field id.
        sql_type: Its type in DuckDB.
        arrow: Its type in Arrow.
        file_name: Its name in data files: the table's, unless another differs in case only.
    """

    name: str
    field_id: int
    sql_type: str
    arrow: pa.DataType
    file_name: str

    @property
    def alias(self) -> str:
        """The column's name in SQL."""
        return f"c{self.field_id}"


def table_fields(schema: Schema) -> tuple[Field, ...]:
    """The columns of a table, in its order.

    Raises:
        SchemaError: A column has a type this target never writes (made by another engine).
    """
    taken: set[str] = set()
    fields = []
    for column in schema.fields:
        file_name = column.name
        while file_name.lower() in taken:
            file_name = f"{file_name}_{column.field_id}"
        taken.add(file_name.lower())
        fields.append(
            Field(
                column.name,
                column.field_id,
                _sql_type(column.name, column.field_type),
                schema_to_pyarrow(column.field_type),
                file_name,
            )
        )
    return tuple(fields)


def named(fields: Sequence[Field], names: Iterable[str]) -> tuple[Field, ...]:
    """The columns of these names, in the order of the names."""
    by_name = {field.name: field for field in fields}
    return tuple(by_name[name] for name in names)


def empty_columns(fields: Iterable[Field]) -> str:
    """Nulls of the fields' types, named by their aliases: the columns of an empty relation."""
    return ", ".join(f"cast(null as {field.sql_type}) as {field.alias}" for field in fields)


def _sql_type(name: str, iceberg: IcebergType) -> str:
    if isinstance(iceberg, DecimalType):
        return f"decimal({iceberg.precision},{iceberg.scale})"
    sql_type = _SQL_TYPES.get(type(iceberg))
    if sql_type is None:
        raise SchemaError(
            f"Column {name!r} of the table is of type {iceberg}, which this target does not "
            "write: load into another table."
        )
    return sql_type
