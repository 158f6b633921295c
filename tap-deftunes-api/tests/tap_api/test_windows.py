from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_deftunes_api.windows import (
    WINDOW_SIZES,
    Window,
    WindowSize,
    bookmark_after,
    first_day,
    plan,
)

DAYS = st.dates(date(1999, 1, 1), date(2030, 12, 31))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def _unit(day: date, size: WindowSize) -> tuple[int, ...]:
    year, week, _ = day.isocalendar()
    return {"day": (day.toordinal(),), "week": (year, week), "month": (day.year, day.month)}[size]


@given(DAYS, st.integers(0, 400), st.sampled_from(WINDOW_SIZES))
def test_windows_hold_every_day_exactly_once_and_in_order(
    first: date, days: int, size: WindowSize
) -> None:
    last = first + timedelta(days=days)
    held = [
        window.first + timedelta(days=offset)
        for window in plan(first, last, size)
        for offset in range((window.last - window.first).days + 1)
    ]
    assert held == [first + timedelta(days=offset) for offset in range(days + 1)]


@given(DAYS, st.integers(0, 400), st.sampled_from(WINDOW_SIZES))
def test_no_window_crosses_a_border_of_the_calendar(
    first: date, days: int, size: WindowSize
) -> None:
    units = [
        (_unit(window.first, size), _unit(window.last, size))
        for window in plan(first, first + timedelta(days=days), size)
    ]
    assert all(begin == end for begin, end in units)
    assert len(set(units)) == len(units)


def test_nothing_is_planned_when_the_last_day_is_before_the_first() -> None:
    assert list(plan(date(2020, 1, 2), date(2020, 1, 1), "month")) == []


@pytest.mark.parametrize(
    ("bookmark", "lookback", "expected"),
    [
        (None, 1, "2020-01-01"),
        ("2020-02-01T00:00:00", 0, "2020-02-01"),
        ("2020-02-01T00:00:00", 1, "2020-01-31"),
        ("2020-02-01T12:34:56", 1, "2020-01-31"),
        ("2020-01-03T00:00:00", 30, "2020-01-01"),
        ("2019-06-01T00:00:00", 1, "2020-01-01"),
        ("2020-05-01T00:00:00", 1, "2020-04-30"),
        ("2020-05-01T00:00:00", 0, "2020-05-01"),
        ("2020-05-01T00:00:01", 30, "2020-05-01"),
        ("9999-12-31T23:59:59", 30, "2020-05-01"),
        ("2020-02-01T00:00:00", 10**12, "2020-01-01"),
    ],
)
def test_reading_begins_so_many_days_before_the_bookmark_and_never_before_the_start(
    bookmark: str | None, lookback: int, expected: str
) -> None:
    known = utc(bookmark) if bookmark else None
    day = first_day(date(2020, 1, 1), date(2020, 4, 30), known, lookback)
    assert day.isoformat() == expected


def test_a_bookmark_is_the_end_of_a_past_window_and_the_moment_of_asking_for_the_present_one() -> (
    None
):
    january = Window(date(2020, 1, 1), date(2020, 1, 31))
    assert bookmark_after(january, utc("2020-03-05T00:00:00")) == utc("2020-02-01T00:00:00")
    assert bookmark_after(january, utc("2020-01-31T12:00:00")) == utc("2020-01-31T12:00:00")
