"""Batch files: of bounded size, whole when announced, gone when not, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]  # ships no types
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg.conninfo import make_conninfo
from singer_sdk.helpers._batch import BatchConfig

from deftunes_sandbox import Sandbox
from deftunes_tap_postgres.batches.files import files_of
from deftunes_tap_postgres.batches.reader import rows_of
from deftunes_tap_postgres.errors import TapError

from .conftest import Database
from .tap import Run, Tap, table_in

pytestmark = [pytest.mark.heavy, pytest.mark.slow, pytest.mark.xdist_group("songs")]

WAIT_SECONDS = 20


VERSIONED: dict[str, Any] = {"emit_activate_version_messages": True}


def many(database: Database, rows: int) -> None:
    """A table of wide rows, of which a few megabytes are not the whole."""
    database.execute(
        "create table many as select n, repeat(md5(n::text), 16) as words "
        f"from generate_series(1, {rows}) as n"
    )


def open_reads(database: Database, table: str) -> int:
    found = database.execute(
        "select count(*) from pg_stat_activity where state <> 'idle' "
        "and query ~ %s and pid <> pg_backend_pid()",
        [table],
    ).fetchone()
    return int(found[0]) if found else 0


def until(happened: object) -> None:
    """Wait until a function gives something that is true."""
    assert callable(happened)
    deadline = time.monotonic() + WAIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def empty(tap: Tap) -> list[Path]:
    """Files for what a process hears, says, and complains of."""
    files = [tap.folder / name for name in ("in", "out", "err")]
    for file in files:
        file.write_bytes(b"")
    return files


@contextmanager
def reading(tap: Tap, rows: int) -> Iterator[tuple[int, Path]]:
    """A tap amid a read: it has announced a file, and nobody takes what it says from then on."""
    heard, said, words = empty(tap)
    command = tap.command(**tap.batches(batch_size=rows))
    process = tap.forks.start(command, heard, said, words)
    until(lambda: b'"BATCH"' in said.read_bytes())
    yield process, said


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_tap_that_is_killed_leaves_whole_files_and_no_transaction(
    own_tap: Tap, database: Database, kill: signal.Signals
) -> None:
    many(database, 200_000)
    with reading(own_tap, 5_000) as (process, said):
        assert open_reads(database, f"{own_tap.schema}.many") == 1
        os.kill(process, kill)
        status = own_tap.forks.wait(process)
    assert status == (-kill if kill == signal.SIGKILL else 128 + kill)
    run = Run(status, said.read_bytes(), "")
    assert "STATE" not in run.kinds
    until(lambda: open_reads(database, f"{own_tap.schema}.many") == 0)
    drafts = set(own_tap.files.glob(".*"))
    assert len(drafts) <= (kill == signal.SIGKILL)
    shown = set(own_tap.files.iterdir()) - drafts
    assert set(run.files) <= shown
    assert len(shown) <= len(run.files) + 1  # at most one that was about to be announced
    assert {table_in(file).num_rows for file in shown} == {5_000}


def test_the_next_run_removes_what_a_killed_one_was_writing_and_nobody_else_is(
    tap: Tap,
) -> None:
    tap.files.mkdir()
    names = ["deftunes-songs-1-00001.arrow", "deftunes-songs-2-00001.arrow", "others-1-00001.arrow"]
    abandoned, written, others = (tap.files / f".{name}.part" for name in names)
    long_ago = time.time() - 3600
    for draft in (abandoned, written, others):
        draft.touch()
        os.utime(draft, (long_ago, long_ago))
    with written.open("rb") as owned:
        fcntl.flock(owned, fcntl.LOCK_EX)
        run = tap.run(**tap.batches())
    assert set(tap.files.iterdir()) == {*run.files, written, others}


def test_a_tap_ends_by_a_signal_even_while_the_server_gives_nothing(
    own_tap: Tap, database: Database
) -> None:
    database.execute("create view slow as select 1 as n from pg_sleep(60)")
    heard, said, words = empty(own_tap)
    process = own_tap.forks.start(own_tap.command(**own_tap.batches()), heard, said, words)
    sleeping = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
    until(lambda: database.execute(sleeping).fetchone() == (1,))
    os.kill(process, signal.SIGTERM)
    until(lambda: database.execute(sleeping).fetchone() == (0,))
    assert own_tap.forks.wait(process) == 143
    assert b"Stopped by SIGTERM" in words.read_bytes()
    assert b"Traceback" not in words.read_bytes()


def test_a_connection_that_is_lost_amid_the_rows_is_one_sentence(
    own_tap: Tap, database: Database
) -> None:
    many(database, 200_000)
    with reading(own_tap, 5_000) as (process, said):
        idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
        assert database.execute(idle).fetchone() == (0,)
        database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query like 'COPY%' and pid <> pg_backend_pid()"
        )
        assert own_tap.forks.wait(process) == 1
    words = (own_tap.folder / "err").read_text("utf-8")
    assert f"Table {own_tap.schema}.many could not be read to its end (" in words
    assert "Traceback" not in words
    run = Run(1, said.read_bytes(), words)
    assert set(own_tap.files.iterdir()) == set(run.files)
    assert "STATE" not in run.kinds


def test_a_read_cannot_write(songs: Sandbox, database: Database, schema: str) -> None:
    many(database, 3)
    address = make_conninfo("", **songs.songs_dsn)
    deleting = f"with gone as (delete from {schema}.many returning n) select n from gone"
    with pytest.raises(TapError, match=r"Table t could not be read to its end \(SQLSTATE 25006\)"):
        list(rows_of(address, deleting, "t"))
    assert database.execute("select count(*) from many").fetchone() == (3,)


def test_a_table_as_wide_as_postgres_allows_is_handed_over(
    own_tap: Tap, database: Database
) -> None:
    names = [f"column {number}" for number in range(1, 1601)]
    columns = ", ".join(f'"{name}" smallint default {at}' for at, name in enumerate(names))
    database.execute(f"create table wide ({columns}); insert into wide default values")
    assert own_tap.run(**own_tap.batches()).table.to_pylist() == [
        {name: at for at, name in enumerate(names)}
    ]


def test_a_value_that_is_refused_late_takes_the_file_being_written_with_it(
    own_tap: Tap, database: Database
) -> None:
    many(database, 60_000)
    database.execute("alter table many add day date")
    database.execute("update many set day = 'infinity' where n = 60000")
    run = own_tap.run(expect=1, **own_tap.batches(batch_size=7_000), **VERSIONED)
    assert "Column 'day'" in run.words
    assert run.kinds == ["SCHEMA", "ACTIVATE_VERSION", "BATCH"]
    assert len(run.files) > 1
    assert set(own_tap.files.iterdir()) == set(run.files)


@pytest.mark.parametrize("file_format", ["arrow", "parquet"])
def test_files_hold_so_many_rows_and_are_named_by_stream_and_run(
    own_tap: Tap, database: Database, file_format: str
) -> None:
    many(database, 70_001)
    database.execute('alter table many rename to "many/odd .. things"')
    batches = own_tap.batches(file_format, batch_size=20_000)
    batches["batch_config"]["storage"]["prefix"] = "of/songs."
    run = own_tap.run(**batches)
    assert [table.num_rows for table in run.tables] == [20_000, 20_000, 20_000, 10_001]
    assert sorted(run.table["n"].to_pylist()) == list(range(1, 70_002))
    assert len({table.schema for table in run.tables}) == 1
    stem = rf"songs\.{own_tap.schema}-many_odd_\.\._things-\d{{8}}T\d{{6}}Z-[0-9a-f]{{8}}"
    names = [re.fullmatch(rf"({stem})-(\d{{5}})\.{file_format}", file.name) for file in run.files]
    assert {file.parent for file in run.files} == {own_tap.files / "of"}
    assert [match and match[2] for match in names] == ["00001", "00002", "00003", "00004"]
    assert len({match and match[1] for match in names}) == 1
    assert [message["encoding"]["format"] for message in run.of_type("BATCH")] == [file_format] * 4


@pytest.mark.parametrize(
    ("file_format", "compression"),
    [("arrow", "zstd"), ("arrow", "lz4"), ("arrow", "none"), ("parquet", "gzip")],
)
def test_files_are_compressed_as_the_message_says(
    tap: Tap, file_format: str, compression: str
) -> None:
    plain = tap.run(**tap.batches()).table
    run = tap.run(**tap.batches(file_format, compression=compression))
    assert run.table.equals(plain)
    (message,) = run.of_type("BATCH")
    assert message["encoding"] == {"format": file_format, "compression": compression}
    if file_format == "parquet":
        column = pq.ParquetFile(run.files[0]).metadata.row_group(0).column(0)
        assert column.compression.lower() == compression
    else:
        smaller = run.files[0].stat().st_size < plain.nbytes
        assert smaller is (compression != "none")


@pytest.mark.parametrize(
    "setting",
    [
        {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp"}},
        {
            "encoding": {"format": "arrow", "compression": "gzip"},
            "storage": {"root": "file:///tmp"},
        },
        {"encoding": {"format": "arrow"}},
        {"encoding": {"format": "arrow"}, "storage": {"root": "file:///tmp"}, "batch_size": 0},
    ],
)
def test_batches_that_cannot_be_made_are_refused_before_anything_is_read(
    tap: Tap, setting: dict[str, object]
) -> None:
    run = tap.run(expect=1, batch_config=setting)
    assert "BATCH" not in run.kinds
    assert "RECORD" not in run.kinds
    assert "batch_config" in run.words
    assert "Traceback" not in run.words


def test_a_target_that_is_gone_finds_no_litter(own_tap: Tap, database: Database) -> None:
    many(database, 100)
    pipe = own_tap.folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    heard, _, words = empty(own_tap)
    command = own_tap.command(**own_tap.batches())
    database.execute("begin; lock table many in access exclusive mode")
    process = own_tap.forks.start(command, heard, pipe, words)
    until(lambda: words.read_bytes().count(b"Beginning sync"))
    os.close(reader)
    database.execute("commit")
    assert own_tap.forks.wait(process) != 0
    assert not list(own_tap.files.glob("*"))


def test_a_mapped_stream_goes_as_records_for_what_a_map_takes_out(tap: Tap) -> None:
    mapped = {"deftunes-songs": {"title": "__NULL__"}}
    run = tap.run(**tap.batches(), stream_maps=mapped)
    assert run.kinds == ["SCHEMA", "RECORD", "STATE"]
    assert all("title" not in record for record in run.records)
    assert "goes as RECORDs" in run.words


def test_what_is_not_a_local_file_is_whole_or_not_there_either() -> None:
    schema = pa.schema([("n", pa.int32())])
    config = BatchConfig.from_dict(
        {
            "storage": {"root": "memory://batches", "prefix": "p-"},
            "encoding": {"format": "arrow", "compression": "none"},
            "batch_size": 2,
        }
    )

    def rows() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([pa.array([1, 2, 3], pa.int32())], schema)
        raise ValueError("amid the second file")

    with pytest.raises(ValueError, match="amid"):
        list(files_of(rows(), schema, config, "s"))
    system = fsspec.filesystem("memory")
    (name,) = system.ls("/batches", detail=False)
    assert re.fullmatch(r"/batches/p-s-\w+-\w+-00001\.arrow", name)
    assert pa.ipc.open_file(system.cat_file(name)).read_all()["n"].to_pylist() == [1, 2]
