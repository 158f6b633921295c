"""The rows that a table has, as a relation of DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from target_s3.iceberg.fields import Field, empty_columns, literal, parquet_schema
from target_s3.merging.twins import Twin


def existing_rows(
    fields: Sequence[Field], files: Sequence[Path], *, apart_from: Sequence[Twin] = ()
) -> str:
    """SQL: the rows of data files, each with its place: `old_file` and `old_row`.

    Args:
        fields: The table's columns.
        files: Local copies of the files.
        apart_from: Rows that are left out.
    """
    known: dict[Path, list[range]] = {path: [] for path in files}
    for twin in apart_from:
        known[twin.path].append(twin.there)
    left = [path for path in files if not _has_no_others(path, known[path])]
    if not left:
        return (
            f"select {empty_columns(fields)}, cast(null as varchar) as old_file, "
            "cast(null as bigint) as old_row where false"
        )
    paths = ", ".join(literal(str(path)) for path in left)
    schema = parquet_schema((f.field_id, f.alias, f.sql_type) for f in fields)
    columns = ", ".join(field.alias for field in fields)
    others = [
        f"not (filename = {literal(str(path))} and {within(rows, 'file_row_number')})"
        for path in left
        for rows in known[path]
    ]
    return (
        f"select {columns}, filename as old_file, file_row_number as old_row "
        f"from read_parquet([{paths}], schema={schema}) where {' and '.join(others) or 'true'}"
    )


def _has_no_others(path: Path, known: Iterable[range]) -> bool:
    rows = sum(len(stretch) for stretch in known)
    return bool(rows) and rows == pq.read_metadata(path).num_rows


def within(rows: range, column: str = "position") -> str:
    """SQL: whether a column's number is one of these."""
    return f"{column} >= {rows.start} and {column} < {rows.stop}"


def outside(stretches: Iterable[range]) -> str:
    """SQL: whether a row's position is in none of some stretches."""
    return " and ".join(f"not ({within(each)})" for each in stretches) or "true"


def on(columns: Iterable[Field], left: str, right: str) -> str:
    """SQL: whether two relations agree in some columns."""
    return " and ".join(f"{left}.{c.alias} = {right}.{c.alias}" for c in columns)


def listed(columns: Iterable[Field]) -> str:
    """SQL: columns, one after the other."""
    return ", ".join(column.alias for column in columns)
