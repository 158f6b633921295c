"""How a stream is read: window by window, fetched ahead, each followed by one STATE message."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from contextlib import ExitStack, closing
from functools import cached_property
from itertools import islice
from logging import INFO
from typing import TYPE_CHECKING, Any

from singer_sdk import RESTStream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import RecordMessage, StateMessage
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_deftunes_api.bookmarks import advance, read_bookmark
from tap_deftunes_api.broken import BrokenRecords
from tap_deftunes_api.errors import TapError
from tap_deftunes_api.reading import Answer, read_windows
from tap_deftunes_api.windows import Window, bookmark_after, first_day, plan

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from datetime import date, datetime

    from singer_sdk.helpers.types import Context

    from tap_deftunes_api.records import Record, Records
    from tap_deftunes_api.settings import Settings
    from tap_deftunes_api.tap import TapDeftunesApi


class WindowedStream(RESTStream[Any], ABC):
    """A stream read by date windows, together with the child streams that share its answers.

    Parent and children are one group: a window is requested once, the records of every selected
    stream of the group are written, then their bookmarks move and one STATE message follows. The
    children are children to the SDK only so that it leaves their sync to the parent; there is no
    context per parent record, and no partitioned state.
    """

    # Records are made in JSON types by `records.py`; the SDK need not look at them again.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    path: str
    """The endpoint below `api_url`."""

    def __init__(self, tap: TapDeftunesApi) -> None:
        super().__init__(tap=tap)
        self._api_tap = tap

    @abstractmethod
    def convert(self, rows: list[Any], window: Window) -> Records:
        """Turn an answer's rows into records by stream, those of the window only."""

    @property
    def settings(self) -> Settings:
        """The tap's settings."""
        return self._api_tap.settings

    @property
    def url_base(self) -> str:
        """The API's base URL."""
        return self.settings.api_url

    def log(self, message: str, *args: Any, level: int = INFO, **kwargs: Any) -> None:
        """Log a message.

        Except while one of our errors is on its way out, when the SDK would announce an
        "unhandled error": the command tells it, once and in full.
        """
        if not isinstance(sys.exc_info()[1], TapError):
            super().log(message, *args, level=level, **kwargs)

    def get_replication_key_signpost(self, context: Context | None = None) -> None:  # noqa: ARG002
        """Nothing: a bookmark never runs ahead of its window, so no signpost limits it."""
        return

    def request_records(self, context: Context | None) -> Iterator[Record]:  # noqa: ARG002
        """Request every window that is due, and yield this stream's records."""
        with closing(self._answers(self._windows(self.first_day()))) as answers:
            for answer in answers:
                yield from answer.records.of[self.name]

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

    def complete(self, answer: Answer) -> None:
        """Move the bookmark past a window whose records have all been written."""
        if self.replication_method == REPLICATION_INCREMENTAL:
            bookmark = bookmark_after(answer.window, answer.asked_at)
            advance(self.name, self.stream_state, self.replication_key, bookmark)

    def _sync_records(
        self,
        context: Context | None = None,  # noqa: ARG002 - the windows are the partition
        *,
        write_messages: bool = True,
    ) -> Generator[Record, Any, Any]:
        """Write the group's records window by window, each window closed by one STATE message."""
        group = self._group()
        for stream in group:
            if stream is not self:  # its own SCHEMA was written when its sync began
                stream.write_schema()
        starts = {stream.name: stream.first_day() for stream in group}
        with ExitStack() as stack:
            stack.enter_context(self.get_sync_timer())
            counters = {
                stream.name: stack.enter_context(stream.get_record_counter()) for stream in group
            }
            answers = self._answers(self._windows(min(starts.values())))
            for answer in stack.enter_context(closing(answers)):
                due = [stream for stream in group if starts[stream.name] <= answer.window.last]
                for stream in due:
                    records = answer.records.of[stream.name][: self.ABORT_AT_RECORD_COUNT]
                    if write_messages:
                        stream.write_records(records, answer.asked_at)
                    counters[stream.name].increment(len(records))
                    yield from records
                if self.ABORT_AT_RECORD_COUNT is None:
                    for stream in due:
                        stream.complete(answer)
                    if write_messages:
                        self._tap.write_message(StateMessage(value=self.tap_state))

    def _group(self) -> list[WindowedStream]:
        return [
            stream
            for stream in (self, *self.child_streams)
            if isinstance(stream, WindowedStream) and stream.selected
        ]

    @cached_property
    def _deselected(self) -> tuple[str, ...]:
        selectable = self.effective_schema["properties"]
        return tuple(
            name
            for name in self.schema["properties"]
            if name not in selectable or not self.mask["properties", name]
        )

    def first_day(self) -> date:
        """The day to read this stream from."""
        bookmark = (
            read_bookmark(self.name, self.stream_state, self.replication_key)
            if self.replication_method == REPLICATION_INCREMENTAL
            else None
        )
        settings = self.settings
        return first_day(settings.start_date, self._last_day(), bookmark, settings.lookback_days)

    def _last_day(self) -> date:
        today = self._api_tap.clock().date()
        return min(self.settings.end_date or today, today)

    def _windows(self, first: date) -> Iterator[Window]:
        windows = plan(first, self._last_day(), self.settings.window)
        if self.ABORT_AT_RECORD_COUNT is None:
            return windows
        # A connection test: one small request tells as much as many.
        return (Window(window.first, window.first) for window in islice(windows, 1))

    def _answers(self, windows: Iterator[Window]) -> Generator[Answer, None, None]:
        clock = self._api_tap.clock
        reading = read_windows(self.settings, self.path, self.convert, windows, clock)
        policy = self.settings.on_invalid_record
        with (
            closing(reading) as answers,
            BrokenRecords(policy, [stream.name for stream in self._group()]) as broken,
        ):
            for answer in answers:
                broken.take(answer.records.broken, valid=len(answer.records.of[self.name]))
                yield answer
