"""Writes Arrow tables as the files of an UNLOAD: Parquet, JSON, CSV, or text with delimiters."""

from __future__ import annotations

import bz2
import gzip
import io
import json
from collections.abc import Callable, Sequence
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from deftunes_redshift.transfer.target import TargetColumn
from deftunes_redshift.transfer.unload_statement import UnloadStatement

_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": lambda content: pa.Codec("zstd").compress(content, asbytes=True),
}
EXTENSIONS = {"": "", "gzip": ".gz", "bzip2": ".bz2", "zstd": ".zst"}
_RAW_IN_JSON = ("int2", "int4", "int8", "float4", "float8", "numeric", "super")
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\\n", "\r": "\\\r"})


class FileWriter(Protocol):
    """Writes one file."""

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        ...

    def close(self) -> None:
        """End the file."""
        ...


class ParquetFileWriter:
    """Parquet 1.0, pressed with Snappy, as Redshift writes it; SUPER is a JSON document."""

    def __init__(self, file: IO[bytes], columns: Sequence[TargetColumn], schema: pa.Schema) -> None:
        self._json = [index for index, column in enumerate(columns) if column.type == "super"]
        for index in self._json:
            schema = schema.set(index, schema.field(index).with_type(pa.json_()))
        self._schema = schema
        self._writer = pq.ParquetWriter(file, schema, version="1.0", compression="snappy")

    def write(self, table: pa.Table) -> None:
        """Add rows, as a row group of their own."""
        for index in self._json:
            column = table.column(index)
            chunks = [pa.ExtensionArray.from_storage(pa.json_(), chunk) for chunk in column.chunks]
            field = self._schema.field(index)
            table = table.set_column(index, field, pa.chunked_array(chunks, pa.json_()))
        self._writer.write_table(table)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


class TextFileWriter:
    """Lines of text, of which each is a row."""

    def __init__(
        self, file: IO[bytes], columns: Sequence[TargetColumn], statement: UnloadStatement
    ) -> None:
        self._file = file
        self._columns = columns
        self._statement = statement
        self._lines = io.StringIO(newline="")
        if statement.flag("header"):
            self._add(_fields([column.name for column in columns], statement))

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            if self._statement.format == "JSON":
                self._add(_json(row, self._columns))
            else:
                self._add(_fields(row, self._statement))

    def close(self) -> None:
        """Press what was written, if it is to be pressed."""
        content = self._lines.getvalue().encode()
        self._file.write(_COMPRESSORS[self._statement.compression](content))

    def _add(self, line: str) -> None:
        self._lines.write(f"{line}\n")


def _json(row: Sequence[str | None], columns: Sequence[TargetColumn]) -> str:
    pairs = []
    for value, column in zip(row, columns, strict=True):
        if value is None:
            shown = "null"
        elif column.type in _RAW_IN_JSON and value not in ("NaN", "Infinity", "-Infinity"):
            shown = value
        else:
            shown = json.dumps("tf"[value == "false"] if column.type == "bool" else value,
                               ensure_ascii=False)  # fmt: skip
        pairs.append(f"{json.dumps(column.name)}:{shown}")
    return f"{{{','.join(pairs)}}}"


def _fields(row: Sequence[str | None], statement: UnloadStatement) -> str:
    is_csv = statement.format == "CSV"
    delimiter = statement.text("delimiter", "," if is_csv else "|")
    null = statement.text("null", "")
    return delimiter.join(
        null if value is None else _field(value, delimiter, statement) for value in row
    )


def _field(value: str, delimiter: str, statement: UnloadStatement) -> str:
    if statement.format == "CSV":
        special = any(character in value for character in (delimiter, '"', "\n", "\r"))
        doubled = value.replace('"', '""')
        return f'"{doubled}"' if special else value
    if statement.flag("escape"):
        value = value.translate(_ESCAPED).replace(delimiter, f"\\{delimiter}")
        if statement.flag("addquotes"):
            value = value.replace('"', '\\"').replace("'", "\\'")
    return f'"{value}"' if statement.flag("addquotes") else value
