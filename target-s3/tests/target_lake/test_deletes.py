"""Rows that their source has no more: gone when it is certain, and never before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from .lakes import Lake, Message, record, schema, state

WHOLE = {"type": "integer"}
TEXT = {"type": ["null", "string"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
SONGS = schema("songs", {"id": WHOLE, "v": TEXT})
PLAYS = schema("plays", {"v": TEXT}, keys=[])
HARD: dict[str, Any] = {"hard_delete": True}


def song(number: int, version: int | None = None, *, v: str = "x") -> Message:
    return versioned("songs", version, id=number, v=v)


def play(v: str, version: int | None = None) -> Message:
    return versioned("plays", version, v=v)


def versioned(stream: str, version: int | None, **values: Any) -> Message:
    message = record(stream, **values)
    return message if version is None else {**message, "version": version}


def activate(version: int, stream: str = "songs") -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def ids(lake: Lake) -> list[int]:
    return sorted(row["id"] for row in lake.rows("songs"))


def alive(lake: Lake) -> list[int]:
    return sorted(row["id"] for row in lake.rows("songs") if row.get("_sdc_deleted_at") is None)


@pytest.fixture
def three(lake: Lake) -> Lake:
    lake.load(SONGS, song(1, 1), song(2, 1), song(3, 1), activate(1), state(songs=1), **HARD)
    return lake


def test_a_version_activated_after_its_records_removes_what_it_did_not_bring(three: Lake) -> None:
    three.load(SONGS, song(1, 2), song(3, 2, v="new"), song(4, 2), activate(2), **HARD)
    assert three.rows("songs") == [
        {"id": 1, "v": "x"},
        {"id": 3, "v": "new"},
        {"id": 4, "v": "x"},
    ]
    counts = three.outcomes()[-1]["streams"]["songs"]
    assert [counts[name] for name in ("inserted", "updated", "deleted", "unchanged")] == [
        1,
        1,
        1,
        1,
    ]


def test_by_default_such_a_row_is_kept_and_marked_once(three: Lake) -> None:
    before = dt.datetime.now(dt.timezone.utc)
    three.load(SONGS, song(1, 2), song(2, 2), activate(2))
    (marked,) = [row for row in three.rows("songs") if row["_sdc_deleted_at"]]
    assert (marked["id"], marked["v"]) == (3, "x")
    assert before <= marked["_sdc_deleted_at"] <= dt.datetime.now(dt.timezone.utc)
    rows = three.rows("songs", load_columns=True)

    three.load(SONGS, song(1, 3), song(2, 3), activate(3))
    assert three.rows("songs", load_columns=True) == rows
    assert len(three.snapshots("songs")) == 2


def test_a_marked_row_that_comes_again_is_alive_again(three: Lake) -> None:
    three.load(SONGS, song(1, 2), activate(2))
    assert alive(three) == [1]
    three.load(SONGS, song(1, 3), song(3, 3), activate(3))
    assert alive(three) == [1, 3]
    assert ids(three) == [1, 2, 3]


def test_a_marked_row_tells_which_load_marked_it(three: Lake) -> None:
    (before,) = {row["processing_timestamp"] for row in three.rows("songs", load_columns=True)}
    three.load(SONGS, song(1, 2), song(2, 2), activate(2))
    moments = {
        row["id"]: row["processing_timestamp"] for row in three.rows("songs", load_columns=True)
    }
    assert moments[1] == moments[2] == before
    assert moments[3] > before


@pytest.mark.parametrize("hard", [True, False])
def test_the_version_that_the_sdk_activates_before_the_records_deletes_nothing(
    three: Lake, hard: bool
) -> None:
    three.load(SONGS, activate(2), song(1, 2), state(songs=2), hard_delete=hard)
    three.load(SONGS, activate(3), hard_delete=hard)
    assert alive(three) == [1, 2, 3]


def test_a_stream_that_is_read_parent_by_parent_deletes_nothing(three: Lake) -> None:
    # the SDK begins a child stream anew, SCHEMA and ACTIVATE_VERSION first, for each parent
    three.load(SONGS, activate(2), song(1, 2), SONGS, activate(2), song(2, 2), SONGS, activate(2))
    assert alive(three) == [1, 2, 3]


def test_a_source_that_is_empty_is_told_by_two_activations_in_a_row(three: Lake) -> None:
    three.load(SONGS, activate(2), activate(2), state(songs=2), **HARD)
    assert ids(three) == []
    three.load(SONGS, song(9, 3), activate(3), **HARD)
    assert ids(three) == [9]


def test_rows_of_an_older_version_in_the_same_run_are_gone_too(three: Lake) -> None:
    three.load(SONGS, song(7, 2), song(1, 2), song(2, 3), song(8, 3), activate(3), **HARD)
    assert ids(three) == [2, 8]


def test_rows_that_come_after_the_activation_stay(three: Lake) -> None:
    three.load(SONGS, song(1, 2), activate(2), song(5, 2), song(6), **HARD)
    assert ids(three) == [1, 5, 6]


def test_an_activation_after_the_last_state_does_not_count_where_state_decides(
    three: Lake,
) -> None:
    cut = [SONGS, song(1, 2), state(songs=2), song(2, 2), activate(2)]
    three.load(*cut, commit_at="last_state", **HARD)
    assert ids(three) == [1, 2, 3]

    three.load(
        SONGS, song(1, 3), activate(3), state(songs=3), song(9, 3), commit_at="last_state", **HARD
    )
    assert ids(three) == [1]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_batches_make_no_difference_to_what_was_seen(three: Lake, batch: int) -> None:
    messages = [song(5, 2), song(6, 2), song(1, 3), song(4, 3), song(5, 3)]
    three.load(SONGS, *messages, activate(3), batch_size_rows=batch, **HARD)
    assert ids(three) == [1, 4, 5]


@pytest.mark.slow
def test_a_version_begun_in_a_run_that_died_deletes_nothing_when_another_run_ends_it(
    three: Lake,
) -> None:
    three.load(SONGS, song(1, 2), **HARD)  # the tap died here; its state says where it goes on
    three.load(SONGS, **HARD)  # and here, before it had a record
    done = three.run(SONGS, song(2, 2), activate(2), **HARD)
    assert done.returncode == 0
    assert b"until the next whole read" in done.stderr
    assert ids(three) == [1, 2, 3]

    three.load(SONGS, song(1, 4), song(2, 4), activate(4), **HARD)
    assert ids(three) == [1, 2]


def test_the_run_that_ends_such_a_version_may_die_too(three: Lake) -> None:
    three.load(SONGS, song(1, 2), **HARD)
    for _ in range(2):  # the second time after a crash between its commit and its STATE
        three.load(SONGS, song(2, 2), activate(2), **HARD)
    assert ids(three) == [1, 2, 3]


def test_a_version_that_an_earlier_run_has_ended_deletes_none_of_its_rows(three: Lake) -> None:
    three.load(SONGS, song(4, 1), activate(1), **HARD)
    assert ids(three) == [1, 2, 3, 4]


def test_a_version_begun_behind_a_whole_one_is_remembered(three: Lake) -> None:
    three.load(SONGS, song(1, 2), activate(2), song(2, 3), **HARD)
    assert ids(three) == [1, 2]
    three.load(SONGS, song(3, 3), activate(3), **HARD)
    assert ids(three) == [1, 2, 3]


def test_what_is_remembered_is_the_version_that_was_merged(three: Lake) -> None:
    cut = {"commit_at": "last_state", **HARD}
    three.load(SONGS, song(1, 2), state(songs=1), song(2, 3), **cut)
    three.load(SONGS, song(4, 2), activate(2), state(songs=2), **cut)
    assert ids(three) == [1, 2, 3, 4]


def test_versions_that_come_in_pieces_delete_nothing(three: Lake) -> None:
    three.load(SONGS, song(1, 2), song(2, 3), song(4, 2), activate(2), **HARD)
    assert ids(three) == [1, 2, 3, 4]


def test_a_version_announced_among_the_rows_of_another_is_in_pieces(three: Lake) -> None:
    three.load(SONGS, song(1, 2), activate(3), song(4, 2), song(2, 3), activate(3), **HARD)
    assert ids(three) == [1, 2, 3, 4]


def test_streams_that_become_one_delete_none_of_each_others_rows(lake: Lake) -> None:
    both = {"eu": {"__alias__": "songs"}, "us": {"__alias__": "songs"}}
    messages: list[Message] = []
    for number, source in enumerate(both, start=1):
        messages += [
            {**SONGS, "stream": source},
            versioned(source, number, id=number, v=source),
            activate(number, source),
        ]
    for _ in range(2):
        lake.load(*messages, stream_maps=both, **HARD)
        assert lake.rows("songs") == [{"id": 1, "v": "eu"}, {"id": 2, "v": "us"}]


def test_a_stream_that_is_mapped_away_leaves_its_table_alone(three: Lake) -> None:
    three.load(SONGS, song(9, 2), activate(2), stream_maps={"songs": None}, **HARD)
    assert ids(three) == [1, 2, 3]


def test_a_whole_read_that_changes_nothing_writes_no_metadata(three: Lake) -> None:
    before = three.table("songs").metadata_location
    three.load(SONGS, song(1, 2), song(2, 2), song(3, 2), activate(2), **HARD)
    assert three.table("songs").metadata_location == before


@pytest.mark.slow
def test_a_memory_that_is_damaged_is_told(three: Lake) -> None:
    (file,) = three.landed("_runs/_versions/songs.json")
    file.write_bytes(b"{")
    done = three.run(SONGS, song(1, 2), activate(2), **HARD)
    assert done.returncode == 1
    assert b"is damaged: remove it" in done.stderr
    assert b"Traceback" not in done.stderr


def test_activations_can_be_switched_off(three: Lake) -> None:
    three.load(SONGS, song(1, 2), activate(2), process_activate_version_messages=False, **HARD)
    assert ids(three) == [1, 2, 3]


def test_a_whole_read_without_keys_takes_the_place_of_all_rows_unless_it_says_the_same(
    lake: Lake,
) -> None:
    for version in (1, 2):
        lake.load(
            PLAYS,
            play("a", version),
            play("a", version),
            play("b", version),
            activate(version, "plays"),
            **HARD,
        )
    assert [row["v"] for row in lake.rows("plays")] == ["a", "a", "b"]
    assert len(lake.snapshots("plays")) == 1

    lake.load(PLAYS, play("a", 3), play("b", 3), play("b", 3), activate(3, "plays"), **HARD)
    assert [row["v"] for row in lake.rows("plays")] == ["a", "b", "b"]
    lake.load(PLAYS, play("c"))
    assert [row["v"] for row in lake.rows("plays")] == ["a", "b", "b", "c"]


def test_a_whole_read_without_keys_marks_the_rows_before_it(lake: Lake) -> None:
    lake.load(PLAYS, play("a", 1), play("b", 1), activate(1, "plays"))
    lake.load(PLAYS, play("a", 2), play("c", 2), activate(2, "plays"))
    lake.load(PLAYS, play("c", 3), play("a", 3), activate(3, "plays"))
    rows = lake.rows("plays")
    assert sorted(row["v"] for row in rows if row["_sdc_deleted_at"] is None) == ["a", "c"]
    assert sorted(row["v"] for row in rows if row["_sdc_deleted_at"]) == ["a", "b"]


TELLING = schema("songs", {"id": WHOLE, "v": TEXT, "_sdc_deleted_at": MOMENT})
GONE = "2020-01-03T00:00:00Z"


def test_a_record_that_says_it_is_gone_marks_its_row(lake: Lake) -> None:
    lake.load(TELLING, song(1), song(2))
    lake.load(TELLING, record("songs", id=2, v="x", _sdc_deleted_at=GONE))
    assert {row["id"]: row["_sdc_deleted_at"] for row in lake.rows("songs")} == {
        1: None,
        2: dt.datetime(2020, 1, 3, tzinfo=dt.timezone.utc),
    }


def test_a_record_that_says_it_is_gone_removes_its_row_if_deletes_are_hard(lake: Lake) -> None:
    lake.load(TELLING, song(1), song(2), **HARD)
    gone = [record("songs", id=number, _sdc_deleted_at=GONE) for number in (2, 3)]
    lake.load(TELLING, *gone, **HARD)
    assert ids(lake) == [1]
    counts = lake.outcomes()[-1]["streams"]["songs"]
    assert [counts[name] for name in ("inserted", "updated", "deleted", "unchanged")] == [
        0,
        0,
        1,
        1,
    ]
    lake.load(TELLING, *gone, **HARD)
    assert len(lake.snapshots("songs")) == 2
    lake.load(TELLING, record("songs", id=1, _sdc_deleted_at=GONE), song(1), **HARD)
    assert ids(lake) == [1]


def test_rows_told_to_be_gone_among_a_whole_read_without_keys_are_left_out(lake: Lake) -> None:
    telling = schema("plays", {"v": TEXT, "_sdc_deleted_at": MOMENT}, keys=[])
    gone = versioned("plays", 1, v="b", _sdc_deleted_at=GONE)
    for hard in (False, False, True):
        lake.load(telling, play("a", 1), gone, activate(1, "plays"), hard_delete=hard)
        (lake.folder / "landing_zone/_runs/_versions/plays.json").unlink()
        assert lake.rows("plays") == [{"v": "a", "_sdc_deleted_at": None}]
    assert len(lake.snapshots("plays")) == 1


def test_a_row_told_to_be_gone_needs_no_more_than_its_key(lake: Lake) -> None:
    telling = schema("songs", {"id": WHOLE, "v": TEXT, "_sdc_deleted_at": MOMENT})
    options = {"streams": {"songs": {"replace_by": ["v"]}}, **HARD}
    lake.load(telling, song(1), song(2), song(3, v="y"), **options)
    lake.load(telling, record("songs", id=2, _sdc_deleted_at=GONE), **options)
    assert ids(lake) == [1, 3]


def test_marks_go_into_the_column_that_is_there(lake: Lake) -> None:
    telling = schema("songs", {"id": WHOLE, "_sdc_deleted_at": TEXT})
    lake.load(telling, record("songs", id=1), record("songs", id=2, _sdc_deleted_at="long ago"))
    plain = schema("songs", {"id": WHOLE})
    lake.load(plain, versioned("songs", 1, id=3), activate(1))
    marks = {row["id"]: row["_sdc_deleted_at"] for row in lake.rows("songs")}
    assert marks.pop(2) == "long ago"
    assert marks.pop(3) is None
    assert dt.datetime.fromisoformat(marks.pop(1)).year >= 2026


def test_only_files_that_lose_a_row_are_rewritten(lake: Lake) -> None:
    at = schema("songs", {"id": WHOLE, "at": MOMENT})
    options = {"streams": {"songs": {"partition_by": ["month(at)"], "hard_delete": True}}}
    rows = [
        versioned("songs", 1, id=month, at=f"2020-{month:02}-01T00:00:00Z") for month in range(1, 7)
    ]
    lake.load(at, *rows, activate(1), **options)
    before = {task.file.file_path for task in lake.table("songs").scan().plan_files()}
    later = [{**row, "version": 2} for row in rows if row["record"]["id"] != 3]
    lake.load(at, *later, activate(2), **options)
    after = {task.file.file_path for task in lake.table("songs").scan().plan_files()}
    assert ids(lake) == [1, 2, 4, 5, 6]
    assert after < before
    assert len(after) == 5
