"""COPY: loads files from S3 into a table, all of them or none."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.transfer import load_records
from deftunes_redshift.transfer.copy_statement import CopyStatement, read_copy
from deftunes_redshift.transfer.failure import engine_error
from deftunes_redshift.transfer.faults import Fault, UnfitError
from deftunes_redshift.transfer.parquet_rows import parquet_rows
from deftunes_redshift.transfer.s3 import S3, SourceFile
from deftunes_redshift.transfer.sources import find_files
from deftunes_redshift.transfer.target import Target, find_target
from deftunes_redshift.transfer.text_rows import text_rows

_SCAN = "Spectrum Scan Error"
_CHECK = "Check 'stl_load_errors' system table for details."


async def copy(statement: str, backend: Backend, aws: Aws, session: SessionState) -> Outcome:
    """Run a COPY in the session's transaction.

    Raises:
        RedshiftError: The statement, its files or their values are refused. What was wrong with
            values is in STL_LOAD_ERRORS then, whatever becomes of the transaction.
    """
    read = read_copy(statement)
    target = await find_target(backend, read.schema, read.table, read.columns)
    s3 = S3(aws, session)
    columnar = read.format == "PARQUET"
    files = await asyncio.to_thread(
        find_files, s3, read.source, manifest=read.flag("manifest"), columnar=columnar
    )
    attempt = load_records.Attempt.of(target, read, files, session)
    tolerated: list[Fault] = []
    rows = _rows(files, target, read, s3, tolerated)
    try:
        loaded = await _load(rows, target, read, backend)
    except UnfitError as unfit:
        await load_records.keep(attempt, unfit.faults, None, backend)
        raise _refusal(unfit, read, session) from unfit
    except RedshiftError:
        await load_records.keep(attempt, (), None, backend)
        raise
    await load_records.keep(attempt, tolerated, loaded, backend)
    return Outcome("COPY", _notices(read, loaded, len(tolerated)))


def _rows(
    files: list[SourceFile], target: Target, read: CopyStatement, s3: S3, tolerated: list[Fault]
) -> Iterator[bytes]:
    if read.format == "PARQUET":
        return parquet_rows(files, target, read, s3)
    return text_rows(files, target, read, s3, tolerated)


async def _load(
    rows: Iterator[bytes], target: Target, read: CopyStatement, backend: Backend
) -> int:
    if not read.flag("noload"):
        return await backend.copy_in(target.copy_in(), rows)
    await asyncio.to_thread(deque, rows, 0)  # reading them is checking them
    return 0


def _refusal(unfit: UnfitError, read: CopyStatement, session: SessionState) -> RedshiftError:
    if read.format == "PARQUET":
        return engine_error(_SCAN, session, code=unfit.scan_code, context=unfit.context)
    return RedshiftError(f"Load into table '{read.table}' failed.  {_CHECK}")


def _notices(read: CopyStatement, loaded: int, left_out: int) -> list[str]:
    said = [f"Load into table '{read.table}' completed, {loaded} record(s) loaded successfully."]
    if left_out:
        said.append(
            f"Load into table '{read.table}' completed, {left_out} record(s) could not be loaded.  "
            f"{_CHECK}"
        )
    return said
