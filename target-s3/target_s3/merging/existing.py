"""The rows that a table has, as a relation of DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from columnar_target.relations.sql import literal, parquet_schema
from target_s3.iceberg.fields import Field, empty_columns
from target_s3.merging.twins import Twin


def existing_rows(
    fields: Sequence[Field], files: Sequence[Path], *, apart_from: Sequence[Twin] = ()
) -> str:
    """SQL: the rows of data files, each with its place: `old_file` and `old_row`.

    A file's number is its place among `files_shown`: its path for each row would take much memory.

    Args:
        fields: The table's columns.
        files: Local copies of the files.
        apart_from: Rows that are left out.
    """
    left = files_shown(files, apart_from)
    if not left:
        return (
            f"select {empty_columns(fields)}, cast(null as bigint) as old_file, "
            "cast(null as bigint) as old_row where false"
        )
    paths = ", ".join(literal(str(path)) for path in left)
    schema = parquet_schema((f.field_id, f.alias, f.sql_type) for f in fields)
    others = [
        f"not (file_index = {number} and {within(twin.there, 'file_row_number')})"
        for number, path in enumerate(left)
        for twin in apart_from
        if twin.path == path
    ]
    return (
        f"select {listed(fields)}, cast(file_index as bigint) as old_file, "
        f"file_row_number as old_row from read_parquet([{paths}], schema={schema}) "
        f"where {' and '.join(others) or 'true'}"
    )


def files_shown(files: Sequence[Path], apart_from: Sequence[Twin]) -> list[Path]:
    """Those of some files that have rows besides those that are left out."""
    known = dict.fromkeys(files, 0)
    for twin in apart_from:
        known[twin.path] += len(twin.there)
    return [path for path in files if not _has_no_others(path, known[path])]


def _has_no_others(path: Path, known: int) -> bool:
    return bool(known) and known == pq.read_metadata(path).num_rows


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
