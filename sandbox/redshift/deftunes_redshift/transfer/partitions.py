"""The folders of an UNLOAD … PARTITION BY, named as Hive names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pyarrow as pa

from deftunes_redshift.transfer.target import TargetColumn
from deftunes_redshift.transfer.unload_statement import UnloadStatement

_NULL = "__HIVE_DEFAULT_PARTITION__"
_ROW = "rs_row"


@dataclass(frozen=True)
class Partition:
    """Rows that go into the same folder.

    Attributes:
        folder: `year=2020/month=1/`, or nothing.
        table: The rows.
        columns: What is written of them.
    """

    folder: str
    table: pa.Table
    columns: Sequence[TargetColumn]


def partitioned(
    table: pa.Table, columns: Sequence[TargetColumn], statement: UnloadStatement
) -> Iterator[Partition]:
    """Part rows by the values of the partition columns."""
    by = list(statement.partition_by)
    if not by:
        yield Partition("", table, columns)
        return
    if not statement.flag("include"):
        columns = [column for column in columns if column.name not in by]
    kept = [column.name for column in columns]
    numbered = table.append_column(_ROW, pa.array(range(table.num_rows)))
    for group in numbered.group_by(by).aggregate([(_ROW, "list")]).to_pylist():
        rows = table.take(pa.array(group[f"{_ROW}_list"]))
        folder = "".join(f"{name}={_shown(group[name])}/" for name in by)
        yield Partition(folder, rows.select(kept), columns)


def _shown(value: object) -> str:
    return _NULL if value is None else quote(str(value), safe=" -_.,+:")
