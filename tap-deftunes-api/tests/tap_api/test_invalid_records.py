"""The setting `on_invalid_record`: what a run does about records that break the contract."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tap_deftunes_api.broken import CHANGED_CONTRACT

from . import api as fault
from .api import PurchaseApi
from .rows import item, session, user
from .run import Run, catalog_of, sync

Config = dict[str, Any]

SKIP = {"on_invalid_record": "skip"}


def day(month: int, day_of_month: int = 15) -> str:
    return f"2020-{month:02d}-{day_of_month:02d}T09:00:00"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def warnings(said: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in said.records if record.levelname == "WARNING"]


def skipped(said: pytest.LogCaptureFixture) -> dict[str, int]:
    """The metric `skipped_record_count`, by stream."""
    metrics = [
        json.loads(record.getMessage().removeprefix("METRIC: "))
        for record in said.records
        if record.name == "singer_sdk.metrics"
    ]
    assert {metric["type"] for metric in metrics if "skipped" in metric["metric"]} <= {"counter"}
    return {
        metric["tags"]["stream"]: metric["value"]
        for metric in metrics
        if metric["metric"] == "skipped_record_count"
    }


def some_broken(api: PurchaseApi) -> None:
    """February holds two broken sessions among three, March one broken user between two."""
    broken = [item(), item(price="Secret")]
    api.rows["/sessions"] = [
        session(day(1), "january", items=2),
        session(day(2), "agent", items=3, user_agent=["Secretbrowser"]),
        session(day(2), "february", items=1),
        session(day(2), "item", session_items=broken),
        session(day(3), "march", items=0),
    ]
    api.rows["/users"] = [
        user(day(3), "first"),
        user(day(3), "nowhere", user_location=None),
        user(day(3), "last"),
    ]


def keys(run: Run) -> dict[str, list[str]]:
    return {
        "users": run.ids("users", "user_id"),
        "sessions": run.ids(),
        "session_items": run.ids("session_items"),
    }


def test_broken_records_are_left_out_with_all_that_hangs_on_them_and_the_state_moves_on(
    api: PurchaseApi, config: Config
) -> None:
    some_broken(api)
    run = sync(config | SKIP)
    assert run.error == ""
    assert keys(run) == {
        "users": ["first", "last"],
        "sessions": ["january", "february", "march"],
        "session_items": ["january", "january", "february"],
    }
    assert [r["item_count"] for r in run.records("sessions")] == [2, 1, 0]
    assert run.bookmarks("sessions")[-1] == "2020-05-01T00:00:00+00:00"
    assert run.bookmarks("users")[-1] == "2020-05-01T00:00:00+00:00"


def test_each_is_named_once_by_its_key_and_counted_in_a_line_and_a_metric_by_stream(
    api: PurchaseApi, config: Config, said: pytest.LogCaptureFixture
) -> None:
    some_broken(api)
    sync(config | SKIP)
    february, march = "window 2020-02-01..2020-02-29", "window 2020-03-01..2020-03-31"
    assert warnings(said) == [
        told("sessions", f"session_id agent, {february}", "user_agent is not text")
        + "Left out: 1 of sessions, 3 of session_items.",
        told("sessions", f"session_id item, {february}", "item_index 1: price is not a number")
        + "Left out: 1 of sessions, 2 of session_items.",
        in_all(2, "sessions"),
        in_all(5, "session_items"),
        told("users", f"user_id nowhere, {march}", "user_location is not an array")
        + "Left out: 1 of users.",
        in_all(1, "users"),
    ]
    assert skipped(said) == {"users": 1, "sessions": 2, "session_items": 5}


def told(stream: str, place: str, complaint: str) -> str:
    return f"A record of {stream} breaks the API's contract ({place}): {complaint}. "


def in_all(count: int, stream: str) -> str:
    return (
        f"Left out in all: {count} of {stream}, for breaking the API's contract. Once they are "
        "mended, a run from start_date without state brings them."
    )


def test_without_broken_records_skipping_says_nothing_and_counts_none(
    api: PurchaseApi, config: Config, said: pytest.LogCaptureFixture
) -> None:
    api.rows["/users"] = [user(day(1))]
    assert sync(config | SKIP).ids("users", "user_id") == [f"user-{day(1)}"]
    assert warnings(said) == []
    assert skipped(said) == {"users": 0, "sessions": 0, "session_items": 0}


def test_only_selected_streams_are_reported(
    api: PurchaseApi, config: Config, said: pytest.LogCaptureFixture
) -> None:
    some_broken(api)
    run = sync(config | SKIP, catalog=catalog_of("session_items"))
    assert run.ids("session_items") == ["january", "january", "february"]
    assert skipped(said) == {"session_items": 5}
    assert warnings(said)[0].endswith("Left out: 3 of session_items.")


def test_a_run_without_state_brings_what_was_mended_and_one_with_state_does_not(
    api: PurchaseApi, config: Config
) -> None:
    some_broken(api)
    state = sync(config | SKIP).states[-1]
    api.rows["/users"][1]["user_location"] = user(day(3))["user_location"]
    assert sync(config | SKIP, state=state).ids("users", "user_id") == []
    anew = sync(config | SKIP)
    assert sorted(anew.ids("users", "user_id")) == ["first", "last", "nowhere"]


def test_a_record_that_two_answers_hold_is_told_and_counted_once(
    api: PurchaseApi, config: Config, said: pytest.LogCaptureFixture
) -> None:
    # A time that cannot be read belongs to every window, if the API puts it into every answer.
    timeless = [user("Secret", "timeless"), user("Secret", user_id=None), user(day(1), "fine")]
    for month in (1, 2):
        answer = fault.body(json.dumps(timeless).encode())
        api.fail("/users", f"2020-{month:02d}-01", answer)
    sync(config | SKIP, catalog=catalog_of("users"))
    assert [line.partition(", window")[0].partition("(")[2] for line in warnings(said)[:-1]] == [
        "user_id timeless",
        "element 1 of the answer",  # of January's answer and of February's:
        "element 1 of the answer",  # nothing tells whether that is the same record
    ]
    assert skipped(said) == {"users": 3}
    assert not any("Secret" in line for line in said.messages)


def broken_users(month: int, count: int) -> list[dict[str, Any]]:
    return [user(day(month), f"{month} {n}", user_name=n) for n in range(count)]


def test_a_window_full_of_broken_records_without_a_valid_one_ends_the_run(
    api: PurchaseApi, config: Config, said: pytest.LogCaptureFixture
) -> None:
    api.rows["/users"] = [user(day(1), "fine"), *broken_users(2, CHANGED_CONTRACT)]
    run = sync(config | SKIP, catalog=catalog_of("users"))
    assert "user_name is not text. So do all 10 records since the last valid one" in run.error
    assert "Have the API or the tap mended, then run again" in run.error
    assert run.bookmarks("users") == ["2020-02-01T00:00:00+00:00"]
    assert warnings(said) == []
    assert skipped(said) == {"users": 0}


def test_a_few_broken_records_without_a_valid_one_are_an_accident(
    api: PurchaseApi, config: Config
) -> None:
    api.rows["/users"] = [
        *broken_users(1, CHANGED_CONTRACT - 1),
        *broken_users(2, CHANGED_CONTRACT),
        user(day(2), "fine"),
        *broken_users(3, CHANGED_CONTRACT - 1),
    ]
    run = sync(config | SKIP, catalog=catalog_of("users"))
    assert run.error == ""
    assert run.ids("users", "user_id") == ["fine"]


def test_broken_records_add_up_over_windows_until_a_valid_one_comes(
    api: PurchaseApi, config: Config
) -> None:
    half = CHANGED_CONTRACT // 2
    api.rows["/users"] = [*broken_users(1, half), *broken_users(4, half)]
    run = sync(config | SKIP, catalog=catalog_of("users"))
    assert "the contract itself seems to have changed" in run.error
    assert run.bookmarks("users")[-1] == "2020-04-01T00:00:00+00:00"


def test_unless_told_otherwise_the_first_broken_record_ends_the_run(
    api: PurchaseApi, config: Config, said: pytest.LogCaptureFixture
) -> None:
    some_broken(api)
    run = sync(config)
    assert "session_id agent" in run.error
    assert "set on_invalid_record to skip" in run.error
    assert run.ids() == ["january"]
    assert skipped(said) == {}
