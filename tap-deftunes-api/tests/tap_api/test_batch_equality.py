"""RECORD and BATCH of the same answers: equal rows, states, errors and warnings."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tap_deftunes_api import retry
from tap_deftunes_api.batches import conversion
from tap_deftunes_api.batches.decoding import UNSURE, moments
from tap_deftunes_api.broken import CHANGED_CONTRACT
from tap_deftunes_api.fields import utc_timestamp

from . import api as fault
from .api import PurchaseApi
from .modes import Outcome, batches, outcome
from .rows import item, published, session, user
from .run import Run, catalog_of
from .test_faults import PASSING

Config = dict[str, Any]

TIME = "2020-01-05T10:00:00.000001"
JANUARY = {"start_date": "2020-01-01", "end_date": "2020-01-31"}
_EXACT = msgspec.json.Encoder(decimal_format="number")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits before a retry are of no interest here."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.002)


def both(config: Config, folder: Path, **given: Any) -> tuple[Outcome, Run]:
    """Read in both modes, and see that they agree.

    Returns:
        What both gave, and the run with batches.
    """
    records, _ = outcome(config, **given)
    columns, run = outcome(config | batches(folder), **given)
    assert columns == records
    return columns, run


@contextmanager
def by_columns_alone() -> Iterator[None]:
    """No answer may be read record by record meanwhile."""

    def refuse(*_: object) -> None:
        raise AssertionError("read record by record")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversion, "decoded", refuse)
        yield


def test_what_keeps_the_contract_is_equal_and_never_read_record_by_record(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    nothing = dict.fromkeys(item())
    liked = item(liked=True, liked_since="2023-01-27T08:29:54")
    api.rows["/sessions"] = [
        *published("sessions"),
        *(session(f"2020-01-{day:02}T09:00:00", items=day % 4) for day in range(1, 32)),
        *(session(f"2020-02-01T00:00:00.{n:06}", f"many {n}", items=n % 3) for n in range(700)),
        session(TIME, "nulls", session_items=[nothing, liked], user_id=None, user_agent=None),
        session(TIME, "more", more={"than": ["needed", 1.5]}, session_items=[item(more="n")]),
        session(TIME, "other places", session_items=[item(-1), item(0), item(20), item(1e-7)]),
        session("2020-03-01 00:00:00", "a blank", items=2),
    ]
    api.rows["/users"] = [
        *published("users"),
        *(user(f"2020-02-01T00:00:00.{n:06}", f"many {n}") for n in range(300)),
        user(TIME, "nulls", user_name=None, user_lastname=None),
        user(TIME, "signs", user_location=["+1", "-007.50", "", "\u0000", "🎵"]),
    ]
    with by_columns_alone():
        found, run = both(config | {"end_date": "2023-12-31"}, tmp_path)
    assert found.error == ""
    assert {stream: len(rows) for stream, rows in found.rows.items()} == {
        "users": len(published("users")) + 302,
        "sessions": len(published("sessions")) + 31 + 700 + 4,
        "session_items": sum(len(s["session_items"]) for s in api.rows["/sessions"]),
    }
    assert not any(message["type"] == "RECORD" for message in run.messages)


def without(row: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != field}


def in_item(**changes: Any) -> dict[str, Any]:
    return session(TIME, "k", session_items=[item(), item(**changes)])


def no_key(row: dict[str, Any], *fields: str) -> dict[str, dict[str, Any]]:
    """A row without each of its fields."""
    return {f"no {field}": without(row, field) for field in fields or row}


BROKEN_SESSIONS: dict[str, Any] = {
    **no_key(session(TIME, "k")),
    **{
        f"an item with no {field}": session(
            TIME, "k", session_items=[item(), without(item(), field)]
        )
        for field in item()
    },
    "no object": "Secret",
    "null": None,
    "an array": [session(TIME, "k")],
    "no time": session("Secret", "k"),
    "a time of no text": session(TIME, "k", session_start_time=20200101),
    "a time of null": session(TIME, "k", session_start_time=None),
    "the year 0": session(TIME, "k", session_start_time="0000-01-01T00:00:00"),
    "a day that is not": session("2020-01-32T00:00:00", "k"),
    "items of null": session(TIME, "k", session_items=None),
    "items in an object": session(TIME, "k", session_items={"0": item()}),
    "an item of null": session(TIME, "k", session_items=[item(), None]),
    "an item of text": session(TIME, "k", session_items=["Secret"]),
    "an agent of numbers": session(TIME, "k", user_agent=7),
    "a user of numbers": session(TIME, "k", user_id=7),
    "a key of numbers": session(TIME, session_id=7),
    "an empty key": session(TIME, session_id=""),
    "a price of text": in_item(price="1.03"),
    "a price of true": in_item(price=True),
    "a price of an array": in_item(price=[1.03]),
    "a price of an object": in_item(price={"USD": 1.03}),
    "a song of numbers": in_item(song_id=7),
    "a currency of false": in_item(currency=False),
    "liked by a number": in_item(liked=1),
    "liked by text": in_item(liked="true"),
    "liked since a number": in_item(liked_since=5),
    "liked since nothing": in_item(liked_since=""),
    "liked since the year 0": in_item(liked_since="0000-12-31T00:00:00"),
}
BROKEN_USERS: dict[str, Any] = {
    **no_key(user(TIME, "k")),
    "no object": 7,
    "a name of a list": user(TIME, "k", user_name=["Secret"]),
    "no time": user("Secret", "k"),
    "an empty key": user(TIME, user_id=""),
    "four parts": user(TIME, "k", user_location=["1", "2", "Secret", "SE"]),
    "six parts": user(TIME, "k", user_location=["1", "2", "Secret", "SE", "z", "z"]),
    "a part of null": user(TIME, "k", user_location=["1", "2", None, "SE", "z"]),
    "a coordinate of numbers": user(TIME, "k", user_location=[1, "2", "Secret", "SE", "z"]),
    "text": user(TIME, "k", user_location="Secret"),
    **{
        f"coordinate {spelled!r}": user(TIME, "k", user_location=["1", spelled, "p", "SE", "z"])
        for spelled in ("Secret", "", "1_0", "NaN", "1e3", ".5", "5.", " 1", "1\n", "٣", "0x1")
    },
}


@pytest.mark.parametrize("kind", BROKEN_SESSIONS)
def test_a_broken_session_is_told_in_the_same_words_and_left_out_alike(
    api: PurchaseApi, config: Config, tmp_path: Path, kind: str
) -> None:
    found = broken(api, "/sessions", BROKEN_SESSIONS[kind], config, tmp_path)
    assert [row["session_id"] for row in found.rows["sessions"]] == ["before", "after"]


@pytest.mark.parametrize("kind", BROKEN_USERS)
def test_a_broken_user_is_told_in_the_same_words_and_left_out_alike(
    api: PurchaseApi, config: Config, tmp_path: Path, kind: str
) -> None:
    found = broken(api, "/users", BROKEN_USERS[kind], config, tmp_path)
    assert [row["user_id"] for row in found.rows["users"]] == ["before", "after"]


def broken(api: PurchaseApi, path: str, row: Any, config: Config, folder: Path) -> Outcome:
    """Read an answer with a broken record in both modes and by both policies."""
    make = session if path == "/sessions" else user
    answer = json.dumps([make(TIME, "before"), row, make(TIME, "after")]).encode()
    api.fail(path, "2020-01-01", *[fault.body(answer)] * 4)
    config = config | JANUARY
    stopped, _ = both(config, folder)
    assert "breaks the API's contract" in stopped.error
    assert "Secret" not in stopped.error
    found, _ = both(config | {"on_invalid_record": "skip"}, folder)
    assert sum(found.skipped.values()) >= 1
    assert len(found.warnings) >= 2
    return found


def test_too_many_broken_records_end_a_run_alike(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    rows = [session(f"2020-02-01T09:00:{n:02}", user_agent=n) for n in range(CHANGED_CONTRACT)]
    api.rows["/sessions"] = [session(TIME), *rows]
    found, _ = both(config | {"on_invalid_record": "skip"}, tmp_path)
    assert "the contract itself seems to have changed" in found.error
    assert len(found.rows["sessions"]) == 1


def test_a_broken_record_counts_by_sessions_even_if_items_alone_are_read(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    half = CHANGED_CONTRACT // 2
    broken_ones = [
        session(f"2020-0{m}-03T09:00:{n:02}", user_agent=n) for m in (1, 3) for n in range(half)
    ]
    api.rows["/sessions"] = [*broken_ones, session("2020-02-03T09:00:00", items=0)]
    config = config | {"on_invalid_record": "skip"}
    found, _ = both(config, tmp_path, catalog=catalog_of("session_items"))
    assert (found.error, found.skipped) == ("", {"session_items": 2 * half})


def test_a_key_that_is_answered_twice_comes_once_as_it_was_last_where_it_was_first(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    api.rows["/sessions"] = [
        session(TIME, "twice", items=3),
        session(TIME, "once"),
        session(TIME, "twice", items=2, user_agent="later"),
    ]
    api.rows["/users"] = [user(TIME, "u", user_name="a"), user(TIME, "v"), user(TIME, "u")]
    found, _ = both(config, tmp_path)
    sessions = [(row["session_id"], row["user_agent"][:5]) for row in found.rows["sessions"]]
    assert sessions == [("twice", "later"), ("once", "Secre")]
    indices = [(row["session_id"], row["item_index"]) for row in found.rows["session_items"]]
    assert indices == [("twice", 0), ("twice", 1), ("once", 0)]
    assert [(r["user_id"], r["user_name"]) for r in found.rows["users"]] == [
        ("u", "Ada"),
        ("v", "Ada"),
    ]


PRICES = [
    "1.0300000000000000266",
    "123456789012345678901.5",
    "1e30",
    "1E-19",
    "-1e25",
    "1" + "0" * 40,
]


@pytest.mark.parametrize("spelled", PRICES)
def test_a_price_of_more_digits_than_a_batch_holds_is_not_rounded(
    api: PurchaseApi, config: Config, tmp_path: Path, spelled: str
) -> None:
    rows = _EXACT.encode(
        [session(TIME, "a"), session(TIME, "b", session_items=[item(Decimal(spelled))])]
    )
    api.fail("/sessions", "2020-01-01", *[fault.body(rows)] * 2)
    found, run = both(config | JANUARY, tmp_path)
    assert found.rows["session_items"][1]["price"] == Decimal(spelled)
    kinds = [(m["type"], m["stream"]) for m in run.messages if m["type"] in {"RECORD", "BATCH"}]
    assert kinds == [("BATCH", "sessions"), *[("RECORD", "session_items")] * 2]


@pytest.mark.parametrize("kind", PASSING)
def test_faults_that_pass_and_that_stay_are_the_same(
    api: PurchaseApi, config: Config, tmp_path: Path, kind: str
) -> None:
    days = [f"2020-{month:02d}-15T09:00:00" for month in range(1, 5)]
    api.rows = {"/users": [user(d) for d in days], "/sessions": [session(d) for d in days]}

    def prepared(times: int) -> None:
        api.asked.clear()
        api.fail("/sessions", "2020-02-01", *[PASSING[kind]] * times)

    for times, error in ((1, ""), (3, "failed 3 times")):
        asked = []
        outcomes = []
        for mode in ({}, batches(tmp_path)):
            prepared(times)
            outcomes.append(outcome(config | {"max_retries": 2, "max_connections": 1} | mode)[0])
            asked.append([(path, params) for path, params, _ in api.asked])
        assert outcomes[0] == outcomes[1]
        assert asked[0] == asked[1]
        assert error in outcomes[1].error


@pytest.mark.parametrize("body", [b'{"users": []}', b"7", b"null", b'"text"', b'{"cut": '])
def test_json_that_is_no_array_is_the_same(
    api: PurchaseApi, config: Config, tmp_path: Path, body: bytes
) -> None:
    api.fail("/users", "2020-01-01", *[fault.body(body)] * 2)
    found, _ = both(config | JANUARY | {"max_retries": 0}, tmp_path, catalog=catalog_of("users"))
    assert "not an array of records" in found.error or "the answer is not JSON" in found.error


@pytest.mark.parametrize("paging", ["works", "unknown", "ignores offset"])
def test_pages_are_the_same(api: PurchaseApi, config: Config, tmp_path: Path, paging: Any) -> None:
    api.paging = paging
    api.rows["/users"] = [user(TIME, f"user {n}") for n in range(11)]
    found, _ = both(config | JANUARY | {"page_size": 5}, tmp_path, catalog=catalog_of("users"))
    if paging == "ignores offset":
        assert "heeds limit but not offset" in found.error
    else:
        assert [row["user_id"] for row in found.rows["users"]] == [f"user {n}" for n in range(11)]


def rightly(handler: fault.Handler, body: bytes) -> None:
    handler.reply(200, body)


def respelled(handler: fault.Handler, body: bytes) -> None:
    """Answer rightly, each object's fields in the opposite order."""
    rows = [dict(reversed(row.items())) for row in json.loads(body)]
    handler.reply(200, json.dumps(rows, indent=1).encode())


