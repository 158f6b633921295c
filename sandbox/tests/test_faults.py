"""The API goes wrong in every way that it was asked to, and in no other."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from typing import Any

import pytest

MARCH = "2020-03-01..2020-03-31"
MARCH_PATH = "/sessions?start_date=2020-03-01&end_date=2020-03-31"


def ids(sessions: list[dict[str, Any]]) -> Counter[str]:
    return Counter(session["session_id"] for session in sessions)


def test_a_fault_of_two_times_lets_the_third_try_succeed(api: Any) -> None:
    fault = "status=500;times=2;id=third-try"
    assert [api.ask(MARCH_PATH, fault=fault).status for _ in range(4)] == [500, 500, 200, 200]


def test_times_are_counted_for_each_path_and_each_id_alone(api: Any) -> None:
    fault = "status=503;times=1;id="
    assert api.ask(MARCH_PATH, fault=fault + "one").status == 503
    assert api.ask("/users", fault=fault + "one").status == 503
    assert api.ask(MARCH_PATH, fault=fault + "two").status == 503
    assert api.ask(MARCH_PATH, fault=fault + "one").status == 200


def test_too_many_requests_says_when_to_come_again(api: Any) -> None:
    reply = api.ask("/users", fault="status=429;retry_after=7")
    assert (reply.status, reply.headers["retry-after"]) == (429, "7")


def test_a_request_without_the_header_is_not_touched(api: Any) -> None:
    api.ask("/users", fault="status=500")
    assert api.ask("/users").status == 200


def test_latency_delays_the_answer_and_changes_nothing_else(api: Any) -> None:
    assert api.sessions(MARCH, fault="latency=0.01") == api.sessions(MARCH)


@pytest.mark.parametrize("share", ["0", "0.5", "1"])
def test_a_cut_body_is_shorter_than_promised(api: Any, share: str) -> None:
    whole = api.ask(MARCH_PATH).body
    with pytest.raises(http.client.IncompleteRead) as cut:
        api.ask(MARCH_PATH, fault=f"cut={share}")
    assert cut.value.expected is not None
    assert len(cut.value.partial) + cut.value.expected == len(whole)
    assert whole.startswith(cut.value.partial)
    assert api.ask(MARCH_PATH).body == whole


def test_a_malformed_body_arrives_whole_but_cannot_be_parsed(api: Any) -> None:
    reply = api.ask(MARCH_PATH, fault="malformed=1")
    assert (reply.status, int(reply.headers["content-length"])) == (200, len(reply.body))
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_duplicates_are_rows_of_the_answer_served_twice(api: Any) -> None:
    plain = ids(api.sessions(MARCH))
    doubled = ids(api.sessions(MARCH, fault="duplicates=0.1"))
    assert set(doubled) == set(plain)
    assert 0 < sum(count == 2 for count in doubled.values()) < 0.25 * len(plain)
    assert set(doubled.values()) == {1, 2}


def test_late_rows_are_withheld_until_the_times_are_over(api: Any) -> None:
    plain = ids(api.sessions(MARCH))
    fault = "late=0.1;times=2;id=late-rows"
    first, second, third = (ids(api.sessions(MARCH, fault=fault)) for _ in range(3))
    assert first == second
    assert first < plain
    assert third == plain


def test_late_rows_are_the_same_rows_whatever_window_is_asked_for(api: Any) -> None:
    month = ids(api.sessions(MARCH, fault="late=0.3"))
    day = ids(api.sessions("2020-03-10..2020-03-10", fault="late=0.3"))
    assert day <= month
    assert day == month & ids(api.sessions("2020-03-10..2020-03-10"))


@pytest.mark.parametrize(
    ("bad", "values"),
    [
        ("price", {None, -1.0, 99.5, "a lot"}),
        ("price:negative", {-1.0}),
        ("currency:other", {"EUR"}),
        ("song_id:null", {None}),
    ],
)
def test_bad_items_are_damaged_in_one_field_of_some_rows(
    api: Any, bad: str, values: set[Any]
) -> None:
    plain = {s["session_id"]: s for s in api.sessions(MARCH)}
    field = bad.partition(":")[0]
    seen = []
    for session in api.sessions(MARCH, fault=f"bad={bad};share=0.1"):
        before = plain[session["session_id"]]
        if session == before:
            continue
        pairs = zip(session["session_items"], before["session_items"], strict=True)
        [(now, then)] = [(now, then) for now, then in pairs if now != then]
        assert now == {**then, field: now[field]}
        seen.append(now[field])
    assert set(seen) == values
    assert len(seen) < 0.25 * len(plain)


@pytest.mark.parametrize("bad", ["user_id", "user_since:text", "user_location:short"])
def test_bad_users_are_damaged_in_one_field(api: Any, bad: str) -> None:
    field = bad.partition(":")[0]
    changed = [
        (now, then)
        for now, then in zip(api.users(fault=f"bad={bad};share=0"), api.users(), strict=True)
        if now != then
    ]
    assert len(changed) == 1  # one at least, however small the share
    assert all(now == {**then, field: now[field]} for now, then in changed)


def test_pages_add_up_to_the_whole_when_paging_is_asked_for(api: Any) -> None:
    whole = api.sessions(MARCH)
    pages = [
        api.ask(f"{MARCH_PATH}&limit=100&offset={offset}", fault="paging=1").json()
        for offset in range(0, len(whole) + 100, 100)
    ]
    assert [session for page in pages for session in page] == whole
    assert all(len(page) <= 100 for page in pages)
    assert api.ask(f"{MARCH_PATH}&limit=-1", fault="paging=1").status == 422


@pytest.mark.parametrize(
    "fault",
    ["status=200", "status", "latency=-1", "latency=nan", "cut=2", "bad=colour", "end_date=noon",
     "speed=9", "times=1;times=2", "malformed=yes", "path=/songs", "id="],
)  # fmt: skip
def test_a_fault_that_cannot_be_read_gives_400_and_one_sentence(api: Any, fault: str) -> None:
    reply = api.ask("/users", fault=fault)
    assert reply.status == 400
    assert fault.partition("=")[0] in reply.json()["detail"]


def test_a_fault_can_be_put_into_a_running_api_and_taken_out(own_api: Any) -> None:
    put = own_api.ask("/sandbox/fault", method="PUT", body="status=502;path=/sessions;times=2")
    assert put.json() == {"fault": "status=502;path=/sessions;times=2"}
    assert own_api.ask("/users").status == 200
    assert own_api.ask(MARCH_PATH).status == 502
    assert own_api.ask(MARCH_PATH, fault="").status == 200  # the header stands in its place
    assert own_api.ask(MARCH_PATH).status == 502
    assert own_api.ask(MARCH_PATH).status == 200
    own_api.ask("/sandbox/fault", method="PUT", body="status=502")
    assert own_api.ask(MARCH_PATH).status == 502
    assert own_api.ask("/sandbox/fault", method="DELETE").json() == {"fault": ""}
    assert own_api.ask(MARCH_PATH).status == 200


def test_an_unreadable_fault_changes_nothing(own_api: Any) -> None:
    own_api.ask("/sandbox/fault", method="PUT", body="status=502")
    assert own_api.ask("/sandbox/fault", method="PUT", body="status=abc").status == 400
    assert own_api.ask("/sandbox/fault").json() == {"fault": "status=502"}


def test_requests_are_counted_by_path_failed_ones_too(own_api: Any) -> None:
    own_api.ask("/users")
    own_api.ask("/users", fault="status=500")
    own_api.ask(MARCH_PATH)
    assert own_api.ask("/sandbox/requests").json() == {"/users": 2, "/sessions": 1}
    own_api.ask("/sandbox/requests", method="DELETE")
    assert own_api.ask("/sandbox/requests").json() == {}
