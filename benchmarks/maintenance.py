"""How long `target-s3 --maintain` takes for a table of many snapshots and small files.

Makes a local lake with a table of 1,000 snapshots and 5,000 files over five months, and maintains
it: a dry run, a real one two days later, one more two days after that (which removes what the
first replaced), and one that finds nothing to do. Prints wall and CPU seconds, the most memory of
each process, and what it did. The rows must be the same at the end.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from pyiceberg.manifest import (
    DataFile,
    ManifestEntry,
    ManifestEntryStatus,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.table import Table

from target_s3.iceberg.tables import open_catalog
from target_s3.maintenance.maintain import Maintenance
from target_s3.target import TargetS3

SNAPSHOTS = 1000
MONTHS = 5
ROWS_OF_A_FILE = 200
TABLE = ("default", "lines")
RUNS = (("dry run", 2), ("compact, expire", 2), ("remove", 4), ("nothing to do", 4))


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when rows were lost.
    """
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        _make(folder)
        before = _rows(folder)
        print(f"made in {time.monotonic() - began:.0f} s: {before} rows", flush=True)
        for what, days in RUNS:
            command = [sys.executable, __file__, folder, str(days), str(what == "dry run")]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"{what:<16}{done.stdout}", end="", flush=True)
        return 0 if _rows(folder) == before else 1


def _target(folder: str) -> TargetS3:
    lines = {"partition_by": ["month(at)"]}
    return TargetS3(config={"lake_url": f"file://{folder}/lake", "streams": {"lines": lines}})


def _make(folder: str) -> None:
    """Make the lake: a table with a file in each month, and a history written beside the commits.

    (A thousand commits one after the other take minutes: each copies the metadata of all.)
    """
    target = _target(folder)
    properties = {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}
    messages = [{"type": "SCHEMA", "schema": {"properties": properties}, "key_properties": []}]
    for number in range(MONTHS * ROWS_OF_A_FILE):
        row = {"id": number, "at": f"2020-{number % MONTHS + 1:02}-01T00:00:00Z"}
        messages.append({"type": "RECORD", "record": row})
    text = "".join(json.dumps({**message, "stream": "lines"}) + "\n" for message in messages)
    target.listen(io.BytesIO(text.encode()))  # type: ignore[arg-type]
    with open_catalog(target.load.settings) as catalog:
        table = catalog.load_table(TABLE)
        metadata = json.loads(_path(table.metadata_location).read_bytes())
        metadata.update(_history(table, metadata["snapshots"][0]))
        _path(table.metadata_location).write_text(json.dumps(metadata), encoding="utf-8")


def _history(table: Table, first: dict[str, Any]) -> dict[str, Any]:
    """What a table's metadata says after a thousand more snapshots, each with a file a month."""
    (snapshot,) = table.snapshots()
    manifests = snapshot.manifests(table.io)
    files = [task.file for task in table.scan().plan_files()]
    snapshots = [first]
    for number in range(2, SNAPSHOTS + 1):
        stem = f"{table.location()}/metadata/{number:04}"
        with write_manifest(
            2, table.spec(), table.schema(), table.io.new_output(f"{stem}.avro"), number, "deflate"
        ) as manifest:
            for file in files:
                added = ManifestEntryStatus.ADDED
                copied = _copied(file, str(number))
                manifest.add(
                    ManifestEntry.from_args(status=added, snapshot_id=number, data_file=copied)
                )
        manifests = [manifest.to_manifest_file(), *manifests]
        with write_manifest_list(
            2, table.io.new_output(f"{stem}-list.avro"), number, None, number, "deflate"
        ) as listed:
            listed.add_manifests(manifests)
        manifests[0].sequence_number = manifests[0].min_sequence_number = number
        moment = first["timestamp-ms"] + number
        snapshots.append(
            {
                **first,
                "snapshot-id": number,
                "parent-snapshot-id": snapshots[-1]["snapshot-id"],
                "sequence-number": number,
                "timestamp-ms": moment,
                "manifest-list": f"{stem}-list.avro",
            }
        )
    log = [{name: one[name] for name in ("snapshot-id", "timestamp-ms")} for one in snapshots]
    return {
        "snapshots": snapshots,
        "snapshot-log": log,
        "current-snapshot-id": SNAPSHOTS,
        "refs": {"main": {"snapshot-id": SNAPSHOTS, "type": "branch"}},
        "last-sequence-number": SNAPSHOTS,
    }


def _copied(file: DataFile, name: str) -> DataFile:
    """A data file of the same rows."""
    path = file.file_path.replace(".parquet", f"-{name}.parquet")
    shutil.copyfile(_path(file.file_path), _path(path))
    return DataFile.from_args(
        content=file.content,
        file_path=path,
        file_format=file.file_format,
        partition=file.partition,
        record_count=file.record_count,
        file_size_in_bytes=file.file_size_in_bytes,
        spec_id=file.spec_id,
    )


def _path(url: str) -> Path:
    return Path(url.removeprefix("file://"))


def _rows(folder: str) -> tuple[int, int]:
    """How many rows there are, and a sum over all of them."""
    with open_catalog(_target(folder).load.settings) as catalog:
        table = catalog.load_table(TABLE)
        files = [str(_path(task.file.file_path)) for task in table.scan().plan_files()]
    found = duckdb.execute(
        'select count(*), sum(hash(id, "at")) from read_parquet($files)', {"files": files}
    ).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def maintain(folder: str, days: int, *, dry_run: bool) -> None:
    """Maintain the lake as if it were some days later; prints what that took."""
    load = _target(folder).load
    now = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began, cpu = time.monotonic(), before.ru_utime + before.ru_stime
    report = Maintenance(
        load.settings, load.storage, logging.getLogger(), now, dt.timedelta(hours=24), dry_run
    ).run()
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall, cpu = time.monotonic() - began, used.ru_utime + used.ru_stime - cpu
    told = report.tables["lines"].sentence("lines", dry_run=dry_run)
    print(f"{wall:7.1f} s wall{cpu:7.1f} s CPU{used.ru_maxrss / 1024:6.0f} MB   {told}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        maintain(sys.argv[1], int(sys.argv[2]), dry_run=sys.argv[3] == "True")
        sys.exit(0)
    sys.exit(main())
