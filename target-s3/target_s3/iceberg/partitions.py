"""The partitions of a table that rows fall into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from pyiceberg.expressions.literals import literal as iceberg_literal
from pyiceberg.table import Table
from pyiceberg.typedef import Record

from target_s3.iceberg.fields import Field, named

PARTITION = "target_s3_partition"
"""The column that numbers a row's partition, and the folder DuckDB makes of it."""

_GROUPING = {
    "identity": "{column}",
    "year": "year({column})",
    "month": "year({column}) * 12 + month({column})",
    "day": "cast({column} as date)",
    "hour": "date_trunc('hour', {column})",
}
"""SQL that is equal for two values exactly when Iceberg's transform is."""


@dataclass(frozen=True)
class Partitions:
    """The partitions that a relation's rows fall into.

    Attributes:
        values: Their Iceberg values; a partition's number is its place here.
        numbered: SQL: the relation's rows with the column `PARTITION`.
    """

    values: tuple[Record, ...]
    numbered: str


def partitions_of(
    connection: duckdb.DuckDBPyConnection, relation: str, table: Table, fields: Sequence[Field]
) -> Partitions:
    """Find the partitions that the rows of a relation fall into.

    Args:
        connection: Where the relation lives.
        relation: Its name.
        table: The table whose partition spec holds.
        fields: The table's columns.
    """
    spec = table.spec()
    if spec.is_unpartitioned():
        return Partitions((Record(),), f"select *, 0 as {PARTITION} from {relation}")
    sources = named(fields, partition_columns(table))
    groupings = [
        _GROUPING[str(part.transform)].format(column=source.alias)
        for part, source in zip(spec.fields, sources, strict=True)
    ]
    by_name = {f"grouping_{number}": text for number, text in enumerate(groupings)}
    columns = ", ".join(f"{text} as {name}" for name, text in by_name.items())
    samples = ", ".join(f"any_value({s.alias}) as sample_{n}" for n, s in enumerate(sources))
    connection.execute(
        f"create or replace table partition_numbers as select *, row_number() over () - 1 as "
        f"{PARTITION} from (select {columns}, {samples} from {relation} group by all)"
    )
    listed = ", ".join(f"sample_{number}" for number in range(len(sources)))
    rows = connection.execute(
        f"select {listed} from partition_numbers order by {PARTITION}"
    ).fetchall()
    same = " and ".join(f"{text} is not distinct from {name}" for name, text in by_name.items())
    numbered = f"select {relation}.*, {PARTITION} from {relation} join partition_numbers on {same}"
    return Partitions(tuple(partition_value(table, row) for row in rows), numbered)


def partition_columns(table: Table) -> list[str]:
    """The columns that a table's partitions are made of, in the order of its spec's fields."""
    schema = table.schema()
    return [str(schema.find_column_name(part.source_id)) for part in table.spec().fields]


def partition_value(table: Table, sample: Sequence[Any]) -> Record:
    """The partition of a row.

    Args:
        table: The table.
        sample: The row's values of `partition_columns`.
    """
    spec, schema = table.spec(), table.schema()
    kinds = [schema.find_type(part.source_id) for part in spec.fields]
    return Record(
        *(
            part.transform.transform(kind)(
                None if value is None else iceberg_literal(value).to(kind).value
            )
            for part, kind, value in zip(spec.fields, kinds, sample, strict=True)
        )
    )
