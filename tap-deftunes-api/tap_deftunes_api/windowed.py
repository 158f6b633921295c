"""How a stream is read: window by window, fetched ahead, each followed by one STATE message."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack, closing
from itertools import islice
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import StateMessage
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_deftunes_api.bookmarks import advance, read_bookmark
from tap_deftunes_api.broken import BrokenRecords
from tap_deftunes_api.reading import Answer, read_windows
from tap_deftunes_api.windows import Window, bookmark_after, first_day, plan
from tap_deftunes_api.writing import WritingStream

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
    from datetime import date

    from singer_sdk.helpers.types import Context

    from tap_deftunes_api.batches.conversion import Conversion
    from tap_deftunes_api.batches.files import BatchFiles
    from tap_deftunes_api.records import Record, Records


class WindowedStream(WritingStream, ABC):
    """A stream read by date windows, together with the child streams that share its answers.

    Parent and children are one group: a window is requested once, the records of every selected
    stream of the group are written, then their bookmarks move and one STATE message follows. The
    children are children to the SDK only so that it leaves their sync to the parent; there is no
    context per parent record, and no partitioned state.
    """

    path: str
    """The endpoint below `api_url`."""

    @abstractmethod
    def convert(self, rows: list[Any], window: Window) -> Records:
        """Turn an answer's rows into records by stream, those of the window only."""

    @property
    def url_base(self) -> str:
        """The API's base URL."""
        return self.settings.api_url

    def get_replication_key_signpost(self, context: Context | None = None) -> None:  # noqa: ARG002
        """Nothing: a bookmark never runs ahead of its window, so no signpost limits it."""
        return

    def request_records(self, context: Context | None) -> Iterator[Record]:  # noqa: ARG002
        """Request every window that is due, and yield this stream's records."""
        with closing(self._answers(self._windows(self.first_day()), {})) as answers:
            for answer in answers:
                yield from answer.records.of[self.name]

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
        in_batches = write_messages and self.ABORT_AT_RECORD_COUNT is None
        files = _batch_files_of(group) if in_batches else {}
        with ExitStack() as stack:
            stack.enter_context(self.get_sync_timer())
            counters = {
                stream.name: stack.enter_context(stream.get_record_counter()) for stream in group
            }
            answers = self._answers(self._windows(min(starts.values())), files)
            for answer in stack.enter_context(closing(answers)):
                due = [stream for stream in group if starts[stream.name] <= answer.window.last]
                for stream in due:
                    table = answer.records.tables.get(stream.name)
                    if table is not None:
                        stream.write_batches(files[stream.name], table)
                        counters[stream.name].increment(table.num_rows)
                        continue
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

    def _answers(
        self, windows: Iterator[Window], files: Mapping[str, BatchFiles]
    ) -> Generator[Answer, None, None]:
        """Read windows, without what is broken.

        Args:
            windows: What to ask for.
            files: Those of the streams that are wanted as columns.
        """
        names = [stream.name for stream in self._group()]
        reading = read_windows(
            self.settings,
            self.path,
            self._conversion(files, names) if files else self.convert,
            windows,
            self._api_tap.clock,
            as_spelled=bool(files),
        )
        with (
            closing(reading) as answers,
            BrokenRecords(self.settings.on_invalid_record, names) as broken,
        ):
            for answer in answers:
                broken.take(answer.records.broken, answer.records.valid)
                yield answer

    def _conversion(self, files: Mapping[str, BatchFiles], names: Collection[str]) -> Conversion:
        from tap_deftunes_api.batches.conversion import Conversion  # noqa: PLC0415 - Arrow: late to load

        schemas = {name: each.schema for name, each in files.items()}
        return Conversion(self.path, schemas, set(files) == set(names), self.convert)


def _batch_files_of(streams: Iterable[WindowedStream]) -> dict[str, BatchFiles]:
    """The files of the streams that go as columns."""
    files = {stream.name: stream.batch_files() for stream in streams}
    return {name: each for name, each in files.items() if each is not None}
