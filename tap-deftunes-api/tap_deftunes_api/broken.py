"""Records that break the API's contract: how they are told, and what becomes of a run with them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, get_args

from singer_sdk import metrics

from tap_deftunes_api.errors import InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from tap_deftunes_api.windows import Window

logger = logging.getLogger(__name__)

OnInvalidRecord = Literal["fail", "skip"]
ON_INVALID_RECORD: tuple[OnInvalidRecord, ...] = get_args(OnInvalidRecord)

CHANGED_CONTRACT = 10
"""So many broken records without a valid one between them are no accident."""

_LONGEST_KEY = 100


class _Metric(str, Enum):
    SKIPPED_RECORD_COUNT = "skipped_record_count"


@dataclass(frozen=True)
class BrokenRecord:
    """A record that breaks the contract; as text, a sentence that holds none of its values."""

    stream: str
    key: tuple[str, str] | None
    """The key's name and value; None if it has no usable one."""
    position: int
    """In the answer, from 0."""
    window: Window
    fault: str
    lost: Mapping[str, int]
    """How many records of each stream are not to be had because of it."""

    @property
    def identity(self) -> tuple[object, ...]:
        """The same for one record, in however many answers it is."""
        return (self.stream, self.key or (self.window, self.position))

    def __str__(self) -> str:
        place = f"element {self.position} of the answer"
        if self.key is not None:
            name, value = self.key
            # It came from afar: a line break in it must not look like a line of the log.
            shown = value if value.isprintable() else ascii(value)
            place = f"{name} {shown[:_LONGEST_KEY]}"
        return (
            f"A record of {self.stream} breaks the API's contract "
            f"({place}, window {self.window}): {self.fault}"
        )


class BrokenRecords:
    """Takes the broken records of the answers of one run, in order, and fails or skips them.

    Used as a context manager; on leaving, what was skipped is reported for each stream, in a line
    if there is any, and as the metric `skipped_record_count`.

    Args:
        on_invalid_record: Whether the first one ends the run, or all are left out.
        streams: The streams to report on.
    """

    def __init__(self, on_invalid_record: OnInvalidRecord, streams: Iterable[str]) -> None:
        self._skip = on_invalid_record == "skip"
        self._skipped = dict.fromkeys(streams, 0)
        self._known: set[tuple[object, ...]] = set()
        self._since_a_valid_one = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._skip:
            return
        for stream, count in self._skipped.items():
            if count:
                logger.warning(
                    "Left out in all: %d of %s, for breaking the API's contract. Once they are "
                    "mended, a run from start_date without state brings them.",
                    count,
                    stream,
                )
            tags = {metrics.Tag.STREAM: stream}
            # The SDK's own names of metrics are a closed list.
            with metrics.Counter(_Metric.SKIPPED_RECORD_COUNT, tags) as counter:  # type: ignore[arg-type]
                counter.value = count

    def take(self, broken: Sequence[BrokenRecord], valid: int) -> None:
        """Take what is broken in the next answer.

        Args:
            broken: The broken records.
            valid: How many records the answer holds besides.

        Raises:
            InvalidRecordError: None may be skipped; or there are so many, and no valid ones, that
                the contract must have changed.
        """
        if broken and not self._skip:
            raise InvalidRecordError(
                f"{broken[0]}. Nothing of that window was written; have the record mended, or set "
                "on_invalid_record to skip, then run again."
            )
        self._since_a_valid_one = 0 if valid else self._since_a_valid_one + len(broken)
        if self._since_a_valid_one >= CHANGED_CONTRACT:
            raise InvalidRecordError(
                f"{broken[-1]}. So do all {self._since_a_valid_one} records since the last valid "
                "one: the contract itself seems to have changed, and nothing of that window was "
                "written. Have the API or the tap mended, then run again."
            )
        for record in broken:
            if record.identity not in self._known:
                self._known.add(record.identity)
                self._leave_out(record)

    def _leave_out(self, record: BrokenRecord) -> None:
        lost = {name: count for name, count in record.lost.items() if name in self._skipped}
        for stream, count in lost.items():
            self._skipped[stream] += count
        told = ", ".join(f"{count} of {stream}" for stream, count in lost.items())
        logger.warning("%s. Left out: %s.", record, told)
