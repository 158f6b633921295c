"""How a stream is written: record by record, or in files of columns."""

from __future__ import annotations

import sys
from abc import ABC
from functools import cached_property
from logging import INFO
from typing import TYPE_CHECKING, Any

from singer_sdk import RESTStream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import RecordMessage

from tap_deftunes_api.errors import RESUME, OutputError, TapError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import pyarrow as pa

    from tap_deftunes_api.batches.files import BatchFiles
    from tap_deftunes_api.records import Record
    from tap_deftunes_api.settings import Settings
    from tap_deftunes_api.tap import TapDeftunesApi


class WritingStream(RESTStream[Any], ABC):
    """A stream that writes what was read of it, and nothing of its own accord."""

    # Records are made in JSON types by `records.py`; the SDK need not look at them again.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: TapDeftunesApi) -> None:
        super().__init__(tap=tap)
        self._api_tap = tap

    @property
    def settings(self) -> Settings:
        """The tap's settings."""
        return self._api_tap.settings

    def log(self, message: str, *args: Any, level: int = INFO, **kwargs: Any) -> None:
        """Log a message.

        Except while one of our errors is on its way out, when the SDK would announce an
        "unhandled error": the command tells it, once and in full.
        """
        if not isinstance(sys.exc_info()[1], TapError):
            super().log(message, *args, level=level, **kwargs)

    def get_batch_config(self, config: Mapping[str, Any]) -> None:
        """None, to the SDK: it would ask each stream by itself, and ours are read in groups."""
        del config

    def batch_files(self) -> BatchFiles | None:
        """Files for batches of this stream; None if it goes as RECORDs."""
        config = self.settings.batch_config
        if config is None:
            return None
        from tap_deftunes_api.batches.files import BatchFiles  # noqa: PLC0415 - Arrow: late to load
        from tap_deftunes_api.batches.tables import schema_of  # noqa: PLC0415

        properties = self.schema["properties"]
        schema = schema_of(
            properties, [name for name in properties if name not in self._deselected]
        )
        if self.config.get("flattening_enabled") or not all(
            type(mapper) is SameRecordTransform for mapper in self.stream_maps
        ):
            reason = "stream_maps or flattening apply to it, and these work on records"
        elif schema is None:
            reason = "a column is selected that is nested"
        else:
            return BatchFiles(config, self.name, schema)
        self.logger.warning("Stream %r goes as RECORDs, not as batches: %s.", self.name, reason)
        return None

    def write_schema(self) -> None:
        """Write the SCHEMA message."""
        self._write_schema_message()

    def write_records(self, records: Iterable[Record], extracted_at: datetime) -> None:
        """Write RECORD messages, with selection and stream maps applied.

        Args:
            records: Records of this stream; deselected properties are removed in place.
            extracted_at: When the API was asked for them.
        """
        deselected = self._deselected
        stream_maps = self.stream_maps
        write = self._tap.write_message
        for record in records:
            for name in deselected:
                del record[name]
            for stream_map in stream_maps:
                mapped = stream_map.transform(record)
                if mapped is not None:
                    write(
                        RecordMessage(
                            stream=stream_map.stream_alias,
                            record=mapped,
                            version=self._stream_version,
                            time_extracted=extracted_at,
                        )
                    )

    def write_batches(self, files: BatchFiles, table: pa.Table) -> None:
        """Write files, and a BATCH message for each when it is complete.

        Args:
            files: This stream's.
            table: Rows of this stream, by the files' schema; without a row there is no file.

        Raises:
            OutputError: A file cannot be written, or nobody hears of it.
        """
        try:
            for file in files.write(table):
                try:
                    self._write_batch_message(files.encoding, [file.url])
                except OutputError:  # nobody is there to take it away
                    file.withdraw()
                    raise
        except OSError as fault:
            raise OutputError(
                f"A batch of stream {self.name} could not be written ({fault.strerror or fault}): "
                f"see that batch_config.storage.root is a folder with room, {RESUME}."
            ) from fault

    @cached_property
    def _deselected(self) -> tuple[str, ...]:
        selectable = self.effective_schema["properties"]
        return tuple(
            name
            for name in self.schema["properties"]
            if name not in selectable or not self.mask["properties", name]
        )
