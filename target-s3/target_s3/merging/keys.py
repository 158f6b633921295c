"""What a load's keys must be, and what is found out of them before rows are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow.parquet as pq

from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import RecordError
from columnar_target.own_columns import DELETED_AT
from target_s3.iceberg.fields import Field
from target_s3.merging.existing import listed


@dataclass(frozen=True)
class Keys:
    """What identifies rows: by `columns` one row, by `group` rows that are replaced together."""

    columns: tuple[str, ...]
    group: tuple[str, ...] = ()


def has_no_null(column: str, files: Sequence[StagedFile]) -> bool:
    """Whether files say themselves that a column of theirs is full."""
    for file in files:
        metadata = pq.read_metadata(file.path)
        if column not in file.schema.names:
            return False
        place = file.schema.names.index(column)
        for group in range(metadata.num_row_groups):
            described = metadata.row_group(group).column(place)
            known = described.statistics
            if (
                described.path_in_schema != column
                or known is None
                or not known.has_null_count
                or known.null_count
            ):
                return False
    return True


def refuse_null(
    connection: duckdb.DuckDBPyConnection,
    column: Field,
    keys: Sequence[Field],
    fields: Sequence[Field],
    stream: str,
) -> None:
    """Make sure that a key column, or one of `replace_by`, has a value in each row of `arrived`.

    Args:
        connection: Where that is.
        column: The column.
        keys: The key columns.
        fields: The table's columns.
        stream: The stream, for the message.

    Raises:
        RecordError: One has none.
    """
    others = [key for key in keys if key is not column]
    # of a row that is told to be gone, taps may know the key and no more
    needed = "true" if column in keys else alive(fields)
    lacking = connection.execute(
        f"select {listed(others) or 'null'} from arrived "
        f"where {column.alias} is null and {needed} limit 1"
    ).fetchone()
    if lacking is not None:
        rest = named_key(others, lacking)
        raise RecordError(
            f"Stream {stream!r}: a record{f' with {rest}' if rest else ''} has no "
            f"value in column {column.name!r}, which is one of its keys or of replace_by. "
            f"Correct it at the source, or change them in streams.{stream}."
        )


def alive(fields: Sequence[Field]) -> str:
    """SQL: whether a row is there at its source, as far as is known."""
    marks = [field.alias for field in fields if field.name == DELETED_AT]
    return f"{marks[0]} is null" if marks else "true"


def named_key(keys: Sequence[Field], values: Sequence[Any]) -> str:
    """A record's key for a message; empty without keys."""
    return ", ".join(f"{key.name}={value}" for key, value in zip(keys, values, strict=False))
