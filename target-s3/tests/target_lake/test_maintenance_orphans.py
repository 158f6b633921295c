"""Files go when nothing refers to them; what anything may need stays."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.fs as pafs
import pytest
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.table.statistics import StatisticsFile

from columnar_target.storage.storage import Storage
from target_s3.iceberg.commit import replace_files
from target_s3.maintenance.orphans import find_orphans
from target_s3.maintenance.places import place

from .lakes import Lake, record
from .upkeep import DAY, HOUR, SONGS, add_songs, files_of, grow_older, local, maintain, songs


@pytest.fixture
def old(lake: Lake) -> Lake:
    """A lake with a table of one song, untouched for a month."""
    add_songs(lake, 1)
    grow_older(lake, 30 * DAY)
    return lake


def plant(path: Path, content: bytes = b"x", age: dt.timedelta = 2 * DAY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = path.stat().st_mtime - age.total_seconds()
    os.utime(path, (moment, moment))
    return path


def test_what_nothing_refers_to_goes_once_it_is_old(old: Lake) -> None:
    table = local(old.table("songs").location())
    kept = files_of(old)
    orphans = [
        plant(table / "data" / name, b"x" * size)
        for size, name in enumerate(
            ("a.parquet", ".b.parquet.part", "x=ü %20/c#1?.parquet", "deep/er/d"), start=1
        )
    ]
    orphans += [plant(table / "metadata" / "half.metadata.json", b'{"location": "fil')]
    size = sum(file.stat().st_size for file in orphans)
    kept += [
        plant(table / "data" / "young.parquet", age=DAY - HOUR),
        plant(table / "metadata" / "version-hint.text"),
        plant(table.with_name("songs2") / "data" / "other.parquet"),
        plant(old.folder / "landing_zone" / "songs" / "ingest_on=2020-01-01" / "songs-1.parquet"),
    ]
    report = maintain(old).tables["songs"]
    assert set(files_of(old)) == set(kept)
    assert (report.removed.files, report.removed.bytes) == (len(orphans), size)
    assert old.rows("songs") == songs(1)


def test_a_file_is_known_by_any_spelling_of_its_place(old: Lake) -> None:
    table = old.table("songs")
    (task,) = table.scan().plan_files()
    folder = local(table.location()) / "data"
    link = old.folder.parent / "link"
    link.symlink_to(old.folder)
    names = [f"ü {number}%20.parquet" for number in range(5)]
    files = [plant(folder / name) for name in names]
    spelled = [
        f"file://{files[0]}",
        f"file:{files[1]}",
        str(files[2]),
        f"file:///{files[3]}".replace("%", "%25").replace("ü ", "u\N{COMBINING DIAERESIS}%20"),
        f"file://{link}{str(files[4]).removeprefix(str(old.folder))}",
    ]
    added = [_at(task.file, location) for location in spelled]
    replace_files(table, (), added, snapshot_properties={})
    orphan = plant(folder / "ü 5%20.parquet")
    found = find_orphans(table, _storage(old), others=(), before=_long_ago(0))
    assert [Path(file.path) for file in found.files] == [orphan]


@pytest.mark.parametrize(
    "spelling",
    [
        "s3a://bucket/lake/t/a b",
        "s3n://bucket//lake/t/a%20b",
        "bucket/lake/t/a b",
        "s3://bucket/lake/t/a b",
    ],
)
def test_a_place_on_s3_is_the_same_in_any_spelling(spelling: str) -> None:
    storage = Storage("s3://bucket/lake", pafs.LocalFileSystem(), is_local=False)
    assert place(storage, spelling) == place(storage, "s3://bucket/lake/t/a b")
    assert place(storage, spelling) != place(storage, "s3://other/lake/t/a b")


def test_a_statistics_file_stays(old: Lake) -> None:
    file = plant(local(old.table("songs").location()) / "metadata" / "stats.puffin")
    (snapshot,) = old.snapshots("songs")
    statistics = StatisticsFile.model_validate(
        {
            "snapshot-id": snapshot,
            "statistics-path": f"file://{file}",
            "file-size-in-bytes": 1,
            "file-footer-size-in-bytes": 1,
            "blob-metadata": [],
        }
    )
    with old.table("songs").update_statistics() as update:
        update.set_statistics(statistics)
    maintain(old)
    assert file.exists()


def test_a_link_out_of_the_table_is_not_followed(old: Lake) -> None:
    outside = plant(old.folder.parent / "elsewhere" / "file")
    link = local(old.table("songs").location()) / "data" / "link"
    link.symlink_to(outside.parent)
    assert maintain(old).tables["songs"].removed.files == 0
    assert outside.exists()


def test_a_load_that_has_yet_to_commit_its_files_keeps_them(
    old: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(table: Table, *args: Any, **kwargs: Any) -> None:
        maintain(old, older_than=0 * HOUR)
        replace_files(table, *args, **kwargs)

    monkeypatch.setattr("target_s3.merging.publish.replace_files", late)
    old.load(SONGS, record("songs", id=2, title="t2"))
    assert old.rows("songs") == songs(1, 2)


def inner_table(lake: Lake, namespace: str, location: str) -> list[Path]:
    """A table of its own at a location, with an old file that only it refers to."""
    lake.catalog.create_namespace_if_not_exists(namespace)
    outer = lake.table("songs")
    table = lake.catalog.create_table((namespace, "inner"), outer.schema(), location=location)
    table.append(outer.scan().to_arrow())
    grow_older(lake, 30 * DAY)
    return [file for file in files_of(lake) if str(file).startswith(str(local(location)))]


def unregistered(lake: Lake) -> None:
    """Have the inner table be known to another catalog only."""
    lake.catalog.drop_table(("other", "inner"))


@pytest.mark.parametrize(
    ("namespace", "then", "below"),
    [
        ("default", None, "/inner"),
        ("other", None, "/inner"),
        ("other", unregistered, "/data/inner"),
    ],
    ids=["same-namespace", "other-namespace", "other-catalog"],
)
def test_a_table_within_a_table_loses_nothing(
    old: Lake, namespace: str, then: Callable[[Lake], None] | None, below: str
) -> None:
    files = inner_table(old, namespace, old.table("songs").location() + below)
    if then:
        then(old)
    orphan = plant(local(old.table("songs").location()) / "data" / "orphan")
    report = maintain(old, ["songs"]).tables["songs"]
    assert [file for file in files if not file.exists()] == []
    assert not orphan.exists()
    assert len(report.notes) == 1
    assert "is another table's" in report.notes[0]


@pytest.mark.parametrize(
    ("namespace", "then"),
    [("default", None), ("other", unregistered)],
    ids=["same-namespace", "other-catalog"],
)
def test_nothing_is_removed_from_a_folder_that_two_tables_share(
    old: Lake, namespace: str, then: Callable[[Lake], None] | None
) -> None:
    before = files_of(old, "tables")
    inner_table(old, namespace, old.table("songs").location())
    if then:
        then(old)
    plant(local(old.table("songs").location()) / "data" / "orphan")
    files = files_of(old, "tables")
    report = maintain(old)
    assert files_of(old, "tables") == files
    assert len(files) > len(before)
    for table in report.tables.values():
        (note,) = table.notes
        assert "is shared with" in note


def test_tables_elsewhere_are_left_alone_and_told(old: Lake) -> None:
    elsewhere = f"file://{old.folder}/other_owner/inner"
    files = inner_table(old, "default", elsewhere)
    orphan = plant(local(elsewhere) / "data" / "orphan")
    report = maintain(old)
    assert list(report.tables) == ["songs"]
    assert report.left_alone == {
        "inner": f"it lies at {elsewhere}, not below file://{old.folder}/tables"
    }
    assert [file for file in (*files, orphan) if not file.exists()] == []


def _at(data_file: DataFile, location: str) -> DataFile:
    """The same data file at another place."""
    return DataFile.from_args(
        content=data_file.content,
        file_path=location,
        file_format=data_file.file_format,
        partition=data_file.partition,
        record_count=data_file.record_count,
        file_size_in_bytes=data_file.file_size_in_bytes,
        spec_id=data_file.spec_id,
    )


def _storage(lake: Lake) -> Storage:
    return Storage(lake.config["lake_url"], pafs.LocalFileSystem(), is_local=True)


def _long_ago(days: int) -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc) - days * DAY
