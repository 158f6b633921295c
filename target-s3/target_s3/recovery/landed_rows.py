"""Landing files as if their rows had just arrived."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from columnar_target.arrivals.staging import StagedFile
from columnar_target.errors import StorageError
from columnar_target.records.columns import Column, arrow_schema, to_arrow
from columnar_target.records.types import type_named
from columnar_target.storage.storage import Storage
from target_s3.lake.past_loads import PastLoad
from target_s3.lake.runs import Origin

_BATCH = 20_000
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def columns_named(types: Mapping[str, str]) -> tuple[Column, ...]:
    """Columns by the names of their types, as a run's record holds them."""
    return tuple(
        Column(name, type_named(kind, where=f"column {name}")) for name, kind in types.items()
    )


@dataclass(frozen=True)
class LandedRows:
    """Reads the landing files of past loads.

    Attributes:
        storage: The lake.
        scratch: A local folder for copies.
    """

    storage: Storage
    scratch: Path

    def of(self, load: PastLoad, origin: Origin) -> tuple[StagedFile, ...]:
        """The rows of a load that were merged, in the order in which they arrived.

        Raises:
            StorageError: A file is gone, or does not hold what the record says.
        """
        staged, before = [], 0
        for number, path in enumerate(load.outcome.files):
            local = self._copy(path, load)
            if path.endswith(".jsonl.gz"):
                local = self._as_parquet(local, columns_named(origin.file_columns[number]), load)
            metadata, schema = pq.read_metadata(local), pq.read_schema(local)
            first = max(origin.first_row - before, 0)
            end = min(origin.first_row + load.outcome.rows_merged - before, metadata.num_rows)
            if first < end:
                staged.append(StagedFile(local, schema, first, end))
            before += metadata.num_rows
        if before != load.outcome.rows_landed:
            raise StorageError(
                f"The landing files of run {load.run_id} hold {before} rows of stream "
                f"{load.stream!r}, and {load.outcome.rows_landed} have landed: put back copies of "
                f"{', '.join(load.outcome.files)}."
            )
        return tuple(staged)

    def forget(self, files: Sequence[StagedFile]) -> None:
        """Remove what was made for a load."""
        for file in files:
            if self.scratch in file.path.parents:
                file.path.unlink(missing_ok=True)

    def _copy(self, path: str, load: PastLoad) -> Path:
        url = self.storage.url(path)
        if not self.storage.has(url):
            raise StorageError(
                f"The landing file {url} of run {load.run_id} is gone: put back a copy of it. "
                "Without it the table cannot be made as it was; nothing has changed."
            )
        return self.storage.local_copy(url, self.scratch)

    def _as_parquet(self, lines: Path, columns: Sequence[Column], load: PastLoad) -> Path:
        """The same rows with the types that they had when they arrived."""
        parquet = self.scratch / f"{lines.name}.parquet"
        with (
            gzip.open(lines) as source,
            pq.ParquetWriter(parquet, arrow_schema(columns), compression="zstd") as writer,
        ):
            for batch in _batches(map(_decoded, source)):
                writer.write_table(_rows(batch, columns, load))
        return parquet


def _rows(records: list[dict[str, Any]], columns: Sequence[Column], load: PastLoad) -> pa.Table:
    keys = load.outcome.origin.keys if load.outcome.origin else []
    return to_arrow(records, columns, stream=load.stream, keys=keys)


def _batches(records: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(records, _BATCH)):
        yield batch


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        decoded: dict[str, Any] = _DECODER.decode(line)
    except (msgspec.DecodeError, ArithmeticError, ValueError):  # more digits than it takes
        decoded = json.loads(line, parse_float=Decimal, parse_int=Decimal)
    return decoded
