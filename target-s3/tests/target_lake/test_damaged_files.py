"""Files of the lake that are cut off, damaged or gone: named in one sentence, or of no account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from columnar_target.errors import StorageError

from .lakes import Lake, record, schema, state

SONGS = schema("songs", {"id": {"type": "integer"}, "title": {"type": "string"}})
FIRST = (SONGS, record("songs", id=1, title="one"), state(songs=1))
SECOND = (SONGS, record("songs", id=2, title="two"), state(songs=2))
FIRST_ROW, SECOND_ROW = {"id": 1, "title": "one"}, {"id": 2, "title": "two"}


def latest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns)


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


@pytest.mark.parametrize(
    ("pattern", "damage", "words"),
    [
        ("tables/songs/metadata/*.metadata.json", cut(0.5), "is damaged or cut off"),
        ("tables/songs/metadata/snap-*.avro", cut(0.3), "is damaged or cut off"),
        ("tables/songs/metadata/*-m0.avro", cut(0.9), "is damaged or cut off"),
        ("tables/songs/data/*.parquet", cut(0.5), "a data file of the table is damaged"),
        ("catalog.db", lambda _: b"garbage" * 1000, "the catalog is damaged"),
        ("catalog.db", cut(0), "is gone or empty"),
    ],
)
def test_a_damaged_file_is_named_and_with_a_copy_of_it_all_is_there(
    lake: Lake, pattern: str, damage: Callable[[bytes], bytes], words: str
) -> None:
    lake.load(*FIRST)
    file = latest(lake.folder, pattern)
    content = file.read_bytes()
    file.write_bytes(damage(content))
    with pytest.raises(StorageError, match=words) as fault:
        lake.load(*SECOND)
    assert len(str(fault.value).splitlines()) == 1
    assert file.name in str(fault.value) or words == "the catalog is damaged"
    file.write_bytes(content)
    lake.load(*SECOND)
    assert lake.rows("songs") == [FIRST_ROW, SECOND_ROW]


@pytest.mark.parametrize(
    "pattern",
    ["tables/songs/metadata/*.metadata.json", "tables/songs/data/*.parquet", "catalog.db"],
)
def test_a_file_that_is_gone_is_named_and_no_new_table_hides_the_old_one(
    lake: Lake, pattern: str
) -> None:
    lake.load(*FIRST)
    file = latest(lake.folder, pattern)
    aside = file.rename(lake.folder.parent / "aside")
    with pytest.raises(
        StorageError, match=r"is gone.*(put it back|put back a copy of it)"
    ) as fault:
        lake.load(*SECOND)
    assert file.name in str(fault.value)
    aside.rename(file)
    lake.load(*SECOND)
    assert lake.rows("songs") == [FIRST_ROW, SECOND_ROW]


def test_a_catalog_lost_before_it_knew_a_table_is_made_anew(lake: Lake) -> None:
    """A load that is killed when it makes its first table leaves such a lake."""
    lake.load(*FIRST)
    for file in lake.folder.glob("tables/songs/**/*.*"):
        if not file.name.startswith("00000"):
            file.unlink()
    (lake.folder / "catalog.db").unlink()
    lake.load(*SECOND)
    assert lake.rows("songs") == [SECOND_ROW]


@pytest.mark.parametrize("damaged", [b'{"run_id": "r", "lo', b'{"loads": 7}'])
def test_a_damaged_run_record_is_kept_aside_and_stops_nothing(lake: Lake, damaged: bytes) -> None:
    lake.load(*FIRST, run_id="r")
    file = lake.folder / "landing_zone" / "_runs" / "r.json"
    file.write_bytes(damaged)
    lake.load(*SECOND, run_id="r")
    assert file.with_suffix(".json.damaged").read_bytes() == damaged
    (outcome,) = lake.outcomes()
    assert outcome["streams"]["songs"]["inserted"] == 1
    assert lake.rows("songs") == [FIRST_ROW, SECOND_ROW]


def test_what_a_killed_copy_left_is_neither_taken_nor_in_the_way(lake: Lake) -> None:
    lake.load(*FIRST, run_id="r")
    (landed,) = lake.landed("songs/**/*.parquet")
    left = landed.with_name(f".{landed.name}.part")
    left.write_bytes(b"half a fi")
    lake.load(*SECOND, run_id="r")
    assert left.read_bytes() == b"half a fi"
    assert [path.name for path in lake.landed("songs/**/songs-*")] == [
        "songs-r-0001.parquet",
        "songs-r-0002.parquet",
    ]
