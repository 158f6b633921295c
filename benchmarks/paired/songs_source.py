"""The songs database at any size, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import adbc_driver_postgresql.dbapi as adbc  # type: ignore[import-untyped]  # ships no types
import pyarrow as pa

from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.settings import MAX_SONGS
from deftunes_sandbox.songs_address import SongsAddress
from paired.content import COLUMNS

_MORE = """
insert into deftunes.songs
select 'TR' || upper(left(md5(track_id || copy), 16)), title || ' (' || copy || ')',
    song_id, release, artist_id, artist_mbid, artist_name, duration, artist_familiarity,
    artist_hotttnesss, year, track_7digitalid, shs_perf, shs_work
from deftunes.songs, generate_series(1, %s) as copy
"""


@contextmanager
def songs_database(size: int) -> Iterator[SongsAddress]:
    """A PostgreSQL with so many songs, beyond what the sandbox generates by copies of them."""
    settings = SandboxSettings(songs_port=0, songs=min(size, MAX_SONGS))
    with Sandbox(settings, services=["songs"]) as sandbox:
        copies, rest = divmod(size, settings.songs)
        if rest:
            raise SystemExit(f"deftunes: {size} songs: take up to {MAX_SONGS}, or its multiples.")
        with sandbox.songs.connect() as connection:
            connection.execute(_MORE, [copies - 1])
            connection.execute("vacuum analyze deftunes.songs")
        yield sandbox.songs


@contextmanager
def songs_read(address: SongsAddress) -> Iterator[pa.RecordBatchReader]:
    """All songs as they come, read by none of the programs that are measured."""
    columns = ", ".join(COLUMNS["songs"])
    with adbc.connect(address.url(), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"select {columns} from deftunes.songs")
        with cursor.fetch_record_batch() as reader:
            yield reader
