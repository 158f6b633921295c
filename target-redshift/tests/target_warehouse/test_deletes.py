"""Rows that their source has no more: gone when it is certain, and never before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import redshift_connector

from .messages import (
    MOMENT,
    PLAYS,
    SONGS,
    TEXT,
    WHOLE,
    Message,
    activate,
    play,
    record,
    schema,
    song,
)
from .warehouses import Warehouse

HARD: dict[str, Any] = {"hard_delete": True}
SOFT: dict[str, Any] = {"hard_delete": False}
TELLING = schema("songs", {"id": WHOLE, "v": TEXT, "_sdc_deleted_at": MOMENT})
GONE = "2020-01-03T00:00:00Z"


def ids(warehouse: Warehouse) -> list[int]:
    return sorted(row["id"] for row in warehouse.rows("songs"))


def alive(warehouse: Warehouse) -> list[int]:
    rows = warehouse.rows("songs")
    return sorted(row["id"] for row in rows if row.get("_sdc_deleted_at") is None)


def counts(warehouse: Warehouse, table: str = "songs") -> tuple[Any, ...]:
    """What the latest load that changed a table did: inserted, updated, deleted, unchanged."""
    found: tuple[Any, ...] = warehouse.ask(
        "select inserted, updated, deleted, unchanged from {}.target_redshift_loads "
        f"where table_name = '{table}' order by loaded_at desc limit 1"
    )[0]
    return found


@pytest.fixture
def three(warehouse: Warehouse) -> Warehouse:
    warehouse.load(SONGS, song(1, 1), song(2, 1), song(3, 1), activate(1), **HARD)
    return warehouse


def test_a_version_activated_after_its_records_removes_what_it_did_not_bring(
    three: Warehouse,
) -> None:
    three.load(SONGS, song(1, 2), song(3, 2, v="new"), song(4, 2), activate(2), **HARD)
    assert three.rows("songs") == [
        {"id": 1, "v": "x"},
        {"id": 3, "v": "new"},
        {"id": 4, "v": "x"},
    ]
    assert counts(three) == (1, 1, 1, 1)


def test_by_default_such_a_row_is_marked_once_and_unmarked_when_it_comes_again(
    three: Warehouse,
) -> None:
    before = dt.datetime.now(dt.timezone.utc)
    (old,) = {row["processing_timestamp"] for row in three.rows("songs", load_columns=True)}
    three.load(SONGS, song(1, 2), song(2, 2), activate(2))
    marked = {row["id"]: row for row in three.rows("songs", load_columns=True)}
    assert marked[1]["_sdc_deleted_at"] is marked[2]["_sdc_deleted_at"] is None
    assert marked[3]["v"] == "x"
    assert before <= marked[3]["_sdc_deleted_at"] <= dt.datetime.now(dt.timezone.utc)
    # only the row that went tells of the load
    assert marked[1]["processing_timestamp"] == marked[2]["processing_timestamp"] == old
    assert marked[3]["processing_timestamp"] > old

    three.load(SONGS, song(1, 3), song(2, 3), activate(3))
    assert {row["id"]: row for row in three.rows("songs", load_columns=True)} == marked

    three.load(SONGS, song(1, 4), song(3, 4), activate(4))
    assert alive(three) == [1, 3]
    assert ids(three) == [1, 2, 3]


def test_the_moment_of_a_mark_is_utc_whatever_zone_the_session_has(
    three: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = redshift_connector.connect

    def in_tokyo(*args: Any, **keywords: Any) -> Any:
        connection = real(*args, **keywords)
        connection.autocommit = True
        connection.cursor().execute("set timezone to 'Asia/Tokyo'")
        return connection

    before = dt.datetime.now(dt.timezone.utc)
    with monkeypatch.context() as patch:
        patch.setattr(redshift_connector, "connect", in_tokyo)
        three.load(SONGS, song(1, 2), activate(2))
    marks = [row["_sdc_deleted_at"] for row in three.rows("songs") if row["id"] != 1]
    assert len(marks) == 2
    assert all(before <= mark <= dt.datetime.now(dt.timezone.utc) for mark in marks)


@pytest.mark.parametrize("options", [HARD, SOFT])
def test_the_version_that_the_sdk_activates_before_the_records_deletes_nothing(
    three: Warehouse, options: dict[str, Any]
) -> None:
    three.load(SONGS, activate(2), song(1, 2), **options)
    assert alive(three) == [1, 2, 3]


def test_a_source_that_is_empty_is_told_by_two_activations_in_a_row(three: Warehouse) -> None:
    three.load(SONGS, activate(2), activate(2), **HARD)
    assert ids(three) == []
    assert counts(three) == (0, 0, 3, 0)
    three.load(SONGS, song(9, 3), activate(3), **HARD)
    assert ids(three) == [9]


def test_a_version_of_which_an_earlier_run_has_loaded_rows_deletes_nothing(
    three: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    three.load(SONGS, song(1, 2), **HARD)  # the tap died here; its state says where it goes on
    for _ in range(2):  # the second time after a crash between commit and STATE
        three.load(SONGS, song(2, 2), activate(2), **HARD)
        assert "until the next whole read" in caplog.text
        assert ids(three) == [1, 2, 3]
    three.load(SONGS, song(1, 4), song(2, 4), activate(4), **HARD)
    assert ids(three) == [1, 2]


def test_a_whole_read_without_keys_takes_the_place_of_all_rows_unless_it_says_the_same(
    warehouse: Warehouse,
) -> None:
    plays = schema("plays", {"v": TEXT, "d": {"type": "object"}, "n": WHOLE}, keys=[])
    rows = [record("plays", 1, v=v, d={"a": [v, 1.10]}, n=1) for v in "aab"]
    warehouse.load(plays, *rows, activate(1, "plays"), **HARD)
    before = warehouse.rows("plays", load_columns=True)
    again = [{**row, "version": 2} for row in rows]
    warehouse.load(plays, *reversed(again), activate(2, "plays"), **HARD)
    assert warehouse.rows("plays", load_columns=True) == before

    others = [{**row, "version": 3} for row in (rows[0], rows[2], rows[2])]
    warehouse.load(plays, *others, activate(3, "plays"), **HARD)
    assert [row["v"] for row in warehouse.rows("plays")] == ["a", "b", "b"]
    assert counts(warehouse, "plays") == (3, 0, 3, 0)
    warehouse.load(plays, record("plays", v="c", d={}, n=1))
    assert sorted(row["v"] for row in warehouse.rows("plays")) == ["a", "b", "b", "c"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("a", "a "), ('{"a":1}', '{"a":2}'), ("", None)],
    ids=["a blank at the end", "a text", "empty and null"],
)
def test_a_whole_read_without_keys_that_differs_in_little_takes_the_place_of_the_rows(
    warehouse: Warehouse, old: str, new: str | None
) -> None:
    for version, text in enumerate([old, new], start=1):
        row = record("plays", version, v=text)
        warehouse.load(PLAYS, row, activate(version, "plays"), **HARD)
    assert warehouse.rows("plays") == [{"v": new}]


def test_a_whole_read_without_keys_marks_the_rows_before_it(warehouse: Warehouse) -> None:
    warehouse.load(PLAYS, play("a", 1), play("b", 1), activate(1, "plays"))
    warehouse.load(PLAYS, play("a", 2), play("c", 2), activate(2, "plays"))
    warehouse.load(PLAYS, play("c", 3), play("a", 3), activate(3, "plays"))
    rows = warehouse.rows("plays")
    assert sorted(row["v"] for row in rows if row["_sdc_deleted_at"] is None) == ["a", "c"]
    assert sorted(row["v"] for row in rows if row["_sdc_deleted_at"]) == ["a", "b"]


@pytest.mark.parametrize("options", [HARD, SOFT])
def test_rows_told_to_be_gone_among_a_whole_read_without_keys_are_left_out(
    warehouse: Warehouse, options: dict[str, Any]
) -> None:
    telling = schema("plays", {"v": TEXT, "_sdc_deleted_at": MOMENT}, keys=[])
    seen = []
    for version in (1, 2):
        gone = record("plays", version, v="b", _sdc_deleted_at=GONE)
        warehouse.load(telling, play("a", version), gone, activate(version, "plays"), **options)
        seen.append(warehouse.rows("plays", load_columns=True))
    assert seen[0] == seen[1]
    assert warehouse.rows("plays") == [{"v": "a", "_sdc_deleted_at": None}]


def test_a_record_that_says_it_is_gone_marks_its_row(warehouse: Warehouse) -> None:
    warehouse.load(TELLING, song(1), song(2))
    warehouse.load(TELLING, record("songs", id=2, v="x", _sdc_deleted_at=GONE))
    assert {row["id"]: row["_sdc_deleted_at"] for row in warehouse.rows("songs")} == {
        1: None,
        2: dt.datetime(2020, 1, 3, tzinfo=dt.timezone.utc),
    }


def test_a_record_that_says_it_is_gone_removes_its_row_if_deletes_are_hard(
    warehouse: Warehouse,
) -> None:
    warehouse.load(TELLING, song(1), song(2), **HARD)
    gone = [record("songs", id=number, _sdc_deleted_at=GONE) for number in (2, 3)]
    warehouse.load(TELLING, *gone, **HARD)
    assert ids(warehouse) == [1]
    assert counts(warehouse) == (0, 0, 1, 0)
    warehouse.load(TELLING, record("songs", id=1, _sdc_deleted_at=GONE), song(1), **HARD)
    assert ids(warehouse) == [1]


def test_marks_go_into_the_column_that_is_there(warehouse: Warehouse) -> None:
    telling = schema("songs", {"id": WHOLE, "_sdc_deleted_at": TEXT})
    warehouse.load(
        telling,
        record("songs", id=1, _sdc_deleted_at="x" * 40),
        record("songs", id=2),
    )
    warehouse.load(schema("songs", {"id": WHOLE}), record("songs", 1, id=3), activate(1))
    marks = {row["id"]: row["_sdc_deleted_at"] for row in warehouse.rows("songs")}
    assert marks.pop(1) == "x" * 40
    assert marks.pop(3) is None
    assert dt.datetime.fromisoformat(marks.pop(2).ljust(26, "0")).year >= 2026


GROUPED: dict[str, Any] = {"streams": {"songs": {"replace_by": ["v"]}}}


def albums(*pairs: tuple[int, str]) -> list[Message]:
    return [SONGS, *(song(number, v=v) for number, v in pairs)]


def pairs(warehouse: Warehouse) -> list[tuple[int, str]]:
    return sorted((row["id"], row["v"]) for row in warehouse.rows("songs"))


def test_rows_of_a_group_that_comes_without_them_are_removed(warehouse: Warehouse) -> None:
    warehouse.load(*albums((1, "a"), (2, "a"), (3, "b")), **GROUPED)
    warehouse.load(*albums((1, "a"), (4, "a")), **GROUPED)
    assert pairs(warehouse) == [(1, "a"), (3, "b"), (4, "a")]
    assert counts(warehouse) == (1, 0, 1, 1)


def test_a_row_that_moves_to_another_group_stays_and_is_one_change(warehouse: Warehouse) -> None:
    warehouse.load(*albums((1, "a"), (2, "a"), (3, "b")), **GROUPED)
    warehouse.load(*albums((1, "a"), (2, "b"), (3, "b")), **GROUPED)
    assert pairs(warehouse) == [(1, "a"), (2, "b"), (3, "b")]
    assert counts(warehouse) == (0, 1, 0, 2)


def test_a_group_whose_only_row_moved_on_within_the_load_has_arrived(warehouse: Warehouse) -> None:
    warehouse.load(*albums((1, "a"), (2, "a")), **GROUPED)
    warehouse.load(*albums((1, "a"), (1, "b")), **GROUPED)
    assert pairs(warehouse) == [(1, "b")]


def test_a_group_that_comes_twice_counts_as_it_came_last(warehouse: Warehouse) -> None:
    warehouse.load(*albums((1, "a"), (2, "a"), (1, "a"), (3, "a")), **GROUPED)
    assert pairs(warehouse) == [(1, "a"), (3, "a")]


def test_a_row_told_to_be_gone_needs_no_more_than_its_key(warehouse: Warehouse) -> None:
    options = {**GROUPED, **HARD}
    warehouse.load(TELLING, song(1), song(2), song(3, v="y"), **options)
    warehouse.load(TELLING, record("songs", id=2, _sdc_deleted_at=GONE), **options)
    assert ids(warehouse) == [1, 3]
