"""From the type of a stream's column to that of the warehouse, and when one holds the other.

https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from columnar_target.errors import SchemaError

LONGEST_TEXT = 65_535
"""Bytes of the longest VARCHAR."""
MOST_DECIMALS = 37

_SIZES = (16, 64, 256, 1_024, 4_096, 16_384, LONGEST_TEXT)
_BY_ARROW = {
    pa.bool_(): "boolean",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float32(): "real",
    pa.float64(): "double precision",
    pa.date32(): "date",
    pa.time64("us"): "time",
    pa.timestamp("us"): "timestamp",
    pa.timestamp("us", "UTC"): "timestamptz",
}
_NAMES = {
    "character varying": "varchar",
    "numeric": "decimal",
    "time without time zone": "time",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
"""How the catalog calls types, where it calls them otherwise."""
_WIDER = {
    ("integer", "smallint"),
    ("bigint", "smallint"),
    ("bigint", "integer"),
    ("double precision", "real"),
}


@dataclass(frozen=True)
class WarehouseType:
    """A type of Redshift.

    Attributes:
        name: `varchar`, `decimal`, `super`, `bigint` and so on.
        size: Bytes of a VARCHAR, digits of a DECIMAL, else 0.
        scale: Digits of a DECIMAL after the point.
    """

    name: str
    size: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.name == "varchar":
            return f"varchar({self.size})"
        return f"decimal({self.size},{self.scale})" if self.name == "decimal" else self.name

    def holds(self, other: WarehouseType) -> bool:
        """Whether a column of this type holds every value of another."""
        if self.name == other.name:
            return self.size >= other.size and self.scale == other.scale
        return (self.name, other.name) in _WIDER


SUPER = WarehouseType("super")
DATE = WarehouseType("date")
TIMESTAMP = WarehouseType("timestamp")


def text(size: int) -> WarehouseType:
    """A VARCHAR of so many bytes."""
    return WarehouseType("varchar", size)


def roomy(longest: int) -> WarehouseType:
    """A VARCHAR with room for texts of so many bytes, and for a little longer ones to come."""
    return text(next(size for size in _SIZES if size >= longest))


def type_of(arrow: pa.DataType, *, longest: int, is_document: bool, where: str) -> WarehouseType:
    """The type of a column that is to hold a stream's.

    Args:
        arrow: The stream's type.
        longest: Bytes of its longest text in this load.
        is_document: Whether it is always the JSON of an object or an array.
        where: The column, for messages.

    Raises:
        SchemaError: Redshift has none.
    """
    if pa.types.is_decimal(arrow):
        if arrow.scale > MOST_DECIMALS:
            raise SchemaError(
                f"{where} is decimal({arrow.precision},{arrow.scale}), and Redshift keeps no more "
                f"than {MOST_DECIMALS} digits after the point: set its type in streams.*.types."
            )
        return WarehouseType("decimal", arrow.precision, arrow.scale)
    if pa.types.is_string(arrow):
        return SUPER if is_document else roomy(max(longest, 1))
    return WarehouseType(_BY_ARROW[arrow])


def type_in_catalog(
    name: str, characters: int | None, digits: int | None, scale: int | None
) -> WarehouseType:
    """The type of a column that is there, as SVV_COLUMNS tells it."""
    plain = _NAMES.get(re.sub(r"\(.*", "", name).strip(), name)
    if plain == "varchar":
        return text(characters or 0)
    if plain == "decimal":
        return WarehouseType("decimal", digits or 0, scale or 0)
    return WarehouseType(plain)
