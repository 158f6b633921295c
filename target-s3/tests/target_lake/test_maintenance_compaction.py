"""Small files become one, and every row stays what it was."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyiceberg.table import Table

from target_s3.iceberg.commit import replace_files
from target_s3.maintenance import compaction, small_files
from target_s3.merging import publish

from .lakes import Lake, record, schema, state
from .upkeep import SONGS, add_songs, data_files, files_of, load_songs, maintain, songs

TEXT = {"type": ["null", "string"]}
LINES = schema(
    "lines",
    {
        "id": {"type": "integer"},
        "Id": TEXT,
        "at": {"type": ["null", "string"], "format": "date-time"},
        "country": TEXT,
        "price": {"type": ["null", "number"]},
        "count": {"type": ["null", "integer"]},
        "rate": {"type": ["null", "number"]},
        "day": {"type": ["null", "string"], "format": "date"},
        "yes": {"type": ["null", "boolean"]},
    },
)
NARROW = {"price": "decimal(6,2)", "count": "int", "rate": "float", "at": "timestamp"}
WIDE = {"price": "decimal(12,2)", "count": "long", "rate": "double", "at": "timestamp"}
PARTITIONS = ["month(at)", "country"]


def line(number: int, **values: Any) -> dict[str, Any]:
    return record("lines", id=number, Id=f"ü{number}", **values)


@pytest.fixture
def many_files(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Four loads over five partitions, between which columns were added and became wider."""
    monkeypatch.setattr(publish, "SMALL_FILE_BYTES", 0)
    wider = json.loads(json.dumps(LINES))
    wider["schema"]["properties"]["extra"] = TEXT

    def options(types: dict[str, str]) -> dict[str, Any]:
        return {"streams": {"lines": {"partition_by": PARTITIONS, "types": types}}}

    for number in range(2):
        lake.load(
            LINES,
            line(number, at="2020-01-31T23:59:59.999999Z", country="Österreich", price=1.10),
            line(
                number + 10, at="2020-02-01T00:00:00Z", country="a/b c%20", count=-number, rate=0.1
            ),
            line(number + 20, at=None, country=None, day="1969-12-31", yes=False),
            **options(NARROW),
        )
    for number in range(2, 4):
        lake.load(
            wider,
            line(number, at="2020-01-01T00:00:00Z", country="Österreich", price=9876543210.01),
            line(number + 10, at="1969-12-31T23:00:00Z", country="", count=2**40, rate=0.1),
            line(number + 20, at=None, country=None, extra="'\n", yes=True),
            **options(WIDE),
        )
    return lake


def test_rows_types_and_partitions_stay_as_they_were(many_files: Lake) -> None:
    lake, before = many_files, many_files.table("lines")
    rows = lake.rows("lines", load_columns=True)
    austrian = [row for row in rows if row["country"] == "Österreich"]
    report = maintain(lake).tables["lines"].compacted

    table = lake.table("lines")
    assert lake.rows("lines", load_columns=True) == rows
    assert table.schema() == before.schema()
    found = table.scan(row_filter="country = 'Österreich'").to_arrow().to_pylist()
    assert sorted(found, key=repr) == austrian
    for told, size, files in (
        (report.files_before, report.bytes_before, data_files(before)),
        (report.files_after, report.bytes_after, data_files(table)),
    ):
        assert (told, size) == (len(files), sum(file.stat().st_size for file in files))
    assert (report.files_before, report.files_after) == (12, 4)
    for task in table.scan().plan_files():
        months = {row["at"] and row["at"].strftime("%Y-%m") for row in _rows_of(table, task)}
        assert len(months) == 1
    ids = {column.field_id: column.name for column in table.schema().fields}
    for file in data_files(table):
        written = pq.read_schema(file)
        assert {int(field.metadata[b"PARQUET:field_id"]) for field in written} == set(ids)


def test_a_table_is_compacted_in_one_commit_that_keeps_what_the_last_load_said(lake: Lake) -> None:
    add_songs(lake, 1, 2)
    load_songs(lake, 3, after=[state(songs="2020")], run_id="last")
    last = lake.table("songs").current_snapshot()
    maintain(lake)
    first, second, third, fourth = lake.table("songs").snapshots()
    assert fourth.parent_snapshot_id == third.snapshot_id
    assert last is not None
    assert last.summary is not None
    assert fourth.summary is not None
    for name in ("singer.state", "singer.run-id"):
        assert fourth.summary[name] == last.summary[name]
    assert fourth.summary["total-records"] == "3"
    assert fourth.summary["total-data-files"] == "1"
    assert first.snapshot_id != second.snapshot_id


