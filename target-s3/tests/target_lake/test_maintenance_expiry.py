"""Snapshots go when they have been out of use for long, and not before."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from target_s3.maintenance import expiry

from .lakes import Lake
from .upkeep import DAY, HOUR, add_songs, grow_older, maintain, maintenance, songs


def read(table: Table, snapshot_id: int) -> list[dict[str, Any]]:
    """What a reader gets who opened this snapshot."""
    rows = table.scan(snapshot_id=snapshot_id, selected_fields=("id", "title")).to_arrow()
    return sorted(rows.to_pylist(), key=repr)


def test_what_a_reader_has_opened_stays_until_it_is_older_than_the_limit(lake: Lake) -> None:
    add_songs(lake, 1)
    add_songs(lake, 2)
    reader = lake.table("songs")
    first, opened = lake.snapshots("songs")
    grow_older(lake, 30 * DAY)
    add_songs(lake, 3)  # only now is the snapshot of the reader replaced
    assert maintain(lake).tables["songs"].snapshots_expired == 1
    grow_older(lake, DAY - HOUR)
    maintain(lake)
    assert first not in lake.snapshots("songs")
    assert read(reader, opened) == songs(1, 2)

    grow_older(lake, 2 * HOUR)
    maintain(lake)
    with pytest.raises(FileNotFoundError):
        read(reader, opened)
    assert lake.rows("songs") == songs(1, 2, 3)


def test_what_maintenance_itself_replaces_stays_for_its_readers(lake: Lake) -> None:
    add_songs(lake, 1, 2)
    grow_older(lake, 30 * DAY)
    reader = lake.table("songs")
    _, opened = lake.snapshots("songs")
    report = maintain(lake, older_than=HOUR).tables["songs"]
    assert (report.compacted.files_before, report.snapshots_expired) == (2, 1)
    maintain(lake, older_than=HOUR)
    assert read(reader, opened) == songs(1, 2)


def test_an_hour_is_the_least_that_anything_is_kept(lake: Lake) -> None:
    add_songs(lake, 1)
    grow_older(lake, 30 * DAY)
    reader = lake.table("songs")
    (opened,) = lake.snapshots("songs")
    add_songs(lake, 2)
    grow_older(lake, HOUR / 2)
    maintain(lake, older_than=0 * HOUR)
    assert read(reader, opened) == songs(1)


def test_branches_and_tags_keep_their_snapshots_and_files(lake: Lake) -> None:
    add_songs(lake, 1, 2, 3)
    first, second, third = lake.snapshots("songs")
    lake.table("songs").manage_snapshots().create_tag(first, "audited").commit()
    lake.table("songs").manage_snapshots().create_branch(second, "audit").commit()
    add_songs(lake, 4)
    fourth = lake.snapshots("songs")[-1]
    grow_older(lake, 30 * DAY)
    maintain(lake)
    grow_older(lake, 30 * DAY)
    maintain(lake)
    table = lake.table("songs")
    head = table.current_snapshot()
    assert head is not None
    assert set(lake.snapshots("songs")) == {first, second, head.snapshot_id}
    assert {third, fourth, head.snapshot_id} - set(lake.snapshots("songs")) == {third, fourth}
    assert {name: ref.snapshot_id for name, ref in table.refs().items()} == {
        "main": head.snapshot_id,
        "audited": first,
        "audit": second,
    }
    assert read(table, first) == songs(1)
    assert read(table, second) == songs(1, 2)
    assert lake.rows("songs") == songs(1, 2, 3, 4)


def test_a_table_rolled_back_while_snapshots_expire_keeps_its_rows(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_songs(lake, 1, 2)
    first, _ = lake.snapshots("songs")
    grow_older(lake, 30 * DAY)
    table, real = lake.table("songs"), SqlCatalog.commit_table

    def late(catalog: SqlCatalog, *args: Any) -> Any:
        monkeypatch.setattr(SqlCatalog, "commit_table", real)
        lake.table("songs").manage_snapshots().set_current_snapshot(first).commit()
        return real(catalog, *args)

    monkeypatch.setattr(SqlCatalog, "commit_table", late)
    before = maintenance(lake).now - DAY
    assert expiry.expire(table, before=before, keep=(), logger=logging.getLogger("test")) == 0
    assert lake.rows("songs") == songs(1)


def test_metadata_stays_small_however_many_loads_there_are(lake: Lake) -> None:
    add_songs(lake, 1)
    with lake.table("songs").transaction() as transaction:
        transaction.set_properties({"write.metadata.previous-versions-max": "2"})
    for number in range(2, 5):
        add_songs(lake, number)
        grow_older(lake, 2 * DAY)
        maintain(lake)
    maintain(lake)
    table = lake.table("songs")
    assert len(table.snapshots()) <= 3
    assert len(list(lake.folder.glob("tables/songs/metadata/*.metadata.json"))) == 3
    assert len(table.metadata.metadata_log) == 2
    assert lake.rows("songs") == songs(*range(1, 5))
