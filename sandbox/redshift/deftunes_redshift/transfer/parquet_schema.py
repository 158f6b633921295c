"""Whether a Parquet file's columns are what a table's columns take.

COPY reads columnar files by position, and a scan wants exactly the types that Spectrum maps to
the table's: see "COPY from columnar data formats" (copy-usage_notes-copy-from-columnar) and
"CREATE EXTERNAL TABLE" (r_CREATE_EXTERNAL_TABLE, "Parquet" of its usage notes).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from deftunes_redshift.transfer.faults import UnfitError
from deftunes_redshift.transfer.s3 import SourceFile
from deftunes_redshift.transfer.target import TargetColumn

INCOMPATIBLE = 15007
_SCANNED_AS = {
    "int2": "SMALLINT", "int4": "INT", "int8": "BIGINT", "float4": "REAL", "float8": "DOUBLE",
    "bool": "BOOLEAN", "varchar": "VARCHAR", "char": "CHAR", "timestamptz": "TIMESTAMPTZ",
}  # fmt: skip
_WHOLE = {"int2": "INT32", "int4": "INT32", "int8": "INT64"}
_PLAIN = {"float4": "FLOAT", "float8": "DOUBLE", "bool": "BOOLEAN"}
_TEXTS = ("None", "String", "Enum", "JSON")
_BYTES = {"varchar": _TEXTS, "char": _TEXTS, "varbyte": ("None",)}


@dataclass(frozen=True)
class ParquetColumn:
    """A column of a Parquet file, nested or not.

    Attributes:
        name: Its name.
        arrow: What it is read as.
        physical: How its values are stored, such as `INT32`; empty if it is nested.
        logical: What they mean: `Type` and what belongs to it.
        described: As Redshift's errors show it.
    """

    name: str
    arrow: pa.DataType
    physical: str
    logical: dict[str, Any]
    described: str

    @property
    def meaning(self) -> str:
        """What its values mean, in a word; `None`: what they are stored as; empty: nested."""
        return str(self.logical.get("Type", ""))

    @property
    def is_json(self) -> bool:
        """Whether its texts are JSON documents, as UNLOAD writes SUPER."""
        return self.meaning == "JSON"


def columns_of(file: pq.ParquetFile) -> list[ParquetColumn]:
    """The columns of a file, in their order."""
    found = []
    leaf = 0
    for field in file.schema_arrow:
        leaves = _leaves(field.type)
        first = file.schema.column(leaf)
        leaf += leaves
        if leaves == 1 and not pa.types.is_nested(field.type):
            found.append(_scalar(field, first))
        else:
            found.append(
                ParquetColumn(field.name, field.type, "", {}, f"optional group {field.name}")
            )
    return found


def check_columns(
    target: tuple[TargetColumn, ...],
    columns: list[ParquetColumn],
    file: SourceFile,
    *,
    serialize: bool,
    fill: bool,
) -> None:
    """See that a file's columns fit.

    Args:
        target: What they go to, by position.
        columns: The file's.
        file: The file.
        serialize: SERIALIZETOJSON: any column may go to a SUPER.
        fill: FILLRECORD: columns may be missing at the end.

    Raises:
        UnfitError: They do not.
    """
    missing = len(target) - len(columns)
    if missing < 0 or (missing and not fill):
        raise UnfitError(
            (),
            "Unmatched number of columns between table and file. "
            f"Table columns: {len(target)}, Data columns: {len(columns)}, "
            f"File name: {file.https}",
            INCOMPATIBLE,
        )
    for to, column in zip(target, columns, strict=False):
        fits = serialize if to.type == "super" else _fits(to, column)
        if not fits:
            raise UnfitError(
                (),
                f"File '{file.https}' has an incompatible Parquet schema for column "
                f"'{file.url}.{column.name}'. Column type: {_scanned_as(to)}, "
                f"Parquet schema:\n{column.described}",
                INCOMPATIBLE,
            )


def _fits(to: TargetColumn, column: ParquetColumn) -> bool:
    meaning = column.meaning
    if to.type in _WHOLE:
        plain = meaning == "None" or (meaning == "Int" and bool(column.logical["isSigned"]))
        return plain and column.physical == _WHOLE[to.type]
    if to.type in _PLAIN:
        return column.physical == _PLAIN[to.type]
    if to.type in _BYTES:
        return column.physical == "BYTE_ARRAY" and meaning in _BYTES[to.type]
    if to.type == "numeric":
        return meaning == "Decimal" and bool(column.logical["scale"] == to.scale)
    if to.type in ("timestamp", "timestamptz"):
        # Nanoseconds have no converted type, and are read as bare numbers.
        counted = meaning == "Timestamp" and column.logical["timeUnit"] != "nanoseconds"
        return counted or column.physical == "INT96"
    return to.type == "date" and meaning == "Date"


def _scanned_as(to: TargetColumn) -> str:
    if to.type == "numeric":
        return f"DECIMAL({to.length})"
    return _SCANNED_AS.get(to.type, to.type.upper())


def _scalar(field: pa.Field, leaf: pq.ColumnSchema) -> ParquetColumn:
    repeats = leaf.max_repetition_level
    required = "optional" if field.nullable else "required"
    described = (
        f"{required} {leaf.physical_type.lower()} {field.name} "
        f"[i:0 d:{leaf.max_definition_level} r:{repeats}]\n"
    )
    logical = json.loads(leaf.logical_type.to_json())
    return ParquetColumn(field.name, field.type, leaf.physical_type, logical, described)


def _leaves(type_: pa.DataType) -> int:
    if not pa.types.is_nested(type_):
        return 1
    return sum(_leaves(type_.field(index).type) for index in range(type_.num_fields))
