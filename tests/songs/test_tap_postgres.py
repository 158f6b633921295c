"""The songs' tap against a real PostgreSQL: what it says of a whole read, and when."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Database
from .tap import COMMAND, Tap

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("songs")]

STREAM = "deftunes-songs"
VERSIONED: dict[str, Any] = {"emit_activate_version_messages": True}
MODES = ["RECORD", "BATCH"]
SOME = {"custom_where_clauses": ["title like '%e%'", "year > 0"]}


def asked_for(tap: Tap, mode: str) -> dict[str, Any]:
    """The settings that ask for a mode."""
    return tap.batches() if mode == "BATCH" else {}


@pytest.mark.parametrize("mode", MODES)
def test_the_version_is_activated_once_more_between_the_last_row_and_the_state(
    tap: Tap, database: Database, mode: str
) -> None:
    run = tap.run(**VERSIONED, **asked_for(tap, mode))
    assert run.kinds == ["SCHEMA", "ACTIVATE_VERSION", mode, "ACTIVATE_VERSION", "STATE"]
    versions = {message["version"] for message in run.messages if "version" in message}
    assert len(versions) == 1
    sent = run.table.to_pylist() if mode == "BATCH" else run.records
    tracks = database.execute("select track_id from deftunes.songs").fetchall()
    assert sorted(song["track_id"] for song in sent) == sorted(track for (track,) in tracks)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("limit", "rows"),
    [
        ({"max_record_count": 5}, "select * from deftunes.songs limit 5"),
        (
            {
                "stream_options": {
                    STREAM: {"custom_where_clauses": ["title like '%e%'", "year > 0"]}
                }
            },
            "select * from deftunes.songs where title like '%e%' and year > 0",
        ),
    ],
)
def test_a_part_of_the_table_is_never_called_the_whole(
    tap: Tap, database: Database, mode: str, limit: dict[str, Any], rows: str
) -> None:
    run = tap.run(**VERSIONED, **limit, **asked_for(tap, mode))
    assert run.kinds == ["SCHEMA", "ACTIVATE_VERSION", mode, "STATE"]
    sent = run.table.to_pylist() if mode == "BATCH" else run.records
    expected = database.execute(f"select track_id from ({rows}) as part").fetchall()
    assert {song["track_id"] for song in sent} == {track for (track,) in expected}
    assert len(sent) == len(expected) > 1


def test_a_state_amid_a_whole_read_does_not_take_the_place_of_the_last(
    own_tap: Tap, database: Database
) -> None:
    database.execute("create table many as select generate_series(1, 10001) as id")
    run = own_tap.run(**VERSIONED)
    assert len(run.records) == 10001
    assert run.kinds == ["SCHEMA", "ACTIVATE_VERSION", "RECORD", "ACTIVATE_VERSION", "STATE"]


def test_versions_are_not_spoken_of_unless_asked_for(tap: Tap) -> None:
    assert tap.run().kinds == ["SCHEMA", "RECORD", "STATE"]


def test_a_database_out_of_reach_is_one_sentence_without_the_password(tap: Tap) -> None:
    config = tap.config(port=9, password="s3cret")
    failed = tap.forks.run([COMMAND, "--config", str(config), "--discover"])
    words = failed.err.decode()
    assert failed.status == 1
    assert not failed.out
    assert "The database could not be read" in words
    assert "Traceback" not in words
    assert "s3cret" not in words
