from __future__ import annotations

import json
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest

from tap_deftunes_api.tap import TapDeftunesApi

from .api import PurchaseApi
from .rows import FIXTURES, published, session, user
from .run import Run, catalog_of, sync

Config = dict[str, Any]

BORDERS = (
    "2020-01-01T00:00:00",
    "2020-01-31T23:59:59.999999",
    "2020-02-01T00:00:00.000000",
    "2020-02-29T23:59:59.999999",
    "2020-03-01T00:00:00",
    "2020-04-30T23:59:59.999999",
)


def spread(api: PurchaseApi) -> list[str]:
    """Give every day from December to June a session and a user, unsorted; return the session ids.

    Only those within the days of `config` are returned.
    """
    days = [
        f"{month}-{day:02d}"
        for month in ("2020-03", "2020-01", "2019-12", "2020-02", "2020-06", "2020-04", "2020-05")
        for day in range(28, 0, -3)
    ]
    api.rows["/sessions"] = [session(f"{day}T09:00:00", items=2) for day in days]
    api.rows["/users"] = [user(f"{day}T09:00:00") for day in days]
    return [f"session-{day}T09:00:00" for day in days if "2020-01" <= day < "2020-05"]


def kinds(run: Run) -> list[str]:
    """The kinds of messages in a row: `RECORD sessions`, `STATE`, …"""
    names = (" ".join(filter(None, (m["type"], m.get("stream")))) for m in run.messages)
    return [name for name, _ in groupby(names)]


def test_published_records_come_out_in_the_columns_of_the_lake_exactly(
    api: PurchaseApi, config: Config
) -> None:
    api.rows = {"/users": published("users"), "/sessions": published("sessions")}
    run = sync(config | {"end_date": "2023-12-31"})
    exact = json.loads((FIXTURES / "sessions.json").read_text(), parse_float=str)[0]
    (sessions_record,) = run.records("sessions")
    assert sessions_record == {
        "session_id": "04a5e8ac-1acd-48dc-88b9-651c4ddf489c",
        "user_id": "6b287203-7cab-4f1a-b1a4-2b5076294682",
        "session_start_time": "2020-02-07T18:05:25.824461+00:00",
        "user_agent": exact["user_agent"],
        "item_count": 6,
    }
    items = run.records("session_items")
    assert [record["item_index"] for record in items] == [0, 1, 2, 3, 4, 5]
    assert [str(record["price"]) for record in items] == [
        given["price"] for given in exact["session_items"]
    ]
    assert items[1] == {
        "session_id": "04a5e8ac-1acd-48dc-88b9-651c4ddf489c",
        "item_index": 1,
        "user_id": "6b287203-7cab-4f1a-b1a4-2b5076294682",
        "session_start_time": "2020-02-07T18:05:25.824461+00:00",
        "song_id": "TRUKGBT128F4292C9B",
        "song_name": "Parisian Walls (gband Version_ Barcelona)",
        "artist_id": "ARP9HJX1187FB4E5DA",
        "artist_name": "Apostle Of Hustle",
        "price": Decimal("1.31"),
        "currency": "USD",
        "liked": True,
        "liked_since": "2023-06-14T00:27:55.876873+00:00",
    }
    assert items[2]["liked_since"] is None
    users = {record["user_id"]: record for record in run.records("users")}
    assert len(users) == 3
    assert users["043010aa-9aad-4f63-8932-45eddada7856"] == {
        "user_id": "043010aa-9aad-4f63-8932-45eddada7856",
        "user_name": "Tyler",
        "user_lastname": "Ibarra",
        "user_since": "2023-11-13T10:27:32.854497+00:00",
        "latitude": Decimal("51.168"),
        "longitude": Decimal("7.973"),
        "place_name": "Finnentrop",
        "country_code": "DE",
        "timezone": "Europe/Berlin",
    }


@pytest.mark.parametrize("end_is_midnight", [True, False])
@pytest.mark.parametrize("window", ["day", "week", "month"])
def test_nothing_is_lost_or_doubled_at_a_border_however_the_api_reads_end_date(
    api: PurchaseApi, config: Config, window: str, *, end_is_midnight: bool
) -> None:
    beyond = ("2019-12-31T23:59:59.999999", "2020-05-01T00:00:00")
    api.rows["/sessions"] = [session(start) for start in (*BORDERS, *beyond)]
    api.rows["/users"] = [user(since) for since in (*BORDERS, *beyond)]
    api.end_is_midnight = end_is_midnight
    run = sync(config | {"window": window})
    assert sorted(run.ids()) == sorted(f"session-{start}" for start in BORDERS)
    assert sorted(run.ids("users", "user_id")) == sorted(f"user-{since}" for since in BORDERS)
    assert sorted(run.ids("session_items")) == sorted(f"session-{start}" for start in BORDERS)


