"""UNLOAD: writes the rows of a query to files on S3."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pyarrow as pa

from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer.file_writers import (
    EXTENSIONS,
    FileWriter,
    ParquetFileWriter,
    TextFileWriter,
)
from deftunes_redshift.transfer.partitions import Partition, partitioned
from deftunes_redshift.transfer.query_rows import QueryRows, close_query, open_query
from deftunes_redshift.transfer.s3 import S3, scratch, split
from deftunes_redshift.transfer.unload_statement import UnloadStatement, read_unload

Translate = Callable[[str], Awaitable[str]]
"""From a query in Redshift's words to one in PostgreSQL's; raises what Redshift refuses."""
_NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, "
    "manually removing the target files in S3, or using the ALLOWOVERWRITE option."
)


async def unload(
    statement: str, backend: Backend, aws: Aws, session: SessionState, translate: Translate
) -> Outcome:
    """Run an UNLOAD.

    Raises:
        RedshiftError: The statement or its query is refused, or files would be overwritten.
    """
    read = read_unload(statement)
    query = await translate(read.query.rstrip().rstrip(";"))
    rows = await open_query(query, backend)
    files = Files(read, rows, S3(aws, session))
    await asyncio.to_thread(files.prepare)
    reading = rows.typed() if read.format == "PARQUET" else rows.texts()
    async for table in reading:
        await asyncio.to_thread(files.write, table)
    await asyncio.to_thread(files.close)
    await close_query(backend)
    session.last_unload = session.statement
    return Outcome("UNLOAD", [f"UNLOAD completed, {files.rows} record(s) unloaded successfully."])


class Files:
    """The files of one UNLOAD."""

    def __init__(self, statement: UnloadStatement, rows: QueryRows, s3: S3) -> None:
        self._statement = statement
        self._columns = rows.columns
        self._s3 = s3
        self._bucket, self._prefix = split(statement.target)
        if statement.partition_by and not self._prefix.endswith("/"):
            self._prefix += "/"
        self._open: dict[str, OpenFile] = {}
        self._written: list[dict[str, Any]] = []
        self.rows = 0
        unknown = set(statement.partition_by) - {column.name for column in rows.columns}
        if unknown:
            raise RedshiftError(
                f'PARTITION BY column "{min(unknown)}" is not a column of the query', "42703"
            )

    def prepare(self) -> None:
        """See that nothing is overwritten, or remove what is to be cleaned.

        Raises:
            RedshiftError: There are files where some are to be written.
        """
        there = self._s3.below(f"s3://{self._bucket}/{self._prefix}")
        if self._statement.flag("cleanpath"):
            for key in there:
                self._s3.delete(self._bucket, key)
        elif there and not self._statement.flag("allowoverwrite"):
            raise self._s3.error(_NOT_EMPTY)

    def write(self, table: pa.Table) -> None:
        """Write rows, each to the file of its partition."""
        self.rows += table.num_rows
        for part in partitioned(table, self._columns, self._statement):
            file = self._open.get(part.folder)
            if file is None:
                file = self._open[part.folder] = OpenFile(part, self._statement)
            file.writer.write(part.table)
            if file.content.tell() >= self._statement.largest_file:
                self._put(part.folder, file)
                self._open[part.folder] = OpenFile(part, self._statement, file.number + 1)

    def close(self) -> None:
        """Put the rest on S3, and the manifest if one is asked for."""
        for folder, file in self._open.items():
            self._put(folder, file)
        if self._statement.flag("manifest"):
            content = json.dumps({"entries": self._written}, indent=2)
            self._s3.put(self._bucket, f"{self._prefix}manifest", io.BytesIO(content.encode()))

    def _put(self, folder: str, file: OpenFile) -> None:
        file.writer.close()
        size = file.content.tell()
        key = f"{self._prefix}{folder}{file.name}"
        file.content.seek(0)
        self._s3.put(self._bucket, key, file.content)
        url = f"s3://{self._bucket}/{key}"
        self._written.append({"url": url, "meta": {"content_length": size}})


class OpenFile:
    """A file that is being written.

    Attributes:
        number: Which it is of its folder, from 0.
        content: What is written so far.
        writer: Writes to it.
    """

    def __init__(self, part: Partition, statement: UnloadStatement, number: int = 0) -> None:
        self.number = number
        self.content = scratch()
        self._statement = statement
        self.writer: FileWriter
        if statement.format == "PARQUET":
            self.writer = ParquetFileWriter(self.content, part.columns, part.table.schema)
        else:
            self.writer = TextFileWriter(self.content, part.columns, statement)

    @property
    def name(self) -> str:
        """As Redshift numbers its files: by slice and part, or one after the other."""
        named = f"0000_part_{self.number:02}" if self._statement.parallel else f"{self.number:03}"
        if "extension" in self._statement.parameters:
            return f"{named}.{self._statement.text('extension', '').removeprefix('.')}"
        if self._statement.format == "PARQUET":
            return f"{named}.parquet"
        return f"{named}{EXTENSIONS[self._statement.compression]}"
