"""An Iceberg table at its current snapshot: its columns, its data files, their rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.table import FileScanTask, StaticTable

from deftunes_redshift.backend import Aws
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.external.types import LONGEST_TEXT, ExternalColumn, external_column
from deftunes_redshift.transfer.arrays import ArrayFaultError, Reading, fitted
from deftunes_redshift.transfer.parquet_rows import csv

UNREADABLE = (OSError, ValueError, NotImplementedError, pa.ArrowException)
"""What pyiceberg raises of files that are missing, broken, or beyond what it reads."""


@dataclass(frozen=True)
class DataFile:
    """A data file, with the deletes that hold for it.

    Attributes:
        table: Name of the table that keeps its rows.
        task: How Iceberg reads it.
    """

    table: str
    task: FileScanTask


class Snapshot:
    """An Iceberg table, as its metadata file says it is.

    Args:
        metadata_location: Where that file is.
        aws: Where S3 is.
    """

    def __init__(self, metadata_location: str, aws: Aws) -> None:
        properties = {
            "s3.endpoint": aws.endpoint,
            "s3.region": aws.region,
            "s3.access-key-id": aws.access_key,
            "s3.secret-access-key": aws.secret_key,
        }
        given = {name: value for name, value in properties.items() if value}
        self._table = StaticTable.from_metadata(metadata_location, given)

    @cached_property
    def columns(self) -> list[ExternalColumn]:
        """The columns, in their order.

        Raises:
            RedshiftError: Redshift does not read one's type.
        """
        return [external_column(field) for field in self._table.schema().fields]

    def files(self) -> list[DataFile]:
        """The files that hold its rows."""
        return [DataFile(self._name(task), task) for task in self._table.scan().plan_files()]

    def rows(self, file: DataFile) -> Iterator[bytes]:
        """The rows of a file, as CSV.

        Raises:
            RedshiftError: The stand-in cannot hold a value.
        """
        scan = ArrowScan(self._table.metadata, self._table.io, self._table.schema(), AlwaysTrue())
        for batch in scan.to_record_batches([file.task]):
            if batch.num_rows:
                yield csv(
                    [
                        _shown(array, column)
                        for array, column in zip(batch.columns, self.columns, strict=True)
                    ]
                )

    def _name(self, task: FileScanTask) -> str:
        """What tells the file's rows from all others: files never change, their deletes do."""
        kinds = [field.field_type for field in self._table.schema().fields]
        nested = [str(kind) for kind in kinds if not kind.is_primitive]
        deletes = sorted(file.file_path for file in task.delete_files)
        told = "\n".join((task.file.file_path, *deletes, "", *nested))
        return f"file_{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _shown(array: pa.Array, column: ExternalColumn) -> pa.Array:
    if column.kind == "varchar":
        array = pc.utf8_slice_codeunits(array, 0, LONGEST_TEXT)
    try:
        return fitted(array, column.target, Reading())
    except ArrayFaultError as fault:
        raise RedshiftError(
            f"column {column.name} of an external table: {fault.reason}", "22023"
        ) from fault
