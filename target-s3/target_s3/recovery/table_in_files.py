"""A table that is nothing but data files: a commit for each load is for those who are read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from columnar_target.arrivals.staging import StagedFile
from target_s3.iceberg.datafiles import write_rows
from target_s3.iceberg.fields import Field
from target_s3.merging.arrival import Arrival, Published
from target_s3.merging.difference import Difference
from target_s3.merging.publish import SMALL_FILE_BYTES, compared
from target_s3.recovery.workbench import staged_schema


@dataclass
class TableInFiles:
    """The rows of a table.

    Attributes:
        connection: The DuckDB that compares.
        folder: Where the files are.
        files: The files.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    files: list[Path] = field(default_factory=list)

    def take_in(self, fields: Sequence[Field], arrival: Arrival) -> Published:
        """Let a load change it, as one changes a table of the lake.

        Args:
            fields: Its columns by now.
            arrival: What the load brings.
        """
        if arrival.brings_nothing:
            return Published(Difference())
        merge, difference = compared(self.connection, fields, arrival, self.files)
        if not difference.is_empty:
            old = [
                file
                for file in self.files
                if file in difference.files or file.stat().st_size < SMALL_FILE_BYTES
            ]
            merge.result(old, arrival.constants)
            new = self.folder / f"rows-{uuid.uuid4()}.parquet"
            write_rows(self.connection, "select * from result", fields, new)
            self.files = [*(file for file in self.files if file not in set(old)), new]
            for file in old:
                file.unlink()
        return Published(difference, fields=tuple(fields), files=tuple(self.files))

    def rows(self, fields: Sequence[Field]) -> tuple[StagedFile, ...]:
        """Its rows as if they had just arrived."""
        schema = staged_schema(fields)
        return tuple(
            StagedFile(file, schema, 0, pq.read_metadata(file).num_rows) for file in self.files
        )