def test_sessions_and_items_come_from_one_request_per_window(
    api: PurchaseApi, config: Config
) -> None:
    spread(api)
    run = sync(config)
    months = ["2020-01-01", "2020-02-01", "2020-03-01", "2020-04-01"]
    assert sorted(api.windows_asked("/sessions")) == months
    assert sorted(api.windows_asked("/users")) == months
    assert len(run.records("session_items")) == 2 * len(run.records("sessions"))


@pytest.mark.parametrize("selected", ["sessions", "session_items", "users"])
def test_one_stream_alone_can_be_selected_and_costs_no_request_more(
    api: PurchaseApi, config: Config, selected: str
) -> None:
    expected = spread(api)
    run = sync(config, catalog=catalog_of(selected))
    assert {m["stream"] for m in run.messages if m["type"] != "STATE"} == {selected}
    assert len(run.records(selected)) == len(expected) * (2 if selected == "session_items" else 1)
    assert len(api.asked) == 4
    assert set(run.states[-1]["bookmarks"]) <= {"sessions", "session_items", "users"}
    assert run.bookmarks(selected)[-1] == "2020-05-01T00:00:00+00:00"
    assert all(not run.bookmarks(other) for other in {"sessions", "users"} - {selected})


def test_the_nested_items_come_only_when_a_catalog_selects_them(
    api: PurchaseApi, config: Config
) -> None:
    api.rows["/sessions"] = published("sessions")
    assert "session_items" not in sync(config).records("sessions")[0]
    (record,) = sync(config, catalog=catalog_of("sessions", nested_items=True)).records("sessions")
    exact = json.loads((FIXTURES / "sessions.json").read_text(), parse_float=Decimal)[0]
    assert record["session_items"] == exact["session_items"]


def test_a_window_is_schemas_first_then_records_then_one_state(
    api: PurchaseApi, config: Config
) -> None:
    spread(api)
    run = sync(config)
    window = ["RECORD sessions", "RECORD session_items", "STATE"]
    assert kinds(run) == [
        "SCHEMA sessions",
        "SCHEMA session_items",
        *(window * 4),
        "SCHEMA users",
        *(["RECORD users", "STATE"] * 4),
    ]


def test_an_empty_window_moves_the_bookmark(api: PurchaseApi, config: Config) -> None:
    api.rows["/sessions"] = [session("2020-04-02T09:00:00")]
    run = sync(config)
    assert run.bookmarks("sessions")[:4] == [
        "2020-02-01T00:00:00+00:00",
        "2020-03-01T00:00:00+00:00",
        "2020-04-01T00:00:00+00:00",
        "2020-05-01T00:00:00+00:00",
    ]
    assert run.states[-1]["bookmarks"] == {
        "sessions": {
            "replication_key": "session_start_time",
            "replication_key_value": "2020-05-01T00:00:00+00:00",
        },
        "session_items": {
            "replication_key": "session_start_time",
            "replication_key_value": "2020-05-01T00:00:00+00:00",
        },
        "users": {
            "replication_key": "user_since",
            "replication_key_value": "2020-05-01T00:00:00+00:00",
        },
    }


def test_rows_late_by_up_to_the_lookback_are_found_by_the_next_run(
    api: PurchaseApi, config: Config
) -> None:
    first = sync(config | {"end_date": "2020-02-10"})
    api.rows["/sessions"] = [
        session("2020-02-07T23:59:59", "too late"),
        session("2020-02-08T00:00:00", "late"),
        session("2020-02-11T00:00:00", "new"),
    ]
    second = sync(config | {"lookback_days": 3}, state=first.states[-1])
    assert sorted(second.ids()) == ["late", "new"]


def test_a_run_at_noon_and_one_the_next_day_lose_nothing_of_the_day(
    api: PurchaseApi, config: Config
) -> None:
    today = config | {"end_date": "2030-12-31", "lookback_days": 0}
    api.rows["/sessions"] = [session("2020-02-10T08:00:00", "morning")]
    noon = sync(today, now="2020-02-10T12:00:00")
    assert noon.bookmarks("sessions")[-1] == "2020-02-10T12:00:00+00:00"
    assert max(api.windows_asked("/sessions")) == "2020-02-01"
    api.rows["/sessions"] += [
        session("2020-02-10T11:59:59", "late morning, arrived in the afternoon"),
        session("2020-02-10T23:59:59.999999", "night"),
        session("2020-02-11T00:00:00", "tomorrow"),
    ]
    next_day = sync(today, state=noon.states[-1], now="2020-02-11T12:00:00")
    assert set(noon.ids() + next_day.ids()) == {row["session_id"] for row in api.rows["/sessions"]}
    assert next_day.bookmarks("sessions")[-1] == "2020-02-11T12:00:00+00:00"


