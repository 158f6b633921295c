"""All streams of one load, staged while the tap speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from columnar_target.arrivals.scratch import Scratch
from columnar_target.arrivals.staging import PARQUET_OPTIONS, StagedStream
from columnar_target.arrivals.versions import Whole
from columnar_target.errors import SettingError
from columnar_target.settings import CommitAt, StreamSettings


@dataclass
class Arrivals:
    """What has arrived, stream by stream.

    Attributes:
        settings_of: Settings of a stream by its name.
        open_scratch: Makes the folder that rows are staged in, when the first ones come.
        commit_at: Which rows belong to the load.
        landing_format: Whether JSON lines are wanted beside Parquet.
        parquet_options: How rows are encoded: pyarrow's options of a writer.
        adopts_files: Whether a tap's Parquet file whose columns fit is taken as it is.
    """

    settings_of: Callable[[str], StreamSettings]
    open_scratch: Callable[[], Scratch]
    commit_at: CommitAt
    landing_format: Literal["parquet", "jsonl.gz"] = "parquet"
    parquet_options: Mapping[str, Any] = field(default_factory=lambda: PARQUET_OPTIONS)
    adopts_files: bool = False
    _streams: dict[str, StagedStream] = field(default_factory=dict)
    _scratch: Scratch | None = None

    def __iter__(self) -> Iterator[StagedStream]:
        return iter(self._streams.values())

    def __getitem__(self, name: str) -> StagedStream:
        return self._streams[name]

    def stream(self, name: str) -> StagedStream:
        """The staged rows of a stream; made when first asked for.

        Raises:
            SettingError: Another stream has the same table.
        """
        if name not in self._streams:
            settings = self.settings_of(name)
            for other in self:
                if other.settings.table == settings.table:
                    raise SettingError(
                        f"Streams {other.name!r} and {name!r} would both load into table "
                        f"{settings.table!r}: give one of them another in streams.<stream>.table."
                    )
            self._streams[name] = StagedStream(
                name,
                len(self._streams) + 1,
                settings,
                self.folder(),
                self.landing_format,
                self.parquet_options,
            )
        return self._streams[name]

    def leave_out(self, name: str) -> None:
        """Forget a stream that no records are to come of: the user has mapped it away."""
        if name in self._streams and not self._streams[name].versions.sources:
            del self._streams[name]

    def mark_state(self) -> None:
        """Remember that a STATE message covers all rows that have arrived so far."""
        for stream in self:
            stream.mark_state()

    def whole(self, stream: StagedStream) -> Whole | None:
        """The whole read of its source that a stream's rows are, if they are."""
        return stream.versions.whole(at_last_state=self._at_last_state)

    def merged(self, stream: StagedStream) -> range:
        """Which of a stream's rows belong to the load, by the number of their arrival."""
        whole = self.whole(stream)
        # what came before a whole read is of an older one
        return range(whole.first_row if whole else 0, self._end(stream))

    def version(self, stream: StagedStream) -> int | None:
        """The version of the last of the rows that belong to the load."""
        whole, end = self.whole(stream), self._end(stream)
        return whole.version if whole and whole.first_row == end else stream.versions.latest(end)

    def folder(self) -> Path:
        """The folder that is this load's own."""
        if self._scratch is None:
            self._scratch = self.open_scratch()
        return self._scratch.path

    def close(self) -> None:
        """Remove what is staged."""
        for stream in self:
            stream.close()
        if self._scratch is not None:
            self._scratch.close()

    def _end(self, stream: StagedStream) -> int:
        return stream.before_state if self._at_last_state else stream.received

    @property
    def _at_last_state(self) -> bool:
        return self.commit_at == "last_state"
