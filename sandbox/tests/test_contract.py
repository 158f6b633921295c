"""The purchase API serves what the real one does."""

from __future__ import annotations

import itertools
import re
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from deftunes_sandbox import SandboxSettings
from deftunes_sandbox.published import published
from deftunes_sandbox.songs import all_songs

HALF_YEAR = "2020-01-01..2020-06-30"
NAIVE_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")


@pytest.fixture(scope="module")
def sessions(api: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.sessions(HALF_YEAR)
    return rows


@pytest.fixture(scope="module")
def items(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for session in sessions for item in session["session_items"]]


@pytest.fixture(scope="module")
def users(api: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.users()
    return rows


def test_bare_users_returns_every_user_once(
    users: list[dict[str, Any]], settings: SandboxSettings
) -> None:
    assert len(users) == settings.users
    assert len({user["user_id"] for user in users}) == settings.users


def test_a_user_has_the_published_fields_and_types(users: list[dict[str, Any]]) -> None:
    sample = published("users")[0]
    for user in users:
        assert list(user) == list(sample)
        assert uuid.UUID(user["user_id"]).version == 4
        latitude, longitude, *names = user["user_location"]
        assert len(names) == 3
        assert all(isinstance(part, str) and part for part in user["user_location"])
        assert -90 <= float(latitude) <= 90
        assert -180 <= float(longitude) <= 180
        assert NAIVE_ISO.fullmatch(user["user_since"])


def test_a_session_has_the_published_fields_and_types(sessions: list[dict[str, Any]]) -> None:
    sample = published("sessions")[0]
    for session in sessions:
        assert list(session) == list(sample)
        assert uuid.UUID(session["session_id"]).version == 4
        assert NAIVE_ISO.fullmatch(session["session_start_time"])
        for item in session["session_items"]:
            assert list(item) == list(sample["session_items"][0])
            assert re.fullmatch(r"TR[A-Z]{5}12[0-9A-F]{9}", item["song_id"])
            assert re.fullmatch(r"AR[A-Z0-9]{16}", item["artist_id"])
            assert item["currency"] == "USD"


def test_a_price_has_two_decimals_and_is_written_exactly(
    api: Any, items: list[dict[str, Any]]
) -> None:
    body = api.ask("/sessions?start_date=2020-01-01&end_date=2020-06-30").body
    prices = [Decimal(text.decode()) for text in re.findall(rb'"price":([^,]+),', body)]
    assert len(prices) == len(items)
    assert all(price == price.quantize(Decimal("0.01")) for price in prices)
    assert Decimal("0.33") <= min(prices) <= max(prices) <= Decimal("1.85")


def test_a_song_is_liked_exactly_when_it_has_a_liking_time(items: list[dict[str, Any]]) -> None:
    assert all(item["liked"] is (item["liked_since"] is not None) for item in items)
    liked = [item["liked_since"] for item in items if item["liked"]]
    assert 0.42 < len(liked) / len(items) < 0.48
    assert all("2021" <= since < "2024" and NAIVE_ISO.fullmatch(since) for since in liked)


def test_purchases_are_of_tracks_in_songs_but_for_a_few(
    items: list[dict[str, Any]], settings: SandboxSettings
) -> None:
    songs = {song.track_id: song for song in all_songs(settings.seed, settings.songs)}
    known = [item for item in items if item["song_id"] in songs]
    assert 0 < len(items) - len(known) < 0.02 * len(items)
    for item in known:
        song = songs[item["song_id"]]
        assert (item["song_name"], item["artist_id"], item["artist_name"]) == (
            song.title, song.artist_id, song.artist_name,
        )  # fmt: skip


def test_some_sessions_have_bought_nothing(sessions: list[dict[str, Any]]) -> None:
    empty = sum(not session["session_items"] for session in sessions)
    assert 0 < empty < 0.05 * len(sessions)


def test_some_purchases_come_before_their_user_and_some_users_never_come(
    sessions: list[dict[str, Any]], users: list[dict[str, Any]]
) -> None:
    since = {user["user_id"]: user["user_since"] for user in users}
    late = [s for s in sessions if since.get(s["user_id"], "") > s["session_start_time"]]
    assert len(late) > 100
    assert published("sessions")[0]["user_id"] not in since


def test_names_are_not_all_ascii(users: list[dict[str, Any]], items: list[dict[str, Any]]) -> None:
    for texts in (
        [user["user_location"][2] for user in users],
        [user["user_lastname"] for user in users],
        [item["artist_name"] for item in items],
        [item["song_name"] for item in items],
    ):
        assert 0 < sum(not text.isascii() for text in texts) < len(texts)


def test_the_published_records_are_served_once_on_their_dates_value_by_value(api: Any) -> None:
    for user in published("users"):
        day = user["user_since"][:10]
        assert [u for u in api.users(f"{day}..{day}") if u["user_id"] == user["user_id"]] == [user]
    for session in published("sessions"):
        day = session["session_start_time"][:10]
        served = api.ask(f"/sessions?start_date={day}&end_date={day}").body
        assert served.count(orjson.dumps(session)) == 1


def test_sessions_are_filtered_by_their_start(api: Any, sessions: list[dict[str, Any]]) -> None:
    span = api.sessions("2020-02-10..2020-03-05")
    expected = {
        s["session_id"] for s in sessions if "2020-02-10" <= s["session_start_time"] < "2020-03-06"
    }
    assert {session["session_id"] for session in span} == expected
    assert len(span) == len(expected)


@pytest.mark.parametrize(
    ("query", "low", "high"),
    [
        ("?start_date=2020-02-01&end_date=2021-01-31", "2020-02-01", "2021-02-01"),
        ("?start_date=2022-01-01", "2022-01-01", "9999"),
        ("?end_date=2021-12-31", "", "2022-01-01"),
    ],
)
def test_users_are_filtered_by_the_day_they_joined(
    api: Any, users: list[dict[str, Any]], query: str, low: str, high: str
) -> None:
    expected = {user["user_id"] for user in users if low <= user["user_since"] < high}
    assert {user["user_id"] for user in api.ask("/users" + query).json()} == expected
    assert 0 < len(expected) < len(users)


def test_a_window_without_sessions_is_an_empty_array(api: Any) -> None:
    for span in ("2019-01-01..2019-12-31", "2030-01-01..2030-01-31", "2020-03-02..2020-03-01"):
        assert api.sessions(span) == []


def test_rows_are_not_sorted_by_time(sessions: list[dict[str, Any]]) -> None:
    starts = [session["session_start_time"] for session in sessions]
    ascending = sum(left < right for left, right in itertools.pairwise(starts))
    assert 0.4 < ascending / len(starts) < 0.6


@pytest.mark.parametrize(
    "path",
    [
        "/sessions",
        "/sessions?start_date=2020-01-01",
        "/sessions?start_date=01.02.2020&end_date=2020-01-31",
        "/sessions?start_date=2020-01-01&end_date=2020-02-30",
        "/sessions?start_date=20200101&end_date=20200131",
        "/users?start_date=yesterday",
        "/users?end_date=2020-1-1",
        "/users?end_date=2020-W01-1",
    ],
)
def test_a_malformed_or_missing_date_gives_422(api: Any, path: str) -> None:
    assert api.ask(path).status == 422


def test_unknown_parameters_are_ignored_paging_among_them(api: Any) -> None:
    assert len(api.ask("/users?limit=1&offset=x&page=7").json()) == len(api.users())


def test_end_date_is_read_as_the_whole_day_or_as_its_first_instant(api: Any) -> None:
    span = "2020-02-01..2020-03-01"
    whole = {s["session_id"]: s["session_start_time"] for s in api.sessions(span)}
    midnight = {s["session_id"] for s in api.sessions(span, fault="end_date=midnight")}
    assert midnight == {
        key for key, start in whole.items() if start <= "2020-03-01T00:00:00.000000"
    }
    assert "2020-03-01T00:00:00.000000" in {whole[key] for key in midnight}
    assert len(midnight) < len(whole)


def test_the_first_and_last_instants_of_a_month_have_a_session(
    sessions: list[dict[str, Any]],
) -> None:
    starts = {datetime.fromisoformat(session["session_start_time"]) for session in sessions}
    assert datetime.fromisoformat("2020-04-01T00:00:00.000000") in starts
    assert datetime.fromisoformat("2020-02-29T23:59:59.999999") in starts


def test_the_contract_can_be_read_as_openapi(api: Any) -> None:
    paths = api.ask("/openapi.json").json()["paths"]
    assert {"/users", "/sessions"} <= set(paths)
    assert all(path.startswith("/sandbox/") for path in set(paths) - {"/users", "/sessions"})
