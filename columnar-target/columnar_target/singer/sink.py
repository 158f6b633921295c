"""One stream's records: validated, turned into columns batch by batch, staged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from singer_sdk.exceptions import MissingKeyPropertiesError
from singer_sdk.sinks import BatchSink
from singer_sdk.sinks.core import BaseJSONSchemaValidator

from columnar_target.own_columns import DELETED_AT
from columnar_target.records.column_checks import doubtful
from columnar_target.records.columnar import as_written, records_of, to_columns
from columnar_target.records.columns import arrow_schema, stream_columns, to_arrow
from columnar_target.records.types import FLOAT
from columnar_target.records.validation import CompiledValidator

if TYPE_CHECKING:
    from columnar_target.singer.batch_files import BatchFile
    from columnar_target.target import ColumnarTarget

BATCH_BYTES = 64 * 1024 * 1024
"""A batch is staged when its messages have grown beyond this, however few they are."""


class StagingSink(BatchSink):
    """Stages a stream; landing and publishing wait for the end of the input."""

    MAX_SIZE_DEFAULT = 20_000

    def __init__(
        self,
        target: ColumnarTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        self._load = target.load
        self._reader = target.exact_reader
        self._records: list[dict[str, Any]] = []
        self._bytes = 0
        super().__init__(target, stream_name, schema, key_properties)

    def setup(self) -> None:
        """Read the stream's columns off its schema."""
        super().setup()
        self._staged = self._load.arrivals.stream(self.stream_name)
        self._columns = stream_columns(self.stream_name, self.schema, self._staged.settings)
        self._staged.declare(self._columns, self._keys)
        self._key_names = frozenset(self.key_properties)
        self._names = frozenset(column.name for column in self._columns)

    @property
    def current_size(self) -> int:
        """How many records are kept for the next batch."""
        return len(self._records)

    @property
    def is_full(self) -> bool:
        """Whether the batch has enough rows or bytes."""
        return len(self._records) >= self.max_size or self._bytes >= BATCH_BYTES

    def get_validator(self) -> BaseJSONSchemaValidator | None:
        """A compiled validator, unless the user switched validation off."""
        if not self.validate_schema:
            return None
        return CompiledValidator(self.stream_name, self.schema, self._keys)

    def take(self, record: dict[str, Any]) -> None:
        """Check a record that no stream map has to see, and keep it for the next batch.

        What the SDK does for each record, in a third of its time.

        Args:
            record: The record; it is this sink's from now on.

        Raises:
            RecordError: It breaks the stream's schema.
            MissingKeyPropertiesError: It lacks a key.
        """
        if not record.keys() <= self._names:
            self._remove_sdc_metadata_from_record(record)
        if self._validator is not None:
            self._validator.validate(record)
        self._singer_validate_message(record)
        self._keep(record)

    def take_columns(self, rows: pa.Table) -> None:
        """Check and stage rows of a BATCH, after the records that came before it.

        Args:
            rows: The rows, in columns as the tap made them.

        Raises:
            RecordError: One breaks the stream's schema, or does not fit its column.
            MissingKeyPropertiesError: They lack a key.
        """
        columns, rows = self._checked(rows)
        self._count(rows.num_rows)
        with self._load.foreseen():
            self._staged.append(columns, lambda: self._records_of(rows))

    def adopt(self, file: BatchFile) -> bool:
        """Stage a BATCH file as it is, if the target does such, and its columns are the stream's.

        Args:
            file: The file; what came before it is staged.

        Returns:
            Whether it did; if not, nothing has happened.

        Raises:
            RecordError: A row breaks the stream's schema.
            MissingKeyPropertiesError: They lack a key.
        """
        wanted = arrow_schema(self._columns)
        there = file.schema_as_is() if self._load.arrivals.adopts_files else None
        if there is None or not _say_the_same(there, wanted):
            return False
        rows = 0
        for table in file.tables():
            self._checked(table)
            rows += table.num_rows
        self._count(rows)
        if rows:
            with self._load.foreseen():
                path = file.local_copy(self._load.arrivals.folder())
                self._staged.adopt(path, wanted, rows)
        return True

    def _count(self, rows: int) -> None:
        self.tally_record_read(rows)
        self.record_counter_metric.increment(rows)
        self._staged.received += rows

    def _checked(self, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Rows as columns of the stream, and as the tap sent them, after all checks."""
        odd = [
            name for name in rows.column_names if name[:5] == "_sdc_" and name not in self._names
        ]
        rows = as_written(rows.drop_columns(odd), self.schema, singles=self._singles)
        if rows.num_rows:
            self._singer_validate_message(dict.fromkeys(rows.column_names))
        if self._validator is not None:
            self._check(rows, self._validator)
        return to_columns(rows, self._columns, stream=self.stream_name, keys=self._keys), rows

    @cached_property
    def _singles(self) -> frozenset[str]:
        """The columns of single precision that nobody looks at before they are stored as such."""
        if self._load.arrivals.landing_format != "parquet":
            return frozenset()
        parts = self.schema["properties"]
        return frozenset(
            column.name
            for column in self._columns
            if column.type == FLOAT and parts[column.name].keys() <= {"type", "description"}
        )

    def _check(self, rows: pa.Table, validator: BaseJSONSchemaValidator) -> None:
        """Have records checked, of those columns only that may break the schema."""
        names = doubtful(rows, self.schema)
        if names is not None:
            named = {*names, *self._key_names} if names else set()
            rows = rows.select([name for name in rows.column_names if name in named])
            validator = self._validator_of_parts
        for record in self._records_of(rows):
            validator.validate(record)

    @cached_property
    def _validator_of_parts(self) -> CompiledValidator:
        """One that misses no column."""
        schema = {rule: part for rule, part in self.schema.items() if rule != "required"}
        return CompiledValidator(self.stream_name, schema, self._keys)

    def end_columns(self) -> None:
        """A BATCH file ends."""
        with self._load.foreseen():
            self._staged.may_end_row_group()

    def _records_of(self, rows: pa.Table) -> list[dict[str, Any]]:
        return records_of(rows, stream=self.stream_name, schema=self.schema)

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Keep a record that the SDK has checked."""
        del context
        self._keep(record)

    def _keep(self, record: dict[str, Any]) -> None:
        self._records.append(record)
        self._bytes += self._reader.line_bytes
        self._staged.received += 1

    def start_drain(self) -> dict[str, Any]:
        """Count the records that the SDK has not counted one by one."""
        uncounted = len(self._records) - super().current_size
        self.tally_record_read(uncounted)
        self.record_counter_metric.increment(uncounted)
        return super().start_drain()

    def process_batch(self, context: dict[str, Any]) -> None:
        """Turn the kept records into columns and stage them."""
        del context
        records, self._records, self._bytes = self._records, [], 0
        rows = to_arrow(records, self._columns, stream=self.stream_name, keys=self._keys)
        with self._load.foreseen():
            self._staged.append(rows, lambda: records)

    @property
    def _keys(self) -> tuple[str, ...]:
        configured = self._load.arrivals.settings_of(self.stream_name).keys
        return tuple(self.key_properties) if configured is None else configured

    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Validate only: dates are parsed by the column, not value by value."""
        if self._validator is not None:
            self._validator.validate(record)
        return record

    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        if not self._key_names <= record.keys():
            lacking = ", ".join(sorted(self._key_names - record.keys()))
            raise MissingKeyPropertiesError(
                f"Stream {self.stream_name!r}: a record comes without {lacking}, by which rows are "
                f"told apart. Correct it at the source, or name other keys in "
                f"streams.{self.stream_name}.keys."
            )

    def _remove_sdc_metadata_from_schema(self) -> None:
        """Without the SDK's columns, but for a tap's own word that a row is gone."""
        told = self.schema["properties"].get(DELETED_AT)
        super()._remove_sdc_metadata_from_schema()
        if told is not None:
            self.schema["properties"][DELETED_AT] = told

    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        told = record.get(DELETED_AT)
        super()._remove_sdc_metadata_from_record(record)
        if told is not None and DELETED_AT in self.schema["properties"]:
            record[DELETED_AT] = told


def _say_the_same(there: pa.Schema, wanted: pa.Schema) -> bool:
    """Whether a file's columns are those wanted, in their order."""
    kinds = [pa.string() if kind == pa.large_string() else kind for kind in there.types]
    return bool(there.names == wanted.names and kinds == wanted.types)
