"""Date windows: which days one request asks for, and how far a complete answer takes us.

A day is a UTC day. Everything here is pure: the clock is an argument.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterator

WindowSize = Literal["day", "week", "month"]
WINDOW_SIZES: tuple[WindowSize, ...] = get_args(WindowSize)

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """The days that one request covers, both ends included."""

    first: date
    last: date

    @property
    def day_after(self) -> date:
        """The day after the last one: what is asked for as `end_date`.

        It is unproven whether the API reads `end_date` as midnight or as the end of that day.
        With a day more, every record of the window arrives under either reading; the records of
        the extra day are dropped, because the next window brings them.
        """
        return self.last + _DAY

    @property
    def end(self) -> datetime:
        """The first instant that is no longer in the window."""
        return midnight(self.day_after)

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


def midnight(day: date) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime.combine(day, time.min, tzinfo=timezone.utc)


def plan(first: date, last: date, size: WindowSize) -> Iterator[Window]:
    """Cut the days from `first` to `last` into windows, in order, at calendar borders.

    Borders are those of the calendar (a `week` is an ISO week, Monday to Sunday), so that a run
    asks for the same windows wherever it starts.

    Args:
        first: The first day.
        last: The last day, included. Before `first`: there is no window.
        size: How long a window is at most.

    Yields:
        Windows without gap or overlap; the first and the last may be shorter.
    """
    while first <= last:
        window = Window(first, min(last, _last_day_of(first, size)))
        yield window
        first = window.day_after


def _last_day_of(day: date, size: WindowSize) -> date:
    if size == "day":
        return day
    if size == "week":
        return day + timedelta(days=7 - day.isoweekday())
    return day.replace(day=monthrange(day.year, day.month)[1])


def first_day(start_date: date, last: date, bookmark: datetime | None, lookback_days: int) -> date:
    """The day to read from.

    Args:
        start_date: The earliest day that is wanted.
        last: The last day that is wanted.
        bookmark: Everything before this instant was read by an earlier run.
        lookback_days: So many days before the bookmark's are read again, for rows that were late.

    Returns:
        A day not before `start_date`; one after `last` when the bookmark lies behind the end of
        `last`, as there is nothing to read then.
    """
    if bookmark is None:
        return start_date
    if bookmark > Window(last, last).end:
        return last + _DAY
    known_days = (bookmark.date() - start_date).days
    return start_date + timedelta(days=max(0, known_days - lookback_days))


def bookmark_after(window: Window, asked_at: datetime) -> datetime:
    """The bookmark that a complete window earns: everything before this instant has been read.

    For a window of past days that is the end of the window, whether it held records or not. A
    window that reaches into the present has been read only up to the moment it was asked for;
    as a run starts at the *day* of its bookmark, the rest of that day comes with the next run.

    Args:
        window: The window whose records have all been written.
        asked_at: When its request was sent.
    """
    return min(window.end, asked_at)
