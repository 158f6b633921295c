"""Words of DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

_ARROW_TYPES: dict[pa.DataType, str] = {
    pa.bool_(): "boolean",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.date32(): "date",
    pa.time64("us"): "time",
    pa.timestamp("us"): "timestamp",
    pa.timestamp("us", "UTC"): "timestamptz",
    pa.string(): "varchar",
}


def sql_type_of(arrow: pa.DataType) -> str:
    """The type of a column of staged rows."""
    if pa.types.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    return _ARROW_TYPES[arrow]


def parquet_schema(columns: Iterable[tuple[int, str, str]]) -> str:
    """The argument `schema` of `read_parquet`: columns found by field id, named and typed.

    Args:
        columns: Field id in the files, name in SQL, SQL type.
    """
    entries = (
        f"{field_id}: {{name: '{alias}', type: '{sql_type}', default_value: null}}"
        for field_id, alias, sql_type in columns
    )
    return f"map {{{', '.join(entries)}}}"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
