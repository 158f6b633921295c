"""The files of a BATCH message: what a tap has written instead of records."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import unquote

import msgspec
import pyarrow as pa
import pyarrow.fs as pafs
from singer_sdk.singerlib.exceptions import InvalidInputLine

from columnar_target.reasons import told
from columnar_target.records.columnar import as_written, records_of
from columnar_target.singer.batch_rows import (
    batches_of_arrow,
    batches_of_parquet,
    handy,
    plain_schema,
)

_JSON = msgspec.json.Decoder(float_hook=Decimal)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S", re.ASCII)
_FORMATS = ("arrow", "parquet", "jsonl")


@dataclass(frozen=True)
class BatchFile:
    """One file of a BATCH.

    Attributes:
        stream: The tap's stream.
        url: Where it is: `file:///...`, or what else Arrow's file systems know.
        format: `arrow` (Arrow's IPC file), `parquet` or `jsonl`.
        is_gzipped: Whether a `jsonl` file is; the other formats say it themselves.
    """

    stream: str
    url: str
    format: str
    is_gzipped: bool = False

    @property
    def has_columns(self) -> bool:
        """Whether it holds columns, not records."""
        return self.format != "jsonl"

    def schema_as_is(self) -> pa.Schema | None:
        """The columns of a Parquet file that any reader takes as it is; None of any other.

        Raises:
            InvalidInputLine: It cannot be read.
        """
        if self.format != "parquet":
            return None
        with self._told(), self._opened() as file:
            return plain_schema(file)

    def tables(self) -> Iterator[pa.Table]:
        """The rows of a file of columns, some at a time.

        Raises:
            InvalidInputLine: It cannot be read.
        """
        yield from handy(self._batches())

    def local_copy(self, folder: Path) -> Path:
        """The file on this machine: itself, or a copy of its bytes.

        Args:
            folder: Where a copy may be put.

        Raises:
            InvalidInputLine: It cannot be read.
        """
        filesystem, path = self.place
        if isinstance(filesystem, pafs.LocalFileSystem):
            return Path(path)
        copy = folder / f"batch-{hashlib.sha256(self.url.encode()).hexdigest()}"
        with self._told(), filesystem.open_input_stream(path) as source, copy.open("wb") as sink:
            shutil.copyfileobj(source, sink)
        return copy

    def records(self, schema: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
        """The rows of any file one by one, as records; numbers are int or Decimal.

        Args:
            schema: The stream's JSON Schema.

        Yields:
            A record, and about how many bytes it takes.

        Raises:
            InvalidInputLine: It cannot be read, or a line holds no JSON object.
            RecordError: A column holds what no record can.
        """
        if self.has_columns:
            for rows in self.tables():
                size = rows.nbytes // max(rows.num_rows, 1)
                written = as_written(rows, schema)
                for record in records_of(written, stream=self.stream, schema=schema):
                    yield record, size
            return
        with self._told(), self._opened() as file, self._unzipped(file) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield self._decoded(line, number), len(line)

    def remove(self) -> None:
        """Remove the file: its rows are where they belong.

        Raises:
            OSError: It cannot be removed.
        """
        filesystem, path = self.place
        with contextlib.suppress(FileNotFoundError):
            filesystem.delete_file(path)

    def _refuse_doubled(self, schema: pa.Schema) -> None:
        doubled = sorted({name for name in schema.names if schema.names.count(name) > 1})
        if doubled:
            raise InvalidInputLine(
                f"The BATCH file {self.url} of stream {self.stream!r} has several columns named "
                f"{doubled[0]!r}: select one of them in the tap."
            )

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with self._told(), self._opened() as file:
            if self.format == "parquet":
                batches = batches_of_parquet(file)
            else:
                batches = batches_of_arrow(file)
            for batch in batches:
                self._refuse_doubled(batch.schema)
                yield batch

    def _unzipped(self, file: IO[bytes]) -> IO[bytes]:
        if self.is_gzipped:
            return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
        return io.BufferedReader(cast("io.RawIOBase", file))

    def _decoded(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            record = _JSON.decode(line)
        except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise InvalidInputLine(
                f"Line {number} of the BATCH file {self.url} of stream {self.stream!r} holds no "
                "JSON object: the tap wrote something that is no record."
            )
        return cast("dict[str, Any]", record)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, pa.ArrowException) as fault:
            raise InvalidInputLine(
                f"The BATCH file {self.url} of stream {self.stream!r} cannot be read as "
                f"{self.format}: {told(fault)}. Nothing of this load is published, and no state "
                "is written: run the tap again."
            ) from fault

    @contextlib.contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        filesystem, path = self.place
        if isinstance(filesystem, pafs.LocalFileSystem) and Path(path).stat().st_size:
            with pa.memory_map(path) as file:
                yield file
            return
        with filesystem.open_input_file(path) as file:
            yield file

    @property
    def identity(self) -> tuple[str, str]:
        """What two URLs of one file have in common."""
        filesystem, path = self.place
        local = isinstance(filesystem, pafs.LocalFileSystem)
        return filesystem.type_name, str(Path(path).resolve()) if local else path

    @cached_property
    def place(self) -> tuple[pafs.FileSystem, str]:
        """Where the file is, found once.

        Raises:
            InvalidInputLine: Nobody knows such URLs.
        """
        if self.url.startswith("file://"):
            written = self.url.removeprefix("file://").removeprefix("localhost")
            path = unquote(written)
            # as it should be, or as some taps write it
            return pafs.LocalFileSystem(), path if Path(path).exists() else written
        try:
            filesystem, path = pafs.FileSystem.from_uri(self.url)
        except (OSError, pa.ArrowException) as fault:
            raise InvalidInputLine(
                f"The BATCH file {self.url} of stream {self.stream!r} is at a place that this "
                "target cannot reach: let the tap write to file:///... or s3://..."
            ) from fault
        return filesystem, path


def files_of(message: dict[str, Any], line: int, place: str) -> list[BatchFile]:
    """The files that a BATCH message names.

    Args:
        message: The message, with all it must have.
        line: Its number in the input.
        place: Where this target keeps files: none of them is anybody's BATCH.

    Raises:
        InvalidInputLine: It is of a format that is not read, or names what is no BATCH file.
    """
    encoding = message["encoding"] if isinstance(message["encoding"], dict) else {}
    kind, compression = encoding.get("format"), encoding.get("compression")
    if kind not in _FORMATS or (kind == "jsonl" and compression not in {None, "none", "gzip"}):
        raise InvalidInputLine(
            f"Line {line} of the input is a BATCH message of stream {message['stream']!r} in the "
            f"format {kind!r} ({compression or 'no'} compression), which this target does not "
            f"read: set batch_config.encoding of the tap to one of {', '.join(_FORMATS)}, jsonl "
            "with gzip or none."
        )
    manifest = message["manifest"]
    if not isinstance(manifest, list) or not all(map(_is_url, manifest)):
        raise InvalidInputLine(
            f"Line {line} of the input is a BATCH message of stream {message['stream']!r} whose "
            "manifest is no list of URLs, such as file:///tmp/batch.arrow."
        )
    files = [BatchFile(message["stream"], url, kind, compression == "gzip") for url in manifest]
    for file in files:
        if _is_below(file, place):
            raise InvalidInputLine(
                f"Line {line} of the input is a BATCH message of stream {message['stream']!r} that "
                f"names {file.url}, a place within {place}, whose files are not the tap's: let it "
                "write elsewhere (batch_config.storage.root)."
            )
    return files


def _is_below(file: BatchFile, place: str) -> bool:
    scheme, _, kept = place.partition("://")
    filesystem, path = file.place
    if isinstance(filesystem, pafs.LocalFileSystem):
        return scheme == "file" and Path(path).resolve().is_relative_to(Path(kept).resolve())
    return file.url.startswith(f"{scheme}://") and f"{path}/".startswith(f"{kept}/")


def _is_url(text: Any) -> bool:
    return isinstance(text, str) and _URL.match(text) is not None
