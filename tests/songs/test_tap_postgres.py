"""The songs' tap against a real PostgreSQL: what it says of a whole read, and when."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deftunes_sandbox import Sandbox, SandboxSettings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("songs")]

COMMAND = Path(sys.executable).with_name("deftunes-tap-postgres")
STREAM = "deftunes-songs"


@pytest.fixture(scope="module")
def songs() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(songs_port=0, songs=100), services=["songs"]) as sandbox:
        yield sandbox


def configured(sandbox: Sandbox, folder: Path, **more: Any) -> Path:
    dsn = sandbox.songs_dsn
    config = {
        "host": dsn["host"],
        "port": int(dsn["port"]),
        "user": dsn["user"],
        "password": dsn["password"],
        "database": dsn["dbname"],
        "filter_schemas": ["deftunes"],
        "default_replication_method": "FULL_TABLE",
        "emit_activate_version_messages": True,
        **more,
    }
    file = folder / "tap.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


def read(config: Path, *, expect: int = 0) -> tuple[list[dict[str, Any]], str]:
    command = [str(COMMAND), "--config", str(config)]
    discovered = subprocess.run(
        [*command, "--discover"], capture_output=True, text=True, check=False
    )
    assert discovered.returncode == expect, discovered.stderr
    if expect:
        return [], discovered.stderr
    catalog = json.loads(discovered.stdout)
    for entry in catalog["streams"][0]["metadata"]:
        if not entry["breadcrumb"]:
            entry["metadata"]["selected"] = True
    selected = config.with_name("catalog.json")
    selected.write_text(json.dumps(catalog), encoding="utf-8")
    command += ["--catalog", str(selected)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    """The messages' types in order, each stretch of one type once."""
    types = [message["type"] for message in messages if message.get("stream", STREAM) == STREAM]
    return [kind for number, kind in enumerate(types) if number == 0 or types[number - 1] != kind]


def test_the_version_is_activated_once_more_between_the_last_row_and_the_state(
    songs: Sandbox, tmp_path: Path
) -> None:
    messages, _ = read(configured(songs, tmp_path))
    assert kinds(messages) == ["SCHEMA", "ACTIVATE_VERSION", "RECORD", "ACTIVATE_VERSION", "STATE"]
    versions = {
        message["version"]
        for message in messages
        if message["type"] in {"RECORD", "ACTIVATE_VERSION"}
    }
    assert len(versions) == 1
    with psycopg.connect(**songs.songs_dsn) as database:  # type: ignore[arg-type]
        tracks = database.execute("select track_id from deftunes.songs").fetchall()
    sent = [message["record"]["track_id"] for message in messages if message["type"] == "RECORD"]
    assert sorted(sent) == sorted(track for (track,) in tracks)


@pytest.mark.parametrize(
    "limit",
    [
        {"max_record_count": 5},
        {"stream_options": {STREAM: {"custom_where_clauses": ["year > 2000"]}}},
    ],
)
def test_a_part_of_the_table_is_never_called_the_whole(
    songs: Sandbox, tmp_path: Path, limit: dict[str, Any]
) -> None:
    messages, _ = read(configured(songs, tmp_path, **limit))
    assert kinds(messages)[:3] == ["SCHEMA", "ACTIVATE_VERSION", "RECORD"]
    assert kinds(messages)[3:] == ["STATE"]


def test_versions_are_not_spoken_of_unless_asked_for(songs: Sandbox, tmp_path: Path) -> None:
    messages, _ = read(configured(songs, tmp_path, emit_activate_version_messages=False))
    assert kinds(messages) == ["SCHEMA", "RECORD", "STATE"]


def test_a_database_out_of_reach_is_one_sentence_without_the_password(
    songs: Sandbox, tmp_path: Path
) -> None:
    messages, words = read(configured(songs, tmp_path, port=9, password="s3cret"), expect=1)
    assert not messages
    assert "The database could not be read" in words
    assert "Traceback" not in words
    assert "s3cret" not in words
