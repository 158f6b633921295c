"""Batch files: of bounded size, whole before anyone sees them, gone if never completed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # ships no types
from singer_sdk.helpers._batch import BatchConfig, StorageTarget

from deftunes_tap_postgres.batches.drafts import remove_abandoned, shown_when_whole

_LONGEST_STREAM = 100
"""Characters of a stream's name in that of a file."""


@dataclass(frozen=True)
class BatchFile:
    """A complete file.

    Args:
        url: Where it is.
        rows: How many it holds.
        last: The last of them.
    """

    url: str
    rows: int
    last: pa.RecordBatch


def files_of(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, config: BatchConfig, stream: str
) -> Iterator[BatchFile]:
    """Write rows into files, one after another.

    Args:
        batches: The rows; no more are asked for than go into the file being written.
        schema: Their schema.
        config: Where files go, in which format, and how many rows one holds.
        stream: The stream's name, for those of the files.
    """
    run = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    stem = f"{config.storage.prefix or ''}{_tame(stream)}-"
    beginning = local_path(config.storage.get_url(stem))
    if beginning is not None:
        remove_abandoned(beginning)
    supply = _Supply(batches)
    number = 0
    while supply.has_more():
        number += 1
        name = f"{stem}{run}-{number:05}.{config.encoding.format}"
        rows = 0
        with _file(config.storage, name) as sink, _writer(sink, schema, config) as file:
            for part in supply.take(config.batch_size):
                file.write_batch(part)
                rows += part.num_rows
                last = part.take([part.num_rows - 1])  # a slice would keep the whole
        yield BatchFile(config.storage.get_url(name), rows, last)


def local_path(url: str) -> Path | None:
    """Where a file is on this machine; None if it is elsewhere."""
    parts = urlsplit(url)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


class _Supply:
    """Rows that are handed out in other portions than they come in."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = (batch for batch in batches if batch.num_rows)
        self._rest: pa.RecordBatch | None = None

    def has_more(self) -> bool:
        """Whether there are rows left."""
        return self._next() is not None

    def take(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The next rows, so many at most."""
        while rows and (batch := self._next()) is not None:
            part = batch.slice(0, rows)
            self._rest = batch.slice(part.num_rows)
            rows -= part.num_rows
            del batch
            yield part
            del part  # or two were held while the next is read

    def _next(self) -> pa.RecordBatch | None:
        if self._rest is None or not self._rest.num_rows:
            self._rest = None
            self._rest = next(self._batches, None)
        return self._rest


def _tame(stream: str) -> str:
    return re.sub(r"[^\w.-]", "_", stream, flags=re.ASCII)[:_LONGEST_STREAM]


@contextmanager
def _file(storage: StorageTarget, name: str) -> Iterator[Any]:
    """A file to write to that is there, whole, when the block ends well, and else is not."""
    url = storage.get_url(name)
    path = local_path(url)
    if path is None:
        # the SDK's own `open` would leave the transaction of a cut-off file open
        system, there = url_to_fs(url, **storage.params)
        with system.transaction, system.open(there, "wb") as sink:
            yield sink
        return
    with shown_when_whole(path) as sink:
        yield sink


def _writer(sink: Any, schema: pa.Schema, config: BatchConfig) -> Any:
    compression = config.encoding.compression
    if config.encoding.format == "parquet":
        return pq.ParquetWriter(sink, schema, compression=compression)
    options = pa.ipc.IpcWriteOptions(compression=None if compression == "none" else compression)
    return pa.ipc.new_file(sink, schema, options=options)
