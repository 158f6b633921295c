from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tap_deftunes_api.broken import BrokenRecord
from tap_deftunes_api.fields import utc_timestamp
from tap_deftunes_api.records import session_records, user_records
from tap_deftunes_api.windows import Window

from .rows import item, session, user

JANUARY = Window(date(2020, 1, 1), date(2020, 1, 31))
TIME = "2020-01-05T10:00:00.000001"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2020-02-07T18:05:25.824461", "2020-02-07T18:05:25.824461+00:00"),
        ("2020-02-07T18:05:25", "2020-02-07T18:05:25.000000+00:00"),
        ("2020-02-07T18:05:25Z", "2020-02-07T18:05:25.000000+00:00"),
        ("2020-02-07T23:05:25.5+05:30", "2020-02-07T17:35:25.500000+00:00"),
        ("2020-02-07T23:05:25-02:00", "2020-02-08T01:05:25.000000+00:00"),
    ],
)
def test_a_timestamp_is_utc_whether_it_says_so_or_not(given: str, expected: str) -> None:
    assert utc_timestamp({"at": given}, "at") == expected


def test_an_offset_decides_the_day_and_so_the_window() -> None:
    rows = [
        user("2020-01-31T23:30:00-01:00", "belongs to February"),
        user("2020-02-01T00:30:00+01:00", "belongs to January"),
    ]
    assert [row["user_id"] for row in user_records(rows, JANUARY).of["users"]] == [
        "belongs to January"
    ]


def test_a_record_that_is_answered_twice_comes_once_as_it_was_last() -> None:
    rows = [session(TIME, "twice", items=3), session(TIME, "once"), session(TIME, "twice", items=2)]
    records = session_records(answered(*rows), JANUARY).of
    assert [(row["session_id"], row["item_count"]) for row in records["sessions"]] == [
        ("twice", 2),
        ("once", 1),
    ]
    assert [(row["session_id"], row["item_index"]) for row in records["session_items"]] == [
        ("twice", 0),
        ("twice", 1),
        ("once", 0),
    ]


def test_a_session_without_items_is_a_session() -> None:
    records = session_records([session(TIME, items=0)], JANUARY).of
    assert records["sessions"][0]["item_count"] == 0
    assert records["session_items"] == []


def test_null_is_let_through_where_it_is_no_key_for_the_quality_rules_to_judge() -> None:
    nothing = dict.fromkeys(item())
    records = session_records([session(TIME, session_items=[nothing], user_id=None)], JANUARY).of
    assert records["session_items"][0]["price"] is None
    assert records["sessions"][0]["user_id"] is None


def answered(*rows: Any) -> list[Any]:
    """The rows as they come out of the client: through JSON, fractions as decimals."""
    return list(json.loads(json.dumps(rows), parse_float=Decimal))


def only(broken: list[BrokenRecord]) -> str:
    """The sentence of the one broken record."""
    (record,) = broken
    return str(record)


def _without(row: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != field}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (_without(user(TIME, "k"), "user_name"), "user_name is missing"),
        (user(TIME, "k", user_name=["Secret"]), "user_name is not text"),
        (_without(user(TIME, "k"), "user_since"), "user_since is missing"),
        (user("Secret", "k"), "user_since is not a timestamp"),
        (user(TIME, "k", user_location=["1", "2", "Secret", "SE"]), "user_location is not an"),
        (user(TIME, "k", user_location=[1, "2", "Secret", "SE", "z"]), "user_location is not an"),
        (user(TIME, "k", user_location="Secret"), "user_location is not an array"),
        (user(TIME, "k", user_location=["Secret", "2", "p", "SE", "z"]), "begin with two numbers"),
        (user(TIME, "k", user_location=["1", "1_0", "p", "SE", "z"]), "begin with two numbers"),
        (user(TIME, "k", user_location=["NaN", "1", "p", "SE", "z"]), "begin with two numbers"),
    ],
)
def test_a_user_that_breaks_the_contract_is_named_by_key_and_field_without_the_value(
    row: dict[str, Any], complaint: str
) -> None:
    found = user_records([row], JANUARY)
    assert found.of == {"users": []}
    sentence = only(found.broken)
    assert "users" in sentence
    assert "user_id k" in sentence
    assert complaint in sentence
    assert "Secret" not in sentence


