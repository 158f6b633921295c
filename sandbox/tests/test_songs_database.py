"""The songs database is a real PostgreSQL that holds exactly the generated songs."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deftunes_sandbox import Sandbox, SandboxError, SandboxSettings
from deftunes_sandbox.cluster import place_of, remove_cluster
from deftunes_sandbox.published import published
from deftunes_sandbox.songs import Song, all_songs, published_songs, song_block

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("songs-database")]

COLUMNS = [
    ("track_id", "text"), ("title", "text"), ("song_id", "text"), ("release", "text"),
    ("artist_id", "text"), ("artist_mbid", "text"), ("artist_name", "text"), ("duration", "real"),
    ("artist_familiarity", "real"), ("artist_hotttnesss", "real"), ("year", "integer"),
    ("track_7digitalid", "integer"), ("shs_perf", "integer"), ("shs_work", "integer"),
]  # fmt: skip


def rows(sandbox: Sandbox, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(sandbox.songs.url()) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(songs_port=0), services=["songs"]) as sandbox:
        yield sandbox


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sandbox-test-"))
    folder.chmod(0o755)
    yield folder
    remove_cluster(folder)
    shutil.rmtree(folder)


def test_the_table_equals_the_generated_songs_value_by_value(sandbox: Sandbox) -> None:
    stored = {row[0]: Song(*row) for row in rows(sandbox, "select * from deftunes.songs")}
    made = list(all_songs(sandbox.settings.seed, sandbox.settings.songs))
    assert stored == {song.track_id: song for song in made}
    assert len(stored) == len(made) == 10_000


def test_the_columns_are_those_of_the_million_song_dataset(sandbox: Sandbox) -> None:
    query = (
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'deftunes' and table_name = 'songs' order by ordinal_position"
    )
    assert rows(sandbox, query) == COLUMNS


def test_the_published_songs_are_there_value_by_value_and_so_are_the_bought_ones(
    sandbox: Sandbox,
) -> None:
    stored = {row[0]: row for row in rows(sandbox, "select * from deftunes.songs")}
    for record in published("songs"):
        assert stored[record["track_id"]] == tuple(record[name] for name, _ in COLUMNS)
    for session in published("sessions"):
        for item in session["session_items"]:
            song = Song(*stored[item["song_id"]])
            assert (song.title, song.artist_id, song.artist_name) == (
                item["song_name"], item["artist_id"], item["artist_name"],
            )  # fmt: skip
    stand_ins = song_block(sandbox.settings.seed, 0)
    assert len(published_songs(stand_ins)) == 11


def test_the_quirks_of_the_real_table_are_there(sandbox: Sandbox) -> None:
    songs = [Song(*row) for row in rows(sandbox, "select * from deftunes.songs")]
    spellings = defaultdict(set)
    for song in songs:
        spellings[song.artist_id].add(song.artist_name)
    assert sum(len(names) > 1 for names in spellings.values()) > 100
    assert max(Counter(song.song_id for song in songs).values()) > 1
    assert sum(song.year == 0 for song in songs) > len(songs) / 2
    assert any(song.artist_mbid == "" for song in songs)
    assert any(song.artist_hotttnesss > 1 for song in songs)
    assert sum(song.shs_perf == -1 for song in songs) > 0.9 * len(songs)
    assert sum(song.shs_work == 0 for song in songs) > 0.9 * len(songs)
    assert any(not song.title.isascii() for song in songs)


def test_track_id_is_the_key_and_a_password_is_asked_for(sandbox: Sandbox) -> None:
    with (
        psycopg.connect(sandbox.songs.url()) as connection,
        pytest.raises(psycopg.errors.UniqueViolation),
    ):
        connection.execute("insert into deftunes.songs select * from deftunes.songs limit 1")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(dataclasses.replace(sandbox.songs, password="wrong").url())


def test_it_listens_on_this_machine_only_and_on_no_socket_in_a_shared_place(
    sandbox: Sandbox,
) -> None:
    assert rows(sandbox, "show listen_addresses") == [("127.0.0.1",)]
    assert rows(sandbox, "show unix_socket_directories") == [("",)]


def test_what_is_in_the_table_stays_while_seed_and_count_are_the_same(folder: Path) -> None:
    settings = SandboxSettings(directory=folder, songs_port=0, songs=300)
    with Sandbox(settings, services=["songs"]) as sandbox, sandbox.songs.connect() as connection:
        connection.execute("update deftunes.songs set title = 'mine' where year = 0")
    with Sandbox(settings, services=["songs"]) as sandbox:
        [(kept,)] = rows(sandbox, "select count(*) from deftunes.songs where title = 'mine'")
        assert kept > 0
    for change in ({"songs": 200}, {"songs": 200, "seed": 1}):
        other = SandboxSettings(**{**vars(settings), **change})
        with Sandbox(other, services=["songs"]) as sandbox:
            stored = {Song(*row) for row in rows(sandbox, "select * from deftunes.songs")}
            assert stored == set(all_songs(other.seed, other.songs))


def test_songs_survive_a_server_that_was_killed(folder: Path) -> None:
    settings = SandboxSettings(directory=folder, songs_port=0, songs=300)
    with Sandbox(settings, services=["songs"]) as sandbox:
        os.kill(sandbox.songs_server.id.pid, 9)
    with Sandbox(settings, services=["songs"]) as sandbox:
        assert rows(sandbox, "select count(*) from deftunes.songs") == [(300,)]


def test_one_folder_serves_one_sandbox_at_a_time(folder: Path) -> None:
    settings = SandboxSettings(directory=folder, songs_port=0, songs=300)
    with (
        Sandbox(settings, services=["songs"]),
        pytest.raises(SandboxError, match=r"in use.*DEFTUNES_SANDBOX_DIR"),
        Sandbox(settings, services=["songs"]),
    ):
        pass


def test_a_temporary_sandbox_leaves_no_file() -> None:
    with Sandbox(SandboxSettings(songs_port=0, songs=300), services=["songs"]) as sandbox:
        [(data,)] = rows(sandbox, "show data_directory")
    assert not Path(data).parent.exists()
    assert not Path(data).parent.parent.joinpath("songs.log").exists()


@pytest.mark.parametrize("hindrance", ["a file", "a closed folder"])
def test_a_folder_that_cannot_be_used_is_told_in_a_sentence(folder: Path, hindrance: str) -> None:
    if hindrance == "a file":
        folder.joinpath("taken").touch()
        directory = folder / "taken"
    else:
        directory = Path("/proc/deftunes")
    with (
        pytest.raises(SandboxError, match=rf"{directory}.*DEFTUNES_SANDBOX_DIR"),
        Sandbox(SandboxSettings(directory=directory, songs_port=0), services=["songs"]),
    ):
        pass


def test_the_data_lie_where_the_servers_user_can_reach_them(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("LOUD: needs root, since only root serves the songs as another user")
    folder.chmod(0o700)
    settings = SandboxSettings(directory=folder, songs_port=0, songs=300)
    for _ in range(2):
        with Sandbox(settings, services=["songs"]) as sandbox:
            [(data,)] = rows(sandbox, "show data_directory")
            assert not data.startswith(str(folder))
            assert Path(data).owner() == "nobody"
    assert place_of(folder, 65534) == Path(data).parent
