"""The rules of each table: good rows pass, every kind of broken row is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from deftunes_dqdl import Rule, Ruleset, evaluate, parse
from deftunes_dqdl.families import is_dynamic
from deftunes_dqdl.ruleset import checks
from deftunes_sandbox.songs import all_songs
from tests.project import ROOT
from tests.transform.lake import COLUMNS

Row = dict[str, Any]

USER = "00000000-0000-4000-8000-000000000000"
TRACK, SONG = "TRAAABD128F429CF47", "SOCWJDB12A58A776AF"
MOMENT = dt.datetime(2026, 1, 31, 12)  # noqa: DTZ001 - as the tables hold it: UTC, without a zone

SEEDS = {
    "songs": [
        'IsComplete "track_id"',
        'ColumnLength "track_id" = 18',
        'IsComplete "song_id"',
        'ColumnLength "song_id" = 18',
        'IsComplete "artist_id"',
    ],
    "session_items": [
        'IsComplete "user_id"',
        'IsComplete "session_id"',
        'ColumnLength "user_id" = 36',
        'ColumnLength "session_id" = 36',
        'IsComplete "song_id"',
        'ColumnValues "price" <= 2',
    ],
    "users": [
        'IsComplete "user_id"',
        'Uniqueness "user_id" > 0.95',
        'IsComplete "user_lastname"',
        'IsComplete "user_name"',
        'IsComplete "user_since"',
    ],
}
"""The rule sets as the seeds published them."""

GOOD: dict[str, Row] = {
    "users": {
        "user_id": USER,
        "user_name": "Ann",
        "user_lastname": "Lee",
        "user_since": MOMENT,
    },
    "sessions": {
        "session_id": USER,
        "user_id": USER,
        "session_start_time": MOMENT,
        "item_count": 0,
    },
    "session_items": {
        "session_id": USER,
        "item_index": 0,
        "user_id": USER,
        "session_start_time": MOMENT,
        "song_id": TRACK,
        "price": Decimal("2.00"),
        "currency": "USD",
        "liked": True,
        "liked_since": MOMENT,
    },
    "songs": {"track_id": TRACK, "song_id": SONG, "artist_id": "AR"},
}

BROKEN: list[tuple[str, Row, set[str]]] = [
    ("users", {"user_id": None}, {'IsComplete "user_id"', 'IsPrimaryKey "user_id"'}),
    ("users", {"user_name": None}, {'IsComplete "user_name"'}),
    ("users", {"user_lastname": None}, {'IsComplete "user_lastname"'}),
    ("users", {"user_since": None}, {'IsComplete "user_since"'}),
    ("sessions", {"user_id": "short"}, {'ColumnLength "user_id" = 36'}),
    ("sessions", {"session_id": "short"}, {'ColumnLength "session_id" = 36'}),
    ("sessions", {"session_start_time": None}, {'IsComplete "session_start_time"'}),
    ("sessions", {"item_count": -1}, {'ColumnValues "item_count" >= 0'}),
    ("session_items", {"price": Decimal("2.01")}, {'ColumnValues "price" <= 2'}),
    ("session_items", {"price": Decimal("0.00")}, {'ColumnValues "price" > 0'}),
    (
        "session_items",
        {"price": None},
        {'ColumnValues "price" <= 2', 'ColumnValues "price" > 0'},
    ),
    ("session_items", {"currency": "usd"}, {'ColumnValues "currency" in ["USD"]'}),
    ("session_items", {"currency": None}, {'ColumnValues "currency" in ["USD"]'}),
    (
        "session_items",
        {"liked_since": None},
        {'IsComplete "liked_since" where "liked = true"'},
    ),
    (
        "session_items",
        {"liked": False},
        {'ColumnValues "liked_since" = NULL where "liked is null or liked = false"'},
    ),
    (
        "session_items",
        {"liked": None},
        {'ColumnValues "liked_since" = NULL where "liked is null or liked = false"'},
    ),
    (
        "session_items",
        {"song_id": "TR unknown"},
        {'ReferentialIntegrity "song_id" "songs.track_id" = 1.0'},
    ),
    ("session_items", {"item_index": None}, {'IsPrimaryKey "session_id" "item_index"'}),
    ("songs", {"track_id": "TR"}, {'ColumnLength "track_id" = 18'}),
    (
        "songs",
        {"song_id": None},
        {'IsComplete "song_id"', 'ColumnLength "song_id" = 18'},
    ),
    ("songs", {"artist_id": None}, {'IsComplete "artist_id"'}),
]

KEYS = {
    "users": "user_id",
    "sessions": "session_id",
    "session_items": "item_index",
    "songs": "track_id",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def rules(table: str) -> Ruleset:
    return parse((ROOT / "quality" / f"{table}.dqdl").read_text(encoding="utf-8"))


def good_rows(table: str) -> list[Row]:
    """Rows enough for one broken one to be a small share, each with a key of its own."""
    rows = []
    for number in range(100):
        row = dict(GOOD[table])
        row[KEYS[table]] = (
            number if table == "session_items" else f"{number:0{len(row[KEYS[table]])}}"
        )
        rows.append(row)
    return rows


def failed(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> set[str]:
    """The texts of the rules that rows do not pass."""
    schema = pa.schema(COLUMNS[table])
    connection.register("rows", pa.Table.from_pylist(rows, schema=schema))
    songs = f"select '{TRACK}' as track_id"
    results = evaluate(connection, "rows", rules(table), references={"songs": songs}).results
    assert not [result.message for result in results if result.outcome == "error"]
    return {result.rule.text for result in results if result.outcome == "failed"}


@pytest.mark.parametrize("table", sorted(GOOD))
def test_good_rows_pass(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    rows = good_rows(table)
    if table == "session_items":
        rows[0] |= {"liked": False, "liked_since": None, "price": Decimal("0.01")}
        rows[1] |= {"liked": None, "liked_since": None}
    assert failed(connection, table, rows) == set()


@pytest.mark.parametrize(("table", "broken", "wanted"), BROKEN)
def test_a_broken_row_is_found_by_its_rule(
    connection: duckdb.DuckDBPyConnection, table: str, broken: Row, wanted: set[str]
) -> None:
    rows = good_rows(table)
    rows[7] |= broken
    assert failed(connection, table, rows) == wanted


@pytest.mark.parametrize("table", sorted(GOOD))
def test_a_row_that_comes_twice_is_found(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    rows = good_rows(table)
    (found,) = failed(connection, table, [*rows, rows[0]])
    assert found.startswith("IsPrimaryKey")


def test_the_seeds_rules_stand_first_and_verbatim() -> None:
    for table, texts in SEEDS.items():
        assert [rule.text for rule in rules(table).rules[: len(texts)]] == texts


def test_no_rule_is_one_that_the_glue_data_catalog_does_not_take() -> None:
    for table in GOOD:
        for rule in rules(table).rules:
            for check in checks(rule.definition):
                assert not is_dynamic(check.condition), rule.text
        assert rules(table).document.analyzers is None


def test_purchases_of_unknown_tracks_warn_and_wrong_prices_are_set_aside() -> None:
    def texts(policy: str) -> list[Rule]:
        return [rule for rule in rules("session_items").rules if rule.policy == policy]

    assert [rule.definition.type for rule in texts("warn")] == ["ReferentialIntegrity"]  # type: ignore[union-attr]  # no composite
    assert 'ColumnValues "price" <= 2' in {rule.text for rule in texts("quarantine")}


def test_the_songs_of_the_sandbox_pass(connection: duckdb.DuckDBPyConnection) -> None:
    songs = [
        {"track_id": song.track_id, "song_id": song.song_id, "artist_id": song.artist_id}
        for song in islice(all_songs(7, 1000), 1000)
    ]
    assert failed(connection, "songs", songs) == set()