def test_a_row_that_two_pages_spell_differently_is_one_row(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    api.paging = "works"
    api.rows["/users"] = [user(TIME, f"user {n}") for n in range(9)]
    api.fail("/users", "2020-01-01", *[respelled, rightly, rightly] * 2)
    config = config | JANUARY | {"page_size": 5, "max_retries": 0}
    found, _ = both(config, tmp_path, catalog=catalog_of("users"))
    assert (found.error, len(found.rows["users"])) == ("", 9)


def test_rows_of_other_days_are_left_to_their_window_and_late_ones_come_by_the_look_back(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    borders = ["2020-01-31T23:59:59.999999", "2020-02-01T00:30:00+01:00", "2020-02-01T00:00:00"]
    api.rows["/sessions"] = [session(time, items=2) for time in borders]
    first, run = both(config | {"end_date": "2020-02-10"}, tmp_path)
    assert [row["session_id"][8:] for row in first.rows["sessions"]] == borders
    api.rows["/sessions"].append(session("2020-02-10T08:00:00", "late"))
    second, _ = both(config, tmp_path, state=run.states[-1])
    assert [row["session_id"] for row in second.rows["sessions"]] == ["late"]


# What follows draws whole answers: sound rows, odd ones and broken ones in any order.

_TEXTS = st.none() | st.text(max_size=4) | st.sampled_from(["\u0000", "a\nb", "ü", "🎵", '"\\'])
_DAYS = st.datetimes(min_value=datetime(2019, 12, 30), max_value=datetime(2020, 2, 2))  # noqa: DTZ001 - as the API has them
_TIMES = st.one_of(
    _DAYS.map(datetime.isoformat),
    _DAYS.map(lambda moment: moment.isoformat(" ", "minutes")),
    _DAYS.map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z"),
    _DAYS.map(lambda moment: f"{moment.date()}"),
)
_PRICES = st.none() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
_JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 7, True, "", "Secret", [], {}, [1], Decimal("1.5"), "2020-01-40"]
)
_ITEMS = st.builds(
    item,
    price=st.decimals("-9.99", "9.99", places=2) | _PRICES,
    song_name=_TEXTS,
    liked=st.none() | st.booleans(),
    liked_since=st.none() | _TIMES,
)
_SESSIONS = st.builds(
    session,
    _TIMES,
    st.sampled_from("abcdefgh"),
    session_items=st.lists(_ITEMS, max_size=3),
    user_id=_TEXTS,
    user_agent=_TEXTS,
)
_USERS = st.builds(
    user,
    _TIMES,
    st.sampled_from("abcdefgh"),
    user_name=_TEXTS,
    user_location=st.tuples(
        st.decimals("-90", "90", places=5).map(str),
        st.sampled_from(["0", "+1.50", "-0.0", "1" * 21, "0." + "1" * 19]),
        *[_TEXTS.filter(lambda text: text is not None)] * 3,
    ),
)


