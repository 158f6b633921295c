"""Rows as they arrive, kept in files: memory stays flat whatever a stream brings."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from columnar_target.arrivals.versions import Versions
from columnar_target.errors import RecordError, SchemaError
from columnar_target.records.columns import Column
from columnar_target.records.types import is_wider
from columnar_target.settings import StreamSettings

PART_BYTES = 256 * 1024 * 1024
"""A part is closed when it has grown beyond this, so that landing files stay handy."""

_SAMPLE_ROWS = 20_000
_OFTEN_REPEATED = 0.9
"""A column of which fewer values are different has a dictionary; others would only fill it up."""

PARQUET_OPTIONS: dict[str, Any] = {"compression": "zstd", "store_decimal_as_integer": True}
"""How staged rows are encoded: as DuckDB does, since their pages become those of data files."""

ROW_GROUP_ROWS = 122_880
"""Rows of a row group (as DuckDB's): readers skip by row group, and share the work by them."""

FEWEST_ROWS = 50_000
"""Row groups of fewer rows are not worth their while: a reader opens each of them."""

ROW_GROUP_BYTES = 64 * 1024 * 1024
"""A row group is written before it has so many rows when it takes this much memory."""

_JSON = msgspec.json.Encoder(decimal_format="number")
_STRICT = msgspec.json.Decoder()


@dataclass(frozen=True)
class StagedFile:
    """A file of rows as they arrived.

    Attributes:
        path: Parquet whose columns carry field ids.
        schema: Its schema.
        first: Number of its first row that belongs to the load.
        end: Number of the row after its last that does.
        rows: How many it has.
        is_adopted: Whether it is a tap's own, whose columns carry no ids.
    """

    path: Path
    schema: pa.Schema
    first: int
    end: int
    rows: int = 0
    is_adopted: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all its rows belong to the load."""
        return self.first == 0 and self.end == self.rows


@dataclass
class Part:
    """A stretch of consecutive rows of one schema.

    Attributes:
        path: Its rows as Parquet.
        schema: Their Arrow schema.
        json_path: The same rows as gzipped JSON lines, where they land like that.
        rows: How many there are.
        is_adopted: Whether it is a tap's own file.
    """

    path: Path
    schema: pa.Schema
    json_path: Path | None
    rows: int = 0
    is_adopted: bool = False


@dataclass
class StagedStream:
    """The rows of one stream, in the order of their arrival.

    Attributes:
        name: The stream's name.
        number: Its number in the load.
        settings: Its settings.
        folder: Where its parts are written.
        landing_format: Whether JSON lines are wanted beside Parquet.
        parquet_options: How rows are encoded: pyarrow's options of a writer.
        columns: The columns by name, of every schema seen; the wider type counts.
        keys: The key columns.
        received: Rows that arrived, converted or not yet.
        before_state: How many of them arrived before the last STATE message.
        versions: Which of them are a whole read of the source.
        first_columns: The columns of the first schema; a table made by this load begins with them.
        parts: The closed parts and the open one.
    """

    name: str
    number: int
    settings: StreamSettings
    folder: Path
    landing_format: Literal["parquet", "jsonl.gz"]
    parquet_options: Mapping[str, Any] = field(default_factory=lambda: PARQUET_OPTIONS)
    columns: dict[str, Column] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    received: int = 0
    before_state: int = 0
    versions: Versions = field(default_factory=Versions)
    first_columns: tuple[Column, ...] = ()
    parts: list[Part] = field(default_factory=list)
    _is_open: bool = False
    _writer: pq.ParquetWriter | None = None
    _row_group: list[pa.Table] = field(default_factory=list)
    _waiting_rows: int = 0
    _waiting_bytes: int = 0
    _json: gzip.GzipFile | None = None

    def declare(self, columns: Sequence[Column], keys: Sequence[str]) -> None:
        """Take in a schema; a stream may send several in a run.

        Raises:
            SchemaError: A column changes to a type that neither holds the other's values, or the
                keys change.
        """
        if self.first_columns and self.keys != tuple(keys):
            raise SchemaError(
                f"Stream {self.name!r} changes its keys from {list(self.keys)} to {list(keys)} "
                f"within a run: set streams.{self.name}.keys, or have the tap keep to one set."
            )
        self.first_columns = self.first_columns or tuple(columns)
        for column in columns:
            before = self.columns.setdefault(column.name, column)
            if before.is_document and not column.is_document:
                self.columns[column.name] = replace(before, is_document=False)
            if is_wider(before.type.arrow, column.type.arrow):
                continue
            if not is_wider(column.type.arrow, before.type.arrow):
                raise SchemaError(
                    f"Column {column.name!r} of stream {self.name!r} changes from "
                    f"{before.type.arrow} to {column.type.arrow} within a run: set "
                    f"streams.{self.name}.types.{column.name} to a type that holds both."
                )
            self.columns[column.name] = column
        self.keys = tuple(keys)

    def mark_state(self) -> None:
        """Remember that a STATE message covers all that has arrived so far."""
        self.before_state = self.received
        self.versions.mark_state()

    def append(self, rows: pa.Table, records: Callable[[], Sequence[dict[str, Any]]]) -> None:
        """Write rows to the open part, or to a new one if their schema is another.

        Args:
            rows: The rows as columns.
            records: Gives the same rows as they arrived, where they land as JSON.
        """
        if not rows.num_rows:
            return
        self._open_part(rows.schema)
        part = self.parts[-1]
        part.rows += rows.num_rows
        self._row_group.append(rows)
        self._waiting_rows += rows.num_rows
        self._waiting_bytes += rows.nbytes
        if self._json is not None:
            self._json.write(self._json_lines(records()))
        if self._waiting_rows >= ROW_GROUP_ROWS or self._waiting_bytes >= ROW_GROUP_BYTES:
            self._end_row_group()
            if part.path.stat().st_size > PART_BYTES:
                self.close()

    def adopt(self, path: Path, schema: pa.Schema, rows: int) -> None:
        """Take a tap's Parquet file as it is: a part of its own.

        Args:
            path: The file; it stays where it is, and its tap's.
            schema: Its schema: that of the stream's columns.
            rows: How many it holds.
        """
        self.close()
        self.parts.append(Part(path, schema, None, rows, is_adopted=True))

    def may_end_row_group(self) -> None:
        """Say that what comes next belongs less together with what came last.

        A tap's batch often holds a span of time: rows of one partition are more often a row group
        of their own if its end is one's end.
        """
        if self._waiting_rows >= FEWEST_ROWS:
            self._end_row_group()

    def _end_row_group(self) -> None:
        """Write the rows that wait for others.

        In one piece: where pages and dictionaries end follows from the pieces, and the same rows
        are to make the same bytes however they arrive.
        """
        if not self._row_group:
            return
        rows = pa.concat_tables(self._row_group).combine_chunks()
        self._row_group, self._waiting_rows, self._waiting_bytes = [], 0, 0
        if self._writer is None:
            dictionaries = _columns_that_repeat(rows)
            self._writer = pq.ParquetWriter(
                self.parts[-1].path,
                rows.schema,
                use_dictionary=dictionaries,
                **self.parquet_options,
            )
        self._writer.write_table(rows, row_group_size=rows.num_rows)

    def _json_lines(self, records: Sequence[dict[str, Any]]) -> bytes:
        """The records as they arrived, one a line.

        Raises:
            RecordError: One holds what is no JSON, where no column has refused it.
        """
        try:
            lines = b"".join(_JSON.encode(record) + b"\n" for record in records)
            if b"NaN" in lines or b"Infinity" in lines:
                _STRICT.decode_lines(lines)
        except (UnicodeEncodeError, msgspec.DecodeError):
            raise RecordError(
                f"Stream {self.name!r}: a record holds NaN, Infinity or text that is no Unicode "
                "in a property that its schema does not name: it cannot land as JSON. Correct it "
                "at the source, or set landing_format to parquet."
            ) from None
        return lines

    def files(self, merged: range) -> tuple[StagedFile, ...]:
        """The parts, cut to the rows that belong to the load; it must be closed.

        Args:
            merged: Which rows do, by the number of their arrival.
        """
        files, before = [], 0
        for part in self.parts:
            first, end = max(merged.start - before, 0), min(merged.stop - before, part.rows)
            if first < end:
                files.append(
                    StagedFile(part.path, part.schema, first, end, part.rows, part.is_adopted)
                )
            before += part.rows
        return tuple(files)

    def check_complete(self) -> None:
        """Make sure that every row that was counted is in a part.

        Raises:
            AssertionError: Rows went another way; that is a defect of this target.
        """
        staged = sum(part.rows for part in self.parts)
        if staged != self.received:
            raise AssertionError(f"{self.received} rows arrived and {staged} are staged")

    def close(self) -> None:
        """Finish the open part."""
        self._end_row_group()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._is_open = False
        if self._json is not None:
            self._json.close()
            self._json = None

    def _open_part(self, schema: pa.Schema) -> None:
        if self._is_open and not self.parts[-1].schema.equals(schema):
            self.close()
        if not self._is_open:
            stem = f"{self.number:04}-{len(self.parts) + 1:04}"
            part = Part(self.folder / f"{stem}.parquet", schema, None)
            if self.landing_format == "jsonl.gz":
                part.json_path = self.folder / f"{stem}.jsonl.gz"
                self._json = gzip.open(part.json_path, "wb", compresslevel=5)  # noqa: SIM115
            self.parts.append(part)
            self._is_open = True


def _columns_that_repeat(rows: pa.Table) -> list[str]:
    sample = rows.slice(0, _SAMPLE_ROWS)
    most = sample.num_rows * _OFTEN_REPEATED
    return [
        name
        for name, values in zip(sample.column_names, sample.columns, strict=True)
        if pc.count_distinct(values).as_py() < most
    ]
