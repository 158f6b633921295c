"""A Singer target that loads columns: messages in, state out, one sentence when it goes wrong."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import traceback
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import FrameType
from typing import Any, ClassVar

import click
import msgspec
from singer_sdk import Target
from singer_sdk.exceptions import (
    ConfigValidationError,
    InvalidJSONSchema,
    MapExpressionError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
    StreamMapConfigError,
)
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib.exceptions import InvalidInputLine
from singer_sdk.sinks import Sink

from columnar_target.arrivals.staging import StagedStream
from columnar_target.errors import TargetError
from columnar_target.load import Load
from columnar_target.singer.batches import Batches
from columnar_target.singer.reader import ExactReader
from columnar_target.singer.sink import StagingSink

_STATE = msgspec.json.Encoder(decimal_format="number")
_FORESEEN = (
    TargetError,
    InvalidInputLine,
    InvalidJSONSchema,
    MapExpressionError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
    StreamMapConfigError,
)


class ColumnarTarget(Target, ABC):
    """Reads, checks and stages what a tap sends; what becomes of it is its load's affair."""

    default_sink_class = StagingSink
    message_reader_class = ExactReader
    # a drain in the middle would emit state for rows that are not yet published
    _MAX_RECORD_AGE_IN_MINUTES = float("inf")
    next_run: ClassVar[str] = "completes this one"
    """What the next run does after one that was told to stop, for people."""

    _stopped_by: ClassVar[int | None] = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.max_parallelism = 1
        self._direct: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._batches = Batches()
        self._schemas: dict[str, dict[str, Any]] = {}
        self._follows_versions = bool(self.config.get("process_activate_version_messages", True))
        self.load = self.open_load(dt.datetime.now(dt.timezone.utc))

    @abstractmethod
    def open_load(self, started: dt.datetime) -> Load:
        """Begin a load.

        Args:
            started: When it begins (UTC).

        Raises:
            TargetError: A setting is wrong.
        """

    @classmethod
    def run_instead(cls, options: dict[str, Any]) -> bool:
        """Do what the command line asks for instead of a load.

        Args:
            options: Those of the command line; a target takes its own ones out.

        Returns:
            Whether something was asked for, and has been done.

        Raises:
            TargetError: It could not be done.
        """
        del options
        return False

    @property
    def exact_reader(self) -> ExactReader:
        """The reader of this target's input."""
        reader = self.message_reader
        if not isinstance(reader, ExactReader):
            raise TypeError("this target reads its input with ExactReader")
        return reader

    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        """The stream's sink; records of an earlier schema are staged before any of a new one."""
        before = self._sinks_active.get(stream_name)
        sink = super().get_sink(
            stream_name, record=record, schema=schema, key_properties=key_properties
        )
        if before is not None and before is not sink:
            self.drain_one(before)
        return sink

    def process_endofpipe(self) -> None:
        """Publish what arrived; only then is state emitted."""
        self._stop_if_told()
        for sink in (*self._sinks_to_clear, *self._sinks_active.values()):
            self.drain_one(sink)
        self.load.finish(self._latest_state)
        super().process_endofpipe()
        # after STATE: until then, the same messages may come once more
        self._batches.remove(self.logger)

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run from the command line: exit status 0 when done, 1 with a sentence when not."""
        try:
            if not cls.run_instead(options):
                super().invoke(**options)
        except (ConfigValidationError, click.ClickException):
            raise  # the SDK and click say these themselves
        except _FORESEEN as fault:
            cls.logger.critical("%s", fault)
            sys.exit(fault.exit_status if isinstance(fault, TargetError) else 1)
        except Exception as fault:
            cls._stop_if_told()  # DuckDB makes an error of its own of the handler's exit
            # never the fault's own words: they may quote a record
            place = traceback.extract_tb(fault.__traceback__)[-1]
            cls.logger.critical(
                "This is a defect of %s, please report it: %s in %s, line %s. No state is "
                "written, so nothing is lost. LOGLEVEL=DEBUG shows all of it.",
                cls.name,
                type(fault).__name__,
                place.name,
                place.lineno,
            )
            cls.logger.debug("What happened:", exc_info=True)
            sys.exit(1)

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """The SDK's own settings, but for `load_method`: keys decide how this target loads."""
        super().append_builtin_config(config_jsonschema)
        config_jsonschema["properties"].pop("load_method", None)

    def _assert_line_requires(self, message_dict: dict[str, Any], requires: set[str]) -> None:
        self.exact_reader.assert_line_requires(message_dict, requires)

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        super()._process_schema_message(message_dict)
        stream = message_dict["stream"]
        self._schemas[stream] = message_dict["schema"]
        for staged in self._staged(stream):
            staged.versions.declare(stream, staged.received)
        for stream_map in self.mapper.stream_maps[stream]:
            if isinstance(stream_map, RemoveRecordTransform):  # the SDK makes a sink all the same
                self.load.arrivals.leave_out(stream_map.stream_alias)
        self._direct.pop(stream, None)
        if self._is_plain(stream):
            self._direct[stream] = self.mapper.stream_maps[stream][0].stream_alias

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        record, stream = message_dict.get("record"), message_dict.get("stream", "")
        if not isinstance(record, dict):
            self.exact_reader.assert_line_requires(message_dict, {"record"})
            raise InvalidInputLine(
                f"Line {self.exact_reader.lines} of the input is a RECORD whose record is no "
                "object: the tap wrote something that is not Singer."
            )
        version = message_dict.get("version")
        if version is not None and version != self._versions.get(stream):
            self._begin_version(stream, version)
        alias = self._direct.get(stream)
        # by its alias each time: another stream's schema may have replaced the sink
        sink = None if alias is None else self._sinks_active[alias]
        if not isinstance(sink, StagingSink):
            super()._process_record_message(message_dict)
            return
        sink.take(record)
        if sink.is_full:
            self.logger.info("%d records of stream %s are staged.", sink.current_size, stream)
            self.drain_one(sink)

    def _begin_version(self, stream: str, version: int) -> None:
        """A record's version is not that of the one before it; most are, and cost nothing."""
        self._versions[stream] = version
        if self._follows_versions:
            for staged in self._staged(stream):
                staged.versions.record(version, staged.received)

    def _staged(self, stream: str) -> list[StagedStream]:
        """What is staged of a tap's stream, which stream maps may have made several of, or none."""
        return [
            self.load.arrivals.stream(stream_map.stream_alias)
            for stream_map in self.mapper.stream_maps.get(stream, ())
            if not isinstance(stream_map, RemoveRecordTransform)
        ]

    def _is_plain(self, stream: str) -> bool:
        """Whether a stream's records go to one sink as they are, without a copy of each."""
        stream_maps = self.mapper.stream_maps[stream]
        plain = len(stream_maps) == 1 and type(stream_maps[0]) is SameRecordTransform
        return (
            plain
            and not stream_maps[0].flattening_enabled
            and not self.config.get("add_record_metadata", False)
        )

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        super()._process_state_message(message_dict)
        self.load.arrivals.mark_state()

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        """Take in what a tap wrote into files; they go when it is published."""
        self.exact_reader.assert_line_requires(message_dict, {"stream", "encoding", "manifest"})
        stream = message_dict["stream"]
        if stream not in self.mapper.stream_maps:
            raise RecordsWithoutSchemaException(
                f"A BATCH message of stream {stream!r} comes before its SCHEMA message."
            )
        place = self.load.place
        for file in self._batches.take(message_dict, self.exact_reader.lines, place):
            alias = self._direct.get(stream)
            sink = None if alias is None else self._sinks_active[alias]
            if file.has_columns and isinstance(sink, StagingSink):
                self.drain_one(sink)
                if not sink.adopt(file):
                    for rows in file.tables():
                        sink.take_columns(rows)
                    sink.end_columns()
            else:
                for record, size in file.records(self._schemas[stream]):
                    self.exact_reader.line_bytes = size
                    self._process_record_message({"stream": stream, "record": record})

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self.exact_reader.assert_line_requires(message_dict, {"stream", "version"})
        if not self._follows_versions:
            return
        self._versions.pop(message_dict["stream"], None)
        for staged in self._staged(message_dict["stream"]):
            staged.versions.activate(message_dict["version"], staged.received)

    def _write_state_message(self, state: dict[str, Any]) -> None:
        self._stop_if_told()
        sys.stdout.write(_STATE.encode(state).decode() + "\n")
        sys.stdout.flush()

    @classmethod
    def _stop_if_told(cls) -> None:
        """End here if a signal came: a library may have swallowed the exit its handler raised."""
        if cls._stopped_by is not None:
            sys.exit(128 + cls._stopped_by)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop without state: what is not published comes again with the next run."""
        del frame
        ColumnarTarget._stopped_by = signum
        # not by the logger: the signal may have come while it was writing
        words = (
            f"{self.name}: stopped by {signal.Signals(signum).name}; no state is written, and the "
            f"next run {self.next_run}.\n"
        )
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, words.encode())
        sys.exit(128 + signum)
