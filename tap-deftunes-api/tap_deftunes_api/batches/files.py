"""Batch files: of bounded size, whole before anyone sees them, gone if never completed."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa
from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # ships no types

from tap_deftunes_api.batches.drafts import remove_abandoned, shown_when_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers._batch import BatchConfig


@dataclass(frozen=True)
class BatchFile:
    """A complete file."""

    url: str

    def withdraw(self) -> None:
        """Remove it: nobody heard of it. One that is not on this machine stays."""
        path = _local_path(self.url)
        if path is not None:
            path.unlink(missing_ok=True)


class BatchFiles:
    """The files of one stream in one run. Removes what a killed run has left unfinished.

    Args:
        config: Where they go, in which format, and how many rows one holds.
        stream: The stream's name, for theirs.
        schema: Their columns, the same in all.
    """

    def __init__(self, config: BatchConfig, stream: str, schema: pa.Schema) -> None:
        self.encoding = config.encoding
        self.schema = schema
        self._config = config
        beginning = f"{config.storage.prefix or ''}{stream}-"
        run = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
        self._stem = f"{beginning}{run}"
        self._written = 0
        path = _local_path(config.storage.get_url(beginning))
        if path is not None:
            remove_abandoned(path)

    def write(self, table: pa.Table) -> Iterator[BatchFile]:
        """Write rows into files, as many as they need.

        Args:
            table: The rows, by `schema`; none make no file.

        Yields:
            Each file when it is complete.
        """
        size = self._config.batch_size
        for first in range(0, table.num_rows, size):
            rows = table.slice(first, size)
            self._written += 1
            name = f"{self._stem}-{self._written:05}.{self.encoding.format}"
            url = self._config.storage.get_url(name)
            with self._opened(url) as sink, self._writer(sink) as file:
                file.write_table(rows)
            yield BatchFile(url)

    @contextmanager
    def _opened(self, url: str) -> Iterator[Any]:
        """A file to write to that is there, whole, when the block ends well, and else is not."""
        path = _local_path(url)
        if path is not None:
            with shown_when_whole(path) as sink:
                yield sink
            return
        # the SDK's own `open` would leave the transaction of a cut-off file open
        system, there = url_to_fs(url, **self._config.storage.params)
        with system.transaction, system.open(there, "wb") as sink:
            yield sink

    def _writer(self, sink: Any) -> Any:
        compression = self.encoding.compression
        if self.encoding.format == "parquet":
            import pyarrow.parquet as pq  # noqa: PLC0415 - a third of Arrow's start, for Parquet alone

            return pq.ParquetWriter(sink, self.schema, compression=compression)
        options = pa.ipc.IpcWriteOptions(compression=None if compression == "none" else compression)
        return pa.ipc.new_file(sink, self.schema, options=options)


def _local_path(url: str) -> Path | None:
    """Where a file is on this machine; None if it is elsewhere."""
    parts = urlsplit(url)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None
