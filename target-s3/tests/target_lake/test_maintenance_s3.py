"""The same on S3, where files have no folders and a clock of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from target_s3.maintenance.report import TableReport, Tally

from .lakes import Lake
from .upkeep import DAY, add_songs, load_songs, maintain, songs

pytestmark = pytest.mark.slow


def keys(bucket: Any) -> set[str]:
    """The objects; Arrow makes some whose key ends with a slash, for folders."""
    return {item.key for item in bucket.objects.all() if not item.key.endswith("/")}


def needed(lake: Lake) -> set[str]:
    """What the table's metadata names, by an account of its own."""
    table = lake.table("songs")
    urls = {table.metadata_location, *(log.metadata_file for log in table.metadata.metadata_log)}
    urls |= set(table.inspect.all_manifests()["path"].to_pylist())
    urls |= {snapshot.manifest_list for snapshot in table.snapshots()}
    urls |= set(table.inspect.all_data_files()["file_path"].to_pylist())
    return {url.removeprefix("s3://").partition("/")[2] for url in urls}


def test_a_lake_on_s3_is_maintained_as_one_in_a_folder(s3_lake: Lake, bucket: Any) -> None:
    load_songs(s3_lake, 1)
    add_songs(s3_lake, 2, 3)
    orphan = "lake/tables/songs/data/x=ü %20/a#b?.parquet"
    bucket.put_object(Key=orphan, Body=b"123")
    bucket.put_object(
        Key="lake/landing_zone/songs/ingest_on=2020-01-01/songs-x-1.parquet", Body=b"1"
    )
    landed = {key for key in keys(bucket) if "landing_zone" in key}
    before = keys(bucket)
    now = dt.datetime.now(dt.timezone.utc)

    told = maintain(s3_lake, now=now + 2 * DAY, dry_run=True).tables["songs"]
    assert keys(bucket) == before
    report = maintain(s3_lake, now=now + 2 * DAY)
    done = report.tables["songs"]
    assert (told.snapshots_expired, told.removed) == (done.snapshots_expired, done.removed)
    assert done.compacted.files_before == told.compacted.files_before == 3
    assert done.snapshots_expired == 2
    assert report.landing_unnamed == {"landing_zone/songs": Tally(1, 1)}
    assert s3_lake.rows("songs") == songs(1, 2, 3)
    assert keys(bucket) == needed(s3_lake) | landed
    assert orphan not in keys(bucket)

    # by that clock, what compaction replaced has been out of use for two days as well
    assert maintain(s3_lake, now=now + 2 * DAY).tables["songs"].snapshots_expired == 1
    assert s3_lake.rows("songs") == songs(1, 2, 3)
    left = keys(bucket)
    assert left == needed(s3_lake) | landed
    assert maintain(s3_lake, now=now + 2 * DAY).tables["songs"] == TableReport()
    assert keys(bucket) == left
