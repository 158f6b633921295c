"""One stream's records: validated, turned into columns batch by batch, staged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink
from singer_sdk.sinks.core import BaseJSONSchemaValidator

from target_s3.columns import stream_columns, to_arrow
from target_s3.errors import foreseen
from target_s3.own_columns import DELETED_AT
from target_s3.validation import CompiledValidator

if TYPE_CHECKING:
    from target_s3.target import TargetS3

BATCH_BYTES = 64 * 1024 * 1024
"""A batch is staged when its messages have grown beyond this, however few they are."""


class StagingSink(BatchSink):
    """Stages a stream; landing and publishing wait for the end of the input."""

    MAX_SIZE_DEFAULT = 20_000

    def __init__(
        self,
        target: TargetS3,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        self._load = target.load
        self._reader = target.exact_reader
        self._batch_bytes = 0
        super().__init__(target, stream_name, schema, key_properties)

    def setup(self) -> None:
        """Read the stream's columns off its schema."""
        super().setup()
        self._staged = self._load.stream(self.stream_name)
        self._columns = stream_columns(self.stream_name, self.schema, self._staged.settings)
        self._staged.declare(self._columns, self._keys)

    @property
    def is_full(self) -> bool:
        """Whether the batch has enough rows or bytes."""
        return super().is_full or self._batch_bytes >= BATCH_BYTES

    def get_validator(self) -> BaseJSONSchemaValidator | None:
        """A compiled validator, unless the user switched validation off."""
        if not self.validate_schema:
            return None
        return CompiledValidator(self.stream_name, self.schema, self._keys)

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Keep a record for the next batch."""
        super().process_record(record, context)
        self._staged.received += 1
        self._batch_bytes += self._reader.line_bytes

    def process_batch(self, context: dict[str, Any]) -> None:
        """Turn the kept records into columns and stage them."""
        records = context.get("records", [])
        rows = to_arrow(records, self._columns, stream=self.stream_name, keys=self._keys)
        with foreseen(self._load.settings.lake_url):
            self._staged.append(rows, records)
        self._batch_bytes = 0

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

    @property
    def _keys(self) -> tuple[str, ...]:
        configured = self._load.settings.stream(self.stream_name).keys
        return tuple(self.key_properties) if configured is None else configured

    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Validate only: dates are parsed by the column, not value by value."""
        if self._validator is not None:
            self._validator.validate(record)
        return record
