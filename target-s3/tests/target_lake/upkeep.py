"""Lakes in want of maintenance: small files, a long past, and what is to be seen of it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from pyiceberg.table import Table

from target_s3.maintenance.maintain import Maintenance
from target_s3.maintenance.report import Report
from target_s3.merging import publish
from target_s3.target import TargetS3

from .lakes import Lake, Message, record, schema

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
SONGS = schema("songs", {"id": {"type": "integer"}, "title": {"type": ["null", "string"]}}, keys=())


def maintenance(lake: Lake, *, dry_run: bool = False, **options: Any) -> Maintenance:
    """A run of maintenance, by this machine's clock unless `now` is given."""
    load = TargetS3(config=dict(lake.config)).load
    options.setdefault("now", dt.datetime.now(dt.timezone.utc))
    options.setdefault("older_than", DAY)
    return Maintenance(
        load.settings, load.storage, logging.getLogger("test"), dry_run=dry_run, **options
    )


def maintain(lake: Lake, names: Collection[str] = (), **options: Any) -> Report:
    """Maintain within this process; no table may fail."""
    report = maintenance(lake, **options).run(names)
    assert report.failed == {}
    return report


def load_songs(lake: Lake, *ids: int, after: Sequence[Message] = (), **config: Any) -> None:
    """One load, and so one snapshot and one small file, for each song."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "SMALL_FILE_BYTES", 0)
        for number in ids:
            song = record("songs", id=number, title=f"t{number}")
            lake.load(SONGS, song, *after, **config)


def add_songs(lake: Lake, *ids: int) -> None:
    """The same by another writer, which is quicker; only the first song of a table is loaded."""
    if not (lake.folder / "catalog.db").exists():
        load_songs(lake, ids[0])
        ids = ids[1:]
    for number in ids:
        row = pa.table({"id": [number], "title": [f"t{number}"]})
        lake.table("songs").append(row)


def songs(*ids: int) -> list[dict[str, Any]]:
    """The rows that these songs make."""
    return sorted(({"id": number, "title": f"t{number}"} for number in ids), key=repr)


def grow_older(lake: Lake, age: dt.timedelta) -> None:
    """Let time pass: everything in the lake was made, replaced and written that much earlier."""
    for namespace in lake.catalog.list_namespaces():
        for identifier in lake.catalog.list_tables(namespace):
            metadata = local(lake.catalog.load_table(identifier).metadata_location)
            content = _earlier(json.loads(metadata.read_bytes()), int(age.total_seconds() * 1000))
            metadata.write_text(json.dumps(content), encoding="utf-8")
    for file in files_of(lake):
        before = file.stat().st_mtime - age.total_seconds()
        os.utime(file, (before, before))


def files_of(lake: Lake, below: str = "") -> list[Path]:
    """All files of a lake, or of a folder of it."""
    return sorted(path for path in (lake.folder / below).rglob("*") if path.is_file())


def data_files(table: Table) -> list[Path]:
    """The files that hold the rows of a table's current snapshot."""
    return sorted(local(task.file.file_path) for task in table.scan().plan_files())


def local(url: str) -> Path:
    return Path(urlsplit(url).path)


def _earlier(value: Any, by: int) -> Any:
    if isinstance(value, list):
        return [_earlier(item, by) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: item - by if name in {"timestamp-ms", "last-updated-ms"} else _earlier(item, by)
        for name, item in value.items()
    }
