"""Which days a run reads, and what is typed for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

Modules = Callable[[str], ModuleType]
NOW = dt.datetime(2026, 11, 21, 6, 0, 5, tzinfo=dt.timezone.utc)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


def block(module: Modules, *words: str, loads: bool = True, **history_by: str) -> Any:
    by = {name.replace("_", "-"): other for name, other in history_by.items()}
    return module("schedules").Block("task", words, loads, not loads, by, "job")


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        # every day of a daily interval's run is over, and none is left out between two
        ("2020-02-28 06:00", "2020-02-29 06:00", "2020-02-28_2020-02-29"),
        ("2020-02-29 06:00", "2020-03-01 06:00", "2020-02-29_2020-03-01"),
        ("2020-01-01 00:00", "2020-02-01 00:00", "2020-01-01_2020-02-01"),
        ("2019-12-29 03:00", "2020-01-05 03:00", "2019-12-29_2020-01-05"),
        # within a day, it is that day
        ("2020-01-01 06:00", "2020-01-01 07:00", "2020-01-01_2020-01-02"),
        # the newest but one is past: the daily run behind it has another interval
        ("2026-11-19 06:00", "2026-11-20 06:00", "2026-11-19_2026-11-20"),
    ],
)
def test_an_interval_that_has_passed_is_read_by_its_days(
    module: Modules, start: str, end: str, name: str
) -> None:
    days = module("line").days_to_read(at(start), at(end), NOW, always=False)
    assert days.name == name


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-20 06:00", "2026-11-21 06:00"),
        ("2026-11-01 06:00", "2026-11-21 06:00"),
        ("2026-11-21 06:00", "2026-11-21 06:00"),
    ],
)
def test_the_newest_interval_is_read_from_the_bookmark(
    module: Modules, start: str, end: str
) -> None:
    assert module("line").days_to_read(at(start), at(end), NOW, always=False) is None


def test_a_backfill_reads_the_newest_interval_by_its_days_too(module: Modules) -> None:
    start, end = at("2026-11-20 06:00"), at("2026-11-21 06:00")
    days = module("line").days_to_read(start, end, NOW, always=True)
    assert days.name == "2026-11-20_2026-11-21"


def test_a_trigger_without_interval_reads_from_the_bookmark(module: Modules) -> None:
    assert module("line").days_to_read(None, None, NOW, always=False) is None


def test_days_are_told_to_the_extractor_that_reads_them_with_a_state_of_their_own(
    module: Modules,
) -> None:
    load = block(module, "tap-x", "target-y", tap_x="tap-x-backfill")
    days = module("line").Days(dt.date(2020, 2, 1), dt.date(2020, 2, 29))
    line = module("line").line_to_run(load, days)
    assert " ".join(line.words) == (
        "run --full-refresh --state-id-suffix=2020-02-01_2020-03-01 tap-x-backfill target-y"
    )
    assert line.settings == {
        "TAP_X_BACKFILL_START_DATE": "2020-02-01",
        "TAP_X_BACKFILL_END_DATE": "2020-02-29",
    }


@pytest.mark.parametrize("has_days", [True, False])
def test_a_source_without_history_is_read_as_ever(module: Modules, has_days: bool) -> None:
    days = module("line").Days(dt.date(2020, 2, 1), dt.date(2020, 2, 29)) if has_days else None
    line = module("line").line_to_run(block(module, "tap-x", "target-y"), days)
    assert (line.words, line.settings) == (("run", "tap-x", "target-y"), {})