def test_a_backfill_of_old_days_and_a_lookback_leave_the_bookmark_where_it_is(
    api: PurchaseApi, config: Config
) -> None:
    state = sync(config | {"end_date": "2020-04-15"}).states[-1]
    again = sync(config | {"end_date": "2020-04-16", "lookback_days": 90}, state=state)
    assert "2020-01-17" in api.windows_asked("/sessions")
    assert again.bookmarks("sessions")[0] == "2020-04-16T00:00:00+00:00"
    assert again.bookmarks("sessions")[-1] == "2020-04-17T00:00:00+00:00"
    backfill = sync(config | {"end_date": "2020-04-15"}, state=again.states[-1])
    assert backfill.states == []


def test_windows_of_the_future_are_not_read(api: PurchaseApi, config: Config) -> None:
    run = sync(config | {"end_date": "2020-12-31"}, now="2020-02-10T12:00:00")
    assert sorted(api.windows_asked("/users")) == ["2020-01-01", "2020-02-01"]
    assert all(params["end_date"] <= "2020-02-11" for _, params, _ in api.asked)
    assert run.error == ""


def test_streams_with_different_bookmarks_share_requests_and_get_each_what_they_lack(
    api: PurchaseApi, config: Config
) -> None:
    expected = spread(api)
    state = sync(config, catalog=catalog_of("sessions")).states[1]
    api.asked.clear()
    run = sync(config | {"lookback_days": 0}, state=state)
    assert min(api.windows_asked("/sessions")) == "2020-01-01"
    assert len(api.windows_asked("/sessions")) == 4
    assert sorted(run.ids("session_items")) == sorted(expected * 2)
    assert sorted(run.ids()) == sorted(key for key in expected if key >= "session-2020-03")


def test_windows_are_asked_ahead_and_written_in_order(api: PurchaseApi, config: Config) -> None:
    expected = spread(api)
    api.waits_for["2020-01-01"] = 3  # January's answer waits until two later ones are asked for
    run = sync(config | {"max_connections": 3}, catalog=catalog_of("sessions"))
    assert sorted(run.ids()) == sorted(expected)
    months = [key[:15] for key, _ in groupby(run.ids(), key=lambda key: key[:15])]
    assert months == [f"session-2020-{month:02d}" for month in (1, 2, 3, 4)]


def test_connections_are_kept_alive_and_no_more_than_allowed(
    api: PurchaseApi, config: Config
) -> None:
    sync(config | {"window": "day", "max_connections": 3}, catalog=catalog_of("users"))
    assert len(api.asked) == 121
    assert api.connections <= 3


def test_the_records_of_a_stream_can_be_had_without_messages(
    api: PurchaseApi, config: Config
) -> None:
    expected = spread(api)
    tap = TapDeftunesApi(config=config)
    items = tap.streams["session_items"].get_records(None)
    records = [record for record in items if isinstance(record, dict)]
    assert sorted({record["session_id"] for record in records}) == sorted(expected)
    assert len(records) == 2 * len(expected)


def test_stream_maps_and_deselected_columns_work(api: PurchaseApi, config: Config) -> None:
    api.rows["/users"] = [user("2020-01-05T10:00:00"), user("2020-01-06T10:00:00", "left out")]
    catalog = catalog_of("users")
    (entry,) = (stream for stream in catalog["streams"] if stream["stream"] == "users")
    for metadata in entry["metadata"]:
        if metadata["breadcrumb"] == ["properties", "user_lastname"]:
            metadata["metadata"]["selected"] = False
    maps = {"users": {"user_name": "user_name.upper()", "__filter__": "user_id != 'left out'"}}
    run = sync(config | {"stream_maps": maps}, catalog=catalog)
    (record,) = run.records("users")
    assert record["user_name"] == "ADA"
    assert "user_lastname" not in record
    (schema,) = (m for m in run.messages if m["type"] == "SCHEMA")
    assert "user_lastname" not in schema["schema"]["properties"]


def test_a_full_table_run_reads_from_the_start_and_moves_no_bookmark(
    api: PurchaseApi, config: Config
) -> None:
    expected = spread(api)
    state = sync(config).states[-1]
    catalog = catalog_of("sessions")
    for stream in catalog["streams"]:
        stream["replication_method"] = "FULL_TABLE"
    run = sync(config, state=state, catalog=catalog)
    assert sorted(run.ids()) == sorted(expected)
    assert run.states == [state] * 4