def test_one_small_file_or_large_ones_are_left_as_they_are(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_songs(lake, 1)
    maintain(lake)
    add_songs(lake, 2, 3)
    monkeypatch.setattr(small_files, "SMALL_FILE_BYTES", 10)
    maintain(lake)
    assert len(lake.snapshots("songs")) == 3


def test_no_file_grows_beyond_the_largest_size(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    load_songs(lake, *range(5))  # by one writer: files of one size
    size = max(file.stat().st_size for file in data_files(lake.table("songs")))
    monkeypatch.setattr(small_files, "LARGEST_RESULT_BYTES", 2 * size)
    compacted = maintain(lake).tables["songs"].compacted
    assert (compacted.files_before, compacted.files_after) == (4, 2)
    assert lake.rows("songs") == songs(*range(5))
    assert len(data_files(lake.table("songs"))) == 3


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have something done between the rewriting and the commit, `times` times."""

    def install(act: Callable[[], None], times: int = 1) -> None:
        left = [times]

        def late(*args: Any, **kwargs: Any) -> None:
            if left[0]:
                left[0] -= 1
                act()
            replace_files(*args, **kwargs)

        monkeypatch.setattr("target_s3.maintenance.compaction.replace_files", late)
        monkeypatch.setattr(compaction, "ATTEMPTS", 2)
        monkeypatch.setattr(random, "uniform", lambda *_: 0)  # the wait between attempts

    return install


def test_what_another_writer_left_alone_is_committed_all_the_same(
    lake: Lake, meanwhile: Callable[..., None]
) -> None:
    add_songs(lake, 1, 2)
    meanwhile(lambda: add_songs(lake, 3))
    report = maintain(lake).tables["songs"]
    assert (report.compacted.files_before, report.notes) == (2, [])
    assert lake.rows("songs") == songs(1, 2, 3)
    assert len(data_files(lake.table("songs"))) == 2


def test_what_another_writer_changed_is_left_for_next_time(
    lake: Lake, meanwhile: Callable[..., None]
) -> None:
    add_songs(lake, 1, 2)
    meanwhile(lambda: lake.load(SONGS, record("songs", id=3, title="t3")))  # rewrites the others
    report = maintain(lake).tables["songs"]
    assert report.compacted.files_before == 0
    assert report.notes == ["groups of small files that changed meanwhile, left for next time: 1"]
    assert lake.rows("songs") == songs(1, 2, 3)
    assert [file for file in files_of(lake, "tables/songs/data") if "maintain" in file.name] == []


def test_one_group_that_changed_does_not_keep_the_others_from_their_commit(
    lake: Lake, meanwhile: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_songs(lake, *range(4))  # by one writer: files of one size
    size = max(file.stat().st_size for file in data_files(lake.table("songs")))
    monkeypatch.setattr(small_files, "LARGEST_RESULT_BYTES", 2 * size)
    meanwhile(lambda: lake.table("songs").delete("id = 3"))
    report = maintain(lake).tables["songs"]
    assert (report.compacted.files_before, report.compacted.files_after) == (2, 1)
    assert report.notes == ["groups of small files that changed meanwhile, left for next time: 1"]
    assert lake.rows("songs") == songs(0, 1, 2)
    assert len(data_files(lake.table("songs"))) == 2


def test_writers_that_are_always_first_are_left_in_peace(
    lake: Lake, meanwhile: Callable[..., None]
) -> None:
    add_songs(lake, 1, 2)
    ids = iter(range(10, 100))
    meanwhile(lambda: add_songs(lake, next(ids)), times=2)
    report = maintain(lake).tables["songs"]
    assert report.notes == ["groups of small files that changed meanwhile, left for next time: 1"]
    assert lake.rows("songs") == songs(1, 2, 10, 11)
    assert [file for file in files_of(lake, "tables/songs/data") if "maintain" in file.name] == []


def _rows_of(table: Table, task: Any) -> list[dict[str, Any]]:
    names = {int(f.metadata[b"PARQUET:field_id"]): f.name for f in pq.read_schema(_path(task))}
    renamed = pq.ParquetFile(_path(task)).read().to_pylist()
    at = names[table.schema().find_field("at").field_id]
    return [{"at": row[at]} for row in renamed]


def _path(task: Any) -> str:
    return str(task.file.file_path).removeprefix("file://")