@st.composite
def _answers(draw: st.DrawFn, rows: st.SearchStrategy[dict[str, Any]]) -> bytes:
    """An answer, with something wrong in one of its fields now and then."""
    answer = draw(st.lists(rows, max_size=6))
    if answer and draw(st.integers(0, 2)) == 0:
        row = draw(st.sampled_from(answer))
        places = [row, *row["session_items"]] if "session_items" in row else [row]
        place = draw(st.sampled_from(places))
        place[draw(st.sampled_from(sorted(place)))] = draw(_JUNK)
    return _EXACT.encode(answer)


@pytest.mark.slow
@settings(
    max_examples=int(os.environ.get("DEFTUNES_EXAMPLES", "40")),
    deadline=None,
    derandomize="DEFTUNES_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sessions=_answers(_SESSIONS), users=_answers(_USERS), skip=st.booleans())
def test_any_answers_are_equal_in_both_modes(
    api: PurchaseApi, config: Config, tmp_path: Path, sessions: bytes, users: bytes, skip: bool
) -> None:
    api.faults.clear()
    for path, answer in (("/sessions", sessions), ("/users", users)):
        api.fail(path, "2020-01-01", *[fault.body(answer)] * 2)
    policy = {"on_invalid_record": "skip" if skip else "fail", "max_connections": 1}
    both(config | JANUARY | policy, tmp_path)


_NEARLY_TIMES = st.from_regex(
    r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}([T ][0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]{1,9})?)?)?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?",
    fullmatch=True,
) | _DAYS.map(datetime.isoformat)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize="DEFTUNES_EXAMPLES" not in os.environ)
@given(_NEARLY_TIMES)
@example("2020-01-05T24:00:00")
@example("2020-01-05T10:20:60")
@example("0000-01-05T10:20:30")
@example("2020-01-05T10:20:30.1234567")
@example("2020-01-05T10")
def test_a_time_is_read_as_in_a_record_or_left_to_be_read_there(spelled: str) -> None:
    try:
        (found,) = moments([spelled]).to_pylist()
    except UNSURE:
        return
    assert found.isoformat(timespec="microseconds") == utc_timestamp({"at": spelled}, "at")


def test_a_time_as_the_api_spells_it_is_read_by_columns() -> None:
    spelled = ["2020-01-05T10:20:30.000001", None, "2020-01-05T10:20:30"]
    expected = ["2020-01-05T10:20:30.000001+00:00", None, "2020-01-05T10:20:30+00:00"]
    assert [each and each.isoformat() for each in moments(spelled).to_pylist()] == expected
