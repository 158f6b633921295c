"""The state: from every one that was written a run goes on rightly; no other does harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .api import PurchaseApi
from .rows import session, user
from .run import Message, Run, run, sync

Config = dict[str, Any]

KEYS = {
    "sessions": ("session_id",),
    "session_items": ("session_id", "item_index"),
    "users": ("user_id",),
}
REPLICATION_KEYS = {
    "sessions": "session_start_time",
    "session_items": "session_start_time",
    "users": "user_since",
}


def spread(api: PurchaseApi) -> None:
    """A session and a user on every fifth day of more than the months of `config`, unsorted."""
    days = [f"2020-{month:02d}-{day:02d}" for month in (3, 1, 2, 5, 4) for day in range(26, 0, -5)]
    api.rows["/sessions"] = [session(f"{day}T09:00:00", items=2) for day in days]
    api.rows["/users"] = [user(f"{day}T09:00:00") for day in days]


def loaded(*runs: Run) -> dict[str, dict[tuple[Any, ...], Message]]:
    """What a target that merges by key holds after these runs."""
    return {
        stream: {
            tuple(record[name] for name in key): record
            for run in runs
            for record in run.records(stream)
        }
        for stream, key in KEYS.items()
    }


def states_of(bookmark: Any) -> Message:
    return {
        "bookmarks": {
            stream: {"replication_key": key, "replication_key_value": bookmark}
            for stream, key in REPLICATION_KEYS.items()
        }
    }


@pytest.mark.parametrize("lookback", [0, 1, 45])
def test_from_every_state_a_later_run_brings_the_rest(
    api: PurchaseApi, config: Config, lookback: int
) -> None:
    spread(api)
    whole = sync(config)
    everything = loaded(whole)
    assert {stream: len(rows) for stream, rows in everything.items()} == {
        "sessions": 24, "session_items": 48, "users": 24,
    }  # fmt: skip
    states = [at for at, message in enumerate(whole.messages) if message["type"] == "STATE"]
    assert len(states) == 8
    for at in states:
        before = Run(whole.messages[: at + 1])
        after = sync(config | {"lookback_days": lookback}, state=whole.messages[at]["value"])
        assert loaded(before, after) == everything
        if lookback == 0:
            twice = [len(before.records(name)) + len(after.records(name)) for name in KEYS]
            assert twice == [len(everything[name]) for name in KEYS]


@pytest.mark.slow
def test_a_run_that_ended_anywhere_goes_on_from_the_last_state_before_it(
    api: PurchaseApi, config: Config
) -> None:
    spread(api)
    whole = sync(config)
    for end in range(len(whole.messages)):
        before = Run(whole.messages[:end])
        state = before.states[-1] if before.states else None
        after = sync(config | {"lookback_days": 0}, state=state)
        assert loaded(before, after) == loaded(whole)
        assert after.states[-1:] in ([], whole.states[-1:])


@pytest.mark.parametrize("bookmark", ["2020-05-01T00:00:01+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_bookmark_later_than_the_end_reads_nothing_and_leaves_the_state(
    api: PurchaseApi, config: Config, bookmark: str
) -> None:
    spread(api)
    done = sync(config, state=states_of(bookmark))
    assert done.error == ""
    assert [m["type"] for m in done.messages] == ["SCHEMA"] * 3
    assert api.asked == []


def test_a_bookmark_of_the_future_waits_until_its_day_has_come(
    api: PurchaseApi, config: Config
) -> None:
    del config["end_date"]
    api.rows["/users"] = [user("2031-05-05T09:00:00", "late"), user("2031-05-06T09:00:00", "new")]
    state = states_of("2031-05-05T12:00:00+00:00")
    for now in ("2024-01-01T12:00:00", "2031-05-03T23:59:59"):
        assert sync(config, state=state, now=now).states == []
    assert api.asked == []
    done = sync(config, state=state, now="2031-05-06T12:00:00")
    assert done.ids("users", "user_id") == ["late", "new"]
    assert done.bookmarks("users")[-1] == "2031-05-06T12:00:00+00:00"


@pytest.mark.parametrize(
    "bookmark",
    [7, "soon", "", [], "12020-01-01", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"],
)
def test_a_bookmark_that_is_no_timestamp_is_refused_in_one_sentence_before_anything_is_read(
    api: PurchaseApi, config: Config, bookmark: Any
) -> None:
    state = {"bookmarks": {"users": states_of(bookmark)["bookmarks"]["users"]}}
    done = sync(config, state=state)
    assert done.error == (
        "The state's bookmark of stream users is not a timestamp: mend its replication_key_value, "
        "or remove the bookmark to read from start_date."
    )
    assert (done.messages, api.asked) == ([], [])


GARBAGE = [
    [], 7, "x", {"bookmarks": None}, {"bookmarks": []}, {"bookmarks": {"users": "x"}},
    {"bookmarks": {"users": None}}, {"bookmarks": {"another": 7}},
]  # fmt: skip


@pytest.mark.parametrize("state", GARBAGE, ids=json.dumps)
def test_garbage_for_a_state_is_refused_in_one_sentence(
    api: PurchaseApi, config: Config, state: Any
) -> None:
    done = sync(config, state=state)
    assert done.error.startswith('The state is not of the form {"bookmarks": {stream: {…}}}: give')
    assert (done.messages, api.asked) == ([], [])


@pytest.mark.slow
def test_garbage_in_a_state_file_is_one_line_and_no_traceback(
    config: Config, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    path.write_text("7", encoding="utf-8")
    done = run(tmp_path, config, "--state", str(path))
    assert (done.status, done.messages) == (1, [])
    (line,) = [line for line in done.error.splitlines() if "| INFO " not in line]
    assert "| CRITICAL |" in line
    assert "The state is not of the form" in line


@pytest.mark.parametrize("state", [{}, {"other": 1}, {"bookmarks": {}}, {"bookmarks": {"x": {}}}])
def test_a_state_without_a_bookmark_of_ours_reads_from_the_start(
    api: PurchaseApi, config: Config, state: Message
) -> None:
    spread(api)
    assert loaded(sync(config, state=state)) == loaded(sync(config))