@pytest.mark.parametrize(
    ("row", "place", "complaint"),
    [
        (session("Secret", "k"), "session_id k,", "session_start_time is not a timestamp"),
        (session(TIME, "k", session_items=None), "session_id k,", "session_items is not an array"),
        (session(TIME, "k", user_agent=7), "session_id k,", "user_agent is not text"),
        (session(TIME, "k", session_items=[item(), "Secret"]), "item_index 1", "not an object"),
        (session(TIME, "k", session_items=[item(), item(price="Secret")]), "item_index 1", "price"),
        (session(TIME, "k", session_items=[item(price=True)]), "item_index 0", "price is not a"),
        (session(TIME, "k", session_items=[item(liked="Secret")]), "item_index 0", "liked is not"),
        (session(TIME, "k", session_items=[item(liked_since=5)]), "item_index 0", "liked_since"),
        (session(TIME, "k", session_items=[_without(item(), "currency")]), "item_index 0", "miss"),
    ],
)
def test_a_session_that_breaks_the_contract_is_named_by_key_and_field_without_the_value(
    row: dict[str, Any], place: str, complaint: str
) -> None:
    found = session_records(answered(row), JANUARY)
    assert found.of == {"sessions": [], "session_items": []}
    sentence = only(found.broken)
    assert place in sentence
    assert complaint in sentence
    assert "Secret" not in sentence


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("Secret", "it is not an object"),
        (session(TIME, session_id=None), "session_id is not a key"),
        (session(TIME, session_id=""), "session_id is not a key"),
        (_without(session(TIME), "session_id"), "session_id is missing"),
        ({"user_id": "Secret"}, "session_start_time is missing"),
    ],
)
def test_a_record_without_a_key_is_named_by_its_position(row: Any, complaint: str) -> None:
    found = session_records(answered(session(TIME), row), JANUARY)
    assert only(found.broken) == (
        "A record of sessions breaks the API's contract "
        f"(element 1 of the answer, window 2020-01-01..2020-01-31): {complaint}"
    )


def test_a_key_that_would_break_the_line_of_a_log_is_escaped_and_a_long_one_cut() -> None:
    rows = [user("?", "a\n2020 CRITICAL b"), user("?", "k" * 1000)]
    line, long = map(str, user_records(rows, JANUARY).broken)
    assert r"(user_id 'a\n2020 CRITICAL b', window" in line
    assert f"(user_id {'k' * 100}, window" in long


BAD_SESSIONS = [
    session("soon", "no time"),
    session(TIME, "no items", session_items="some"),
    session(TIME, "bad item", session_items=[item(), item(price="a lot"), item()]),
    session(TIME, session_id=None),
    session(TIME, "twice", items=3, user_agent=7),
    "nothing",
]


@pytest.mark.parametrize("position", range(4))
def test_a_broken_record_is_as_if_it_had_not_been_answered(position: int) -> None:
    good = [session(TIME, "one", items=2), session(TIME, "twice"), session(TIME, "three", items=0)]
    rows = [*good[:position], *BAD_SESSIONS, *good[position:]]
    found = session_records(answered(*rows), JANUARY)
    assert found.of == session_records(answered(*good), JANUARY).of
    assert len(found.broken) == len(BAD_SESSIONS)


def test_what_is_lost_with_a_broken_session_are_all_its_items() -> None:
    lost = [broken.lost for broken in session_records(BAD_SESSIONS, JANUARY).broken]
    assert [(of["sessions"], of["session_items"]) for of in lost] == [
        (1, 1), (1, 0), (1, 3), (1, 1), (1, 3), (1, 0),
    ]  # fmt: skip


def test_a_broken_record_of_another_window_is_left_to_that_window() -> None:
    february = "2020-02-01T00:00:00"
    rows = [session(february, session_id=None), session(february, "k", user_agent=7)]
    assert session_records(rows, JANUARY).broken == []


def test_coordinates_are_exact() -> None:
    user_row = user_records([user(TIME)], JANUARY).of["users"][0]
    assert (str(user_row["latitude"]), str(user_row["longitude"])) == ("51.168", "-7.9730")
    assert isinstance(user_row["latitude"], Decimal)
