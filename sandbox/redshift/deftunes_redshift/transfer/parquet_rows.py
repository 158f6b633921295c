"""The rows of Parquet files as the CSV that PostgreSQL loads, some ten thousand rows at a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from deftunes_redshift.transfer.arrays import ArrayFaultError, Reading, fitted
from deftunes_redshift.transfer.copy_statement import CopyStatement
from deftunes_redshift.transfer.faults import Fault, UnfitError
from deftunes_redshift.transfer.parquet_schema import ParquetColumn, check_columns, columns_of
from deftunes_redshift.transfer.s3 import S3, SourceFile
from deftunes_redshift.transfer.target import Target, TargetColumn

_AT_ONCE = 50_000  # rows
_MAGIC = b"PAR1"
_CSV = pc.WriteOptions(include_header=False, quoting_style="all_valid")


def parquet_rows(
    files: Iterable[SourceFile], target: Target, statement: CopyStatement, s3: S3
) -> Iterator[bytes]:
    """Read files as a table's rows.

    Raises:
        UnfitError: A file is no Parquet, its columns are not the table's, or a value does not fit.
        RedshiftError: S3 refuses.
    """
    for file in files:
        with s3.opened(file) as content:
            magic = content.read(len(_MAGIC))
            if magic != _MAGIC:
                shown = magic.decode("ascii", "replace")
                raise UnfitError((), f"File '{file.https}' has an invalid version number: {shown}")
            content.seek(0)
            try:
                source = pq.ParquetFile(content, coerce_int96_timestamp_unit="us")
                yield from _rows(source, file, target, statement)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
                said = str(error).splitlines()[0]
                raise UnfitError((), f"File '{file.https}' cannot be read: {said}") from error


def csv(arrays: list[pa.Array]) -> bytes:
    """Write columns as CSV: values in quotes, NULL as nothing."""
    names = [str(index) for index in range(len(arrays))]
    text = io.BytesIO()
    pc.write_csv(pa.Table.from_arrays(arrays, names=names), text, _CSV)
    return text.getvalue()


def _rows(
    source: pq.ParquetFile, file: SourceFile, target: Target, statement: CopyStatement
) -> Iterator[bytes]:
    columns = columns_of(source)
    check_columns(
        target.columns,
        columns,
        file,
        serialize=statement.flag("serializetojson"),
        fill=statement.flag("fillrecord"),
    )
    replacement = statement.text("acceptinvchars", "")
    readings = [Reading(column.is_json, replacement) for column in columns]
    before = 0
    for batch in source.iter_batches(_AT_ONCE):
        arrays = _arrays(batch, columns, target)
        fit = []
        for index, (array, to) in enumerate(zip(arrays, target.columns, strict=True)):
            reading = readings[index] if index < len(readings) else Reading()
            try:
                fit.append(fitted(array, to, reading))
            except ArrayFaultError as fault:
                raise _unfit(fault, array, to, file, before) from fault
        yield csv(fit)
        before += batch.num_rows


def _arrays(batch: pa.RecordBatch, columns: list[ParquetColumn], target: Target) -> list[pa.Array]:
    """The file's columns, and nothing for those that FILLRECORD lets be missing."""
    missing = len(target.columns) - len(columns)
    return [*batch.columns, *[pa.nulls(batch.num_rows)] * missing]


def _unfit(
    fault: ArrayFaultError, array: pa.Array, column: TargetColumn, file: SourceFile, before: int
) -> UnfitError:
    value = array[fault.index].as_py()
    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    entry = Fault(
        file.url,
        before + fault.index + 1,
        column,
        fault.code,
        fault.reason,
        value="" if value is None else shown,
    )
    return UnfitError((entry,), f"{fault.context}, File name: {file.https}")
