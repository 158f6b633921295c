"""The chunks of a back-fill: how its days are cut, and what Meltano is told of each chunk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tap_deftunes_api.windows import WINDOW_SIZES, Window, plan

EXTRACTOR = "tap-deftunes-api-backfill"
LOADER = "target-s3"
STREAMS = ("users", "sessions", "session_items")
"""What the extractor selects: a chunk is done when each of these has been read to its end."""


class SpanError(Exception):
    """No days can be made of what was typed; the text says why and what to type."""


@dataclass(frozen=True)
class Chunk(Window):
    """Days that one run of Meltano reads, with a state of their own."""

    @property
    def name(self) -> str:
        """First day, and first day after: the suffix of the state's id, and the log's name."""
        return f"{self.first}_{self.day_after}"

    @property
    def settings(self) -> dict[str, str]:
        """The extractor's days, as environment variables."""
        prefix = EXTRACTOR.replace("-", "_").upper()
        return {f"{prefix}_START_DATE": f"{self.first}", f"{prefix}_END_DATE": f"{self.last}"}

    def is_done(self, bookmarks: Mapping[str, str]) -> bool:
        """Tell whether everything has been read and published.

        Args:
            bookmarks: By stream, the instant (ISO 8601, UTC) before which that is so, from the
                state that Meltano saved: it gets one when the loader has published.
        """
        return all(bookmarks.get(stream, "") >= self.end.isoformat() for stream in STREAMS)

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


def cut(first: str, until: str, step: str, today: date) -> list[Chunk]:
    """Cut the days of a back-fill into chunks, at the calendar's borders.

    Args:
        first: The first day that is read, as typed.
        until: The first day that is not.
        step: How long a chunk is at most: day, week or month.
        today: The day that is not over yet (UTC).

    Raises:
        SpanError: These are no days, or not in this order, or not over yet.
    """
    if not (first and until):
        raise SpanError(
            "say which days: `make backfill FROM=2020-01-01 TO=2020-04-01` reads the first day "
            "and does not read the last one."
        )
    begin, end = _day("FROM", first), _day("TO", until)
    if end <= begin:
        raise SpanError(
            f"there is no day from FROM={first} to TO={until}: TO is the first day that is not "
            "read, so it is later than FROM."
        )
    if end > today:
        raise SpanError(
            f"TO={until} lies in the future: only days that are over are read, so TO is "
            f"{today} (today, UTC) at the latest."
        )
    for size in WINDOW_SIZES:
        if size == step:
            windows = plan(begin, end - timedelta(days=1), size)
            return [Chunk(each.first, each.last) for each in windows]
    raise SpanError(f"STEP={step} is not known: a chunk is a {' or a '.join(WINDOW_SIZES)}.")


def _day(name: str, typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise SpanError(
            f"{name}={typed} is not a day: write it as year-month-day, such as 2020-01-31."
        ) from None
