"""The setting `page_size`: every row of a window once, or an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tap_deftunes_api import retry

from . import api as fault
from .api import Fault, Handler, PurchaseApi, Row
from .rows import user
from .run import Run, catalog_of, sync

Config = dict[str, Any]

JANUARY = "2020-01-01"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits before a retry are of no interest here."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.002)


@pytest.fixture
def config(config: Config) -> Config:
    return config | {"end_date": "2020-01-31", "page_size": 10}


def many(api: PurchaseApi, count: int) -> list[Row]:
    api.rows["/users"] = [one(f"user {n}") for n in range(count)]
    return api.rows["/users"]


def one(key: str) -> Row:
    return user("2020-01-05T10:00:00", key)


def read(config: Config) -> Run:
    return sync(config, catalog=catalog_of("users"))


def served(api: PurchaseApi) -> list[str]:
    return sorted(row["user_id"] for row in api.rows["/users"])


def pages_asked(api: PurchaseApi) -> list[tuple[str, str]]:
    return [(params["limit"], params["offset"]) for _, params, _ in api.asked]


def and_then(change: Callable[[list[Row]], object]) -> Fault:
    """Answer rightly, and change the users before the next page is asked for."""

    def answer(handler: Handler, body: bytes) -> None:
        change(handler.server.rows["/users"])
        handler.reply(200, body)

    return answer


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 18, 19, 20, 25, 28])
@pytest.mark.parametrize("paging", ["works", "unknown"])
def test_pages_hold_every_row_once_whether_the_server_pages_or_not(
    api: PurchaseApi, config: Config, count: int, paging: fault.Paging
) -> None:
    many(api, count)
    api.paging = paging
    run = read(config)
    assert run.error == ""
    assert sorted(run.ids("users", "user_id")) == served(api)


@pytest.mark.parametrize("page_size", [2, 3, 24, 25, 26])
def test_pages_may_be_of_any_size(api: PurchaseApi, config: Config, page_size: int) -> None:
    many(api, 25)
    api.paging = "works"
    run = read(config | {"page_size": page_size})
    assert sorted(run.ids("users", "user_id")) == served(api)


@pytest.mark.parametrize("most", [2, 3, 7, 9, 10])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 9, 10, 25])
def test_a_server_that_allows_fewer_rows_than_asked_for_is_read_whole(
    api: PurchaseApi, config: Config, most: int, count: int
) -> None:
    many(api, count)
    api.paging, api.most_rows = "works", most
    run = read(config)
    assert run.error == ""
    assert sorted(run.ids("users", "user_id")) == served(api)


def test_each_page_begins_with_the_last_row_of_the_one_before_it(
    api: PurchaseApi, config: Config
) -> None:
    many(api, 25)
    api.paging = "works"
    read(config)
    assert pages_asked(api) == [("10", "0"), ("10", "9"), ("10", "18")]


def test_a_full_page_is_followed_by_one_that_holds_only_its_last_row(
    api: PurchaseApi, config: Config
) -> None:
    many(api, 19)
    api.paging = "works"
    run = read(config)
    assert pages_asked(api) == [("10", "0"), ("10", "9"), ("10", "18")]
    assert len(run.ids("users", "user_id")) == 19


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.pop(0),
        lambda rows: rows.pop(9),
        lambda rows: rows.__delitem__(slice(3, 9)),
        lambda rows: rows.insert(0, one("new")),
        list.clear,
    ],
    ids=["first removed", "last of the page removed", "six removed", "one added", "all removed"],
)
def test_rows_that_move_while_pages_are_read_are_read_anew(
    api: PurchaseApi, config: Config, change: Callable[[list[Row]], object]
) -> None:
    many(api, 25)
    api.paging = "works"
    api.fail("/users", JANUARY, and_then(change))
    run = read(config)
    assert run.error == ""
    assert sorted(run.ids("users", "user_id")) == served(api)
    assert pages_asked(api)[:3] == [("10", "0"), ("10", "9"), ("10", "0")]


def test_a_row_that_comes_behind_the_page_is_read_with_a_later_one(
    api: PurchaseApi, config: Config
) -> None:
    many(api, 19)
    api.paging = "works"
    api.fail("/users", JANUARY, and_then(lambda rows: rows.append(one("new"))))
    run = read(config)
    assert sorted(run.ids("users", "user_id")) == served(api)
    assert pages_asked(api) == [("10", "0"), ("10", "9"), ("10", "18")]


def test_a_page_that_repeats_rows_of_an_earlier_one_is_not_believed(
    api: PurchaseApi, config: Config
) -> None:
    rows = many(api, 25)
    api.paging = "works"
    repeated = fault.body(json.dumps(rows[5:15]).encode())
    right = and_then(lambda _: None)
    api.fail("/users", JANUARY, right, repeated)
    assert sorted(read(config).ids("users", "user_id")) == served(api)
    api.fail("/users", JANUARY, *[right, repeated] * 3)
    run = read(config | {"max_retries": 2})
    assert "failed 3 times, at last so: rows moved while its pages were read" in run.error
    assert run.states == []


def test_a_server_that_limits_but_never_turns_the_page_is_told_and_loses_nothing(
    api: PurchaseApi, config: Config
) -> None:
    many(api, 25)
    api.paging = "ignores offset"
    run = read(config)
    assert "heeds limit but not offset" in run.error
    assert run.states == []
