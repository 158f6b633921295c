"""Disks, rights, locks and rivals: right all the same, or one sentence and nothing lost."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from columnar_target.errors import StorageError
from columnar_target.storage.storage import Storage

from .lakes import COMMAND, Lake, Message, lines, record, schema, state
from .recoveries import journals, waiting
from .test_rules import rules

SONGS = schema("songs", {"id": {"type": "integer"}, "title": {"type": "string"}})
FIRST = (SONGS, record("songs", id=1, title="one"), state(songs=1))
SECOND = (SONGS, record("songs", id=2, title="two"), state(songs=2))
FIRST_ROW, SECOND_ROW = {"id": 1, "title": "one"}, {"id": 2, "title": "two"}

BOUND_BY_SIZE = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (20_000, 20_000))"
BOUND_BY_RIGHTS = "import ctypes as c; [c.CDLL(None).prctl(24, n, 0, 0, 0) for n in (1, 2)]"
"""Root gives up to pass over permissions (CAP_DAC_*, out of its bounding set)."""


@pytest.mark.parametrize("place", ["_staging", "landing_zone", "tables", "landing_zone/_runs"])
def test_a_file_in_the_place_of_a_folder_is_named(lake: Lake, place: str) -> None:
    (lake.folder / place).parent.mkdir(parents=True)
    (lake.folder / place).write_text("not a folder", encoding="utf-8")
    with pytest.raises(StorageError, match="move it away") as fault:
        lake.load(*FIRST)
    assert place in str(fault.value)
    (lake.folder / place).unlink()
    lake.load(*FIRST)
    assert lake.rows("songs") == [FIRST_ROW]


def test_a_lake_that_is_a_file_is_named(lake: Lake) -> None:
    lake.folder.write_text("not a folder", encoding="utf-8")
    with pytest.raises(StorageError, match="move it away"):
        lake.load(*FIRST)


def test_two_loads_of_one_run_at_once_keep_each_others_landing_files(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load(*FIRST, run_id="r")
    (first,) = lake.landed("songs/**/*.parquet")
    before = first.read_bytes()
    # as if the first had landed just after the second listed the names
    monkeypatch.setattr(Storage, "names_in", lambda *_: [])
    lake.load(*SECOND, run_id="r")
    assert first.read_bytes() == before
    assert len(lake.landed("songs/**/*.parquet")) == 2
    assert lake.outcomes()[1]["streams"]["songs"]["files"][0].endswith("-0002.parquet")


def test_a_file_comes_whole_from_another_disk(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second disk here")
    monkeypatch.setattr("target_s3.load.workplace", lambda _: other / f"test-{os.getpid()}")
    try:
        lake.load(*FIRST, run_id="r")
        lake.load(*SECOND, run_id="r")
    finally:
        shutil.rmtree(other / f"test-{os.getpid()}")
    assert lake.rows("songs") == [FIRST_ROW, SECOND_ROW]
    assert [path.name for path in lake.landed("songs/**/*.*")] == [
        "songs-r-0001.parquet",
        "songs-r-0002.parquet",
    ]


def test_a_catalog_that_another_process_keeps_locked_is_told(lake: Lake) -> None:
    lake.load(*FIRST)
    file = lake.folder / "catalog.db"
    catalog = {"type": "sql", "uri": f"sqlite:///{file}?timeout=0.05"}
    other = sqlite3.connect(file)
    other.execute("begin exclusive")
    with pytest.raises(StorageError, match="another process keeps the catalog locked"):
        lake.load(*SECOND, catalog=catalog)
    other.close()
    lake.load(*SECOND, catalog=catalog)
    assert lake.rows("songs") == [FIRST_ROW, SECOND_ROW]


def stopped(lake: Lake, words: str, *messages: Message, bound: str = "") -> None:
    """Load in a process that cannot go on, and see what its user sees.

    Args:
        lake: Where it loads to.
        words: What it must say.
        messages: What it loads.
        bound: Python that takes something from the process first.
    """
    config = lake.folder.parent / "config.json"
    config.write_text(json.dumps(lake.config), encoding="utf-8")
    command = [str(COMMAND), "--config", str(config)]
    first = f"{bound or 'pass'}\nimport os, sys; os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", first, *command],
        input=lines(messages),
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b""), said
    assert "Traceback" not in said
    assert "ignored" not in said
    (sentence,) = [line for line in said.splitlines() if "CRITICAL" in line]
    assert words in sentence


def many_songs() -> list[Message]:
    songs = [record("songs", id=n, title=random.Random(n).randbytes(40).hex()) for n in range(3000)]
    return [SONGS, *songs, state(songs=3000)]


@contextlib.contextmanager
def disk_at(folder: Path) -> Iterator[Callable[[str], None]]:
    """A disk of its own for a folder; called, it changes its size."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(folder), "-o"]
    if subprocess.run([*mount, "size=1M"], capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a disk")
    try:
        yield lambda size: subprocess.run(
            [*mount, f"remount,size={size}"], check=True
        ).check_returncode()
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small_disk(lake: Lake) -> Iterator[Callable[[str], None]]:
    """Put the lake on a disk of its own."""
    with disk_at(lake.folder) as resize:
        yield resize
        lake.close()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["24k", "160k"])
def test_a_full_disk_is_told_and_with_room_the_next_run_is_right(
    lake: Lake, small_disk: Callable[[str], None], size: str
) -> None:
    small_disk(size)
    stopped(lake, "the disk is full: make room", *many_songs())
    small_disk("50M")
    lake.load(*many_songs())
    lake.load(*FIRST)
    expected = [message["record"] for message in many_songs()[1:-1]]
    expected[1] = FIRST_ROW
    assert lake.rows("songs") == sorted(expected, key=repr)


def test_a_journal_that_finds_no_room_is_told_and_nothing_of_its_load_is_seen(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    gated = rules(lake, "songs", 'ColumnValues "id" > 0 labels=["policy"="quarantine"]')
    lake.load(*FIRST, **gated)
    bad = record("songs", id=-2, title="two")
    with disk_at(lake.folder / "_publish") as resize:
        resize("4k")
        filling = lake.folder / "_publish" / "filling"
        filling.write_bytes(bytes(4096))
        capsys.readouterr()
        with pytest.raises(StorageError, match="the disk is full: make room"):
            lake.load(*SECOND, bad, run_id="r", **gated)
        assert capsys.readouterr().out == ""
        assert lake.rows("songs") == [FIRST_ROW]
        assert waiting(lake, "songs") == []
        assert journals(lake) == ["filling"]
        filling.unlink()
        lake.load(*SECOND, bad, run_id="r", **gated)
        assert lake.rows("songs") == [FIRST_ROW, SECOND_ROW]
        assert [row["id"] for row in waiting(lake, "songs")] == [-2]
        assert journals(lake) == []
        lake.close()


@pytest.mark.slow
def test_a_limit_on_the_size_of_files_is_told(lake: Lake) -> None:
    words = "a file grows beyond what this process may write"
    stopped(lake, words, *many_songs(), bound=BOUND_BY_SIZE)


@pytest.mark.slow
def test_a_table_that_may_not_be_written_is_told_and_stays_as_it_was(lake: Lake) -> None:
    lake.load(*FIRST)
    metadata = lake.folder / "tables" / "songs" / "metadata"
    metadata.chmod(0o555)
    stopped(lake, "this user may not do that there", *SECOND, bound=BOUND_BY_RIGHTS)
    assert lake.rows("songs") == [FIRST_ROW]
    metadata.chmod(0o755)
    lake.load(*SECOND)
    assert lake.rows("songs") == [FIRST_ROW, SECOND_ROW]
