"""The rows of a query as Arrow tables, each value as exact as PostgreSQL has it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pc

from deftunes_redshift.backend import Backend
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.target import TargetColumn, find_columns, quoted

_AT_ONCE = 8 << 20  # bytes
_VIEW = "rs_unload"
_ARROW = {
    "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "float4": pa.float32(),
    "float8": pa.float64(), "bool": pa.bool_(), "varchar": pa.string(), "text": pa.string(),
    "char": pa.string(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us"), "super": pa.string(),
}  # fmt: skip
_MOST_DIGITS = 38


@dataclass(frozen=True)
class QueryRows:
    """A query that can be read.

    Attributes:
        columns: What it gives.
        backend: The session's connection.
    """

    columns: tuple[TargetColumn, ...]
    backend: Backend

    async def typed(self) -> AsyncIterator[pa.Table]:
        """Read the rows; a TIMESTAMPTZ comes as its moment in UTC.

        Raises:
            RedshiftError: A column's type goes into text alone.
        """
        types = {column.name: _arrow(column) for column in self.columns}
        fields = ", ".join(
            f"{quoted(column.name)} at time zone 'UTC'" if column.type == "timestamptz"
            else quoted(column.name)
            for column in self.columns
        )  # fmt: skip
        async for table in self._read(fields, types):
            yield table

    async def texts(self) -> AsyncIterator[pa.Table]:
        """Read the rows, each value as its text."""
        fields = ", ".join(_text_of(column) for column in self.columns)
        types = {column.name: pa.string() for column in self.columns}
        async for table in self._read(fields, types):
            yield table

    async def _read(self, fields: str, types: dict[str, pa.DataType]) -> AsyncIterator[pa.Table]:
        statement = (
            f"copy (select {fields} from pg_temp.{_VIEW}) to stdout "  # noqa: S608 - quoted names
            "(format csv, force_quote *, encoding 'utf8')"
        )
        rows = bytearray()
        async for row in self.backend.copy_out(statement):
            rows += row
            if len(rows) > _AT_ONCE:
                yield _table(bytes(rows), types)
                rows.clear()
        if rows:
            yield _table(bytes(rows), types)


async def open_query(query: str, backend: Backend) -> QueryRows:
    """Make a query readable, until `close_query`.

    Args:
        query: A SELECT in PostgreSQL's words.
        backend: The session's connection.

    Raises:
        RedshiftError: PostgreSQL refuses it.
    """
    await backend.run(f"create temporary view {_VIEW} as {query}")
    columns = await find_columns(backend, f"pg_temp.{_VIEW}")
    return QueryRows(tuple([await _sized(column, backend) for column in columns]), backend)


async def close_query(backend: Backend) -> None:
    """Forget the query."""
    await backend.run(f"drop view pg_temp.{_VIEW}")


async def _sized(column: TargetColumn, backend: Backend) -> TargetColumn:
    """Give a NUMERIC that has no size the 38 digits and the scale that its values need."""
    if column.type != "numeric" or column.precision is not None:
        return column
    ((scale,),) = await backend.rows(
        f"select coalesce(max(scale({quoted(column.name)})), 0) from pg_temp.{_VIEW}"  # noqa: S608 - quoted
    )
    return TargetColumn(column.name, column.type, precision=_MOST_DIGITS, scale=scale)


def _text_of(column: TargetColumn) -> str:
    name = quoted(column.name)
    return f"rs_catalog.compact({name})" if column.type == "super" else f"{name}::text"


def _arrow(column: TargetColumn) -> pa.DataType:
    if column.type == "numeric":
        return pa.decimal128(column.precision, column.scale)
    if column.type not in _ARROW:
        raise RedshiftError(
            f"UNLOAD to PARQUET does not support type {column.type} of column {column.name}",
            "0A000",
        )
    return _ARROW[column.type]


def _table(rows: bytes, types: dict[str, pa.DataType]) -> pa.Table:
    names: Sequence[str] = list(types)
    return pc.read_csv(
        io.BytesIO(rows),
        read_options=pc.ReadOptions(column_names=names, use_threads=False),
        parse_options=pc.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pc.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
