from __future__ import annotations

import json
from typing import Any

import pytest

from tap_deftunes_api import retry

from . import api as fault
from .api import Fault, PurchaseApi
from .rows import session, user
from .run import catalog_of, sync

Config = dict[str, Any]

PASSING: dict[str, Fault] = {
    "429": fault.status(429),
    "429 with Retry-After": fault.status(429, Retry_After="0"),
    "500": fault.status(500),
    "503": fault.status(503),
    "cut off": fault.cut_off,
    "cut off, length unknown": fault.cut_off_json,
    "malformed": fault.body(b"[{]"),
    "not UTF-8": fault.body(b'["\xff"]'),
    "nested without end": fault.body(b"[" * 10_000),
    "hung up": fault.hang_up,
}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits before a retry are of no interest here."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.002)


@pytest.fixture
def months(api: PurchaseApi) -> PurchaseApi:
    """One session and one user in each month of `config`."""
    days = [f"2020-{month:02d}-15T09:00:00" for month in range(1, 5)]
    api.rows = {"/users": [user(d) for d in days], "/sessions": [session(d) for d in days]}
    return api


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_changes_nothing(
    months: PurchaseApi, config: Config, kind: str
) -> None:
    smooth = sync(config)
    months.fail("/sessions", "2020-02-01", PASSING[kind], PASSING[kind])
    months.fail("/users", "2020-03-01", PASSING[kind])
    rough = sync(config)
    assert rough.error == ""
    assert _without_times(rough.messages) == _without_times(smooth.messages)
    assert len(months.asked) == 8 + 8 + 3


def _without_times(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in message.items() if k != "time_extracted"} for message in messages]


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_stays_is_told_after_the_windows_before_it_are_complete(
    months: PurchaseApi, config: Config, kind: str
) -> None:
    months.fail("/sessions", "2020-03-01", *[PASSING[kind]] * 3)
    run = sync(config | {"max_retries": 2})
    assert len(run.error.splitlines()) == 1
    assert f"GET {months.url}/sessions for 2020-03-01..2020-03-31 failed 3 times" in run.error
    assert "then run again" in run.error
    assert [key[8:15] for key in run.ids()] == ["2020-01", "2020-02"]
    assert run.messages[-1] == {"type": "STATE", "value": run.states[-1]}
    assert run.bookmarks("session_items")[-1] == "2020-03-01T00:00:00+00:00"
    rest = sync(config | {"lookback_days": 0}, state=run.states[-1])
    assert [key[8:15] for key in rest.ids()] == ["2020-03", "2020-04"]


def test_a_retry_waits_as_long_as_the_server_asks_within_reason(
    months: PurchaseApi,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(retry, "LONGEST_RETRY_AFTER", 0.1)
    months.fail("/users", "2020-02-01", fault.status(429, Retry_After="3600"))
    run = sync(config, catalog=catalog_of("users"))
    assert run.error == ""
    (warning,) = (r.getMessage() for r in caplog.records if r.levelname == "WARNING")
    assert warning == (
        f"GET {months.url}/users for 2020-02-01..2020-02-29: HTTP 429; trying again in 0.1 s"
    )


@pytest.mark.parametrize(
    ("code", "advice"),
    [(400, "keepers"), (401, "auth_token"), (403, "auth_token"), (404, "api_url"), (422, "_date")],
)
def test_a_refusal_is_told_at_once_with_what_to_check(
    months: PurchaseApi, config: Config, code: int, advice: str
) -> None:
    months.fail("/users", "2020-01-01", fault.status(code))
    run = sync(config, catalog=catalog_of("users"))
    assert f"was refused with HTTP {code}" in run.error
    assert advice in run.error
    assert months.windows_asked("/users").count("2020-01-01") == 1
    assert run.states == []


def test_an_answer_that_is_no_array_is_told(months: PurchaseApi, config: Config) -> None:
    months.fail("/users", "2020-01-01", fault.body(b'{"users": []}'))
    run = sync(config, catalog=catalog_of("users"))
    assert "JSON that is not an array of records" in run.error


def test_nothing_of_a_window_with_a_broken_record_is_written(
    months: PurchaseApi, config: Config
) -> None:
    months.rows["/sessions"] += [session("2020-03-20T09:00:00", "broken", user_agent=5)]
    run = sync(config)
    assert "(session_id broken, window 2020-03-01..2020-03-31): user_agent is not text" in run.error
    assert [key[8:15] for key in run.ids()] == ["2020-01", "2020-02"]
    assert [key[8:15] for key in run.ids("session_items")] == ["2020-01", "2020-02"]
    assert run.bookmarks("sessions")[-1] == "2020-03-01T00:00:00+00:00"


def test_an_api_that_is_not_there_is_told(config: Config) -> None:
    run = sync(config | {"api_url": "http://user:hidden@127.0.0.1:1/base/", "max_retries": 1})
    assert "GET http://127.0.0.1:1/base/sessions for 2020-01-01..2020-01-31 failed 2" in run.error
    assert "hidden" not in run.error


@pytest.mark.slow
def test_an_api_that_does_not_answer_is_told(months: PurchaseApi, config: Config) -> None:
    months.fail("/users", "2020-01-01", fault.never)
    run = sync(
        config | {"max_retries": 0, "request_timeout": 1, "max_connections": 1},
        catalog=catalog_of("users"),
    )
    assert "no answer within 1 s (request_timeout)" in run.error


def test_a_broken_certificate_is_no_reason_to_try_again(
    months: PurchaseApi, config: Config
) -> None:
    # Plain HTTP on the port: the TLS handshake fails.
    secure = {"api_url": months.url.replace("http:", "https:"), "max_connections": 1}
    run = sync(config | secure)
    assert "no trusted TLS connection" in run.error
    assert months.connections == 1


def test_the_token_is_sent_and_the_agent_names_the_tap(months: PurchaseApi, config: Config) -> None:
    sync(config | {"auth_token": "s3cret"})
    sync(config | {"user_agent": "someone/1"})
    headers = [asked for _, _, asked in months.asked]
    assert {asked.get("Authorization") for asked in headers[:8]} == {"Bearer s3cret"}
    assert {asked["User-Agent"] for asked in headers[:8]} == {"tap-deftunes-api/0.1.0"}
    assert {asked.get("Authorization") for asked in headers[8:]} == {None}
    assert {asked["User-Agent"] for asked in headers[8:]} == {"someone/1"}


def test_prices_are_written_as_the_api_spells_them(api: PurchaseApi, config: Config) -> None:
    spelled = ["1.03", "1.10", "0.1", "1", "1.0300000000000000266", "12345678901234567890.12"]
    row = json.dumps(session("2020-01-05T10:00:00", items=len(spelled)))
    for index, price in enumerate(spelled):
        row = row.replace(f'"price": {0.5 + index / 100},', f'"price": {price},')
    api.fail("/sessions", "2020-01-01", fault.body(f"[{row}]".encode()))
    run = sync(config | {"end_date": "2020-01-31"})
    assert [str(record["price"]) for record in run.records("session_items")] == spelled
