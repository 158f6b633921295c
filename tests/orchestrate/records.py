"""Records of runs, as target-s3 writes them down."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from target_s3.lake.runs import LoadOutcome, StreamOutcome, timestamp

RULE = {
    "rule": 'ColumnLength "song_id" = 18',
    "policy": "block",
    "outcome": "failed",
    "failing_rows": 1,
    "checked_rows": 1500,
}


def write_record(
    lake: Path,
    run_id: str,
    table: str,
    status: str = "published",
    hours_ago: float = 1,
    **of_stream: Any,
) -> None:
    """Write the record of a run of one load of one table."""
    ended = dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=hours_ago)
    write_loads(lake, run_id, [load(status, ended=ended, **{table: of_stream})])
    os.utime(record_of(lake, run_id), (ended.timestamp(), ended.timestamp()))


def load(
    status: str, *, ended: dt.datetime | None = None, **streams: dict[str, Any]
) -> dict[str, Any]:
    """A load; what is not told of a stream is as in one that went well."""
    at = timestamp(ended or dt.datetime.now(dt.timezone.utc))
    usual = {"published": status == "published", "quality": [RULE]}
    outcomes = {
        table: StreamOutcome(table, [], 1500, 1500, **{**usual, **told})
        for table, told in streams.items()
    }
    return {**asdict(LoadOutcome(at, at, streams=outcomes)), "status": status}


def write_loads(lake: Path, run_id: str, loads: list[dict[str, Any]]) -> None:
    """Write the record of a run."""
    file = record_of(lake, run_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"run_id": run_id, "loads": loads}), "utf-8")


def record_of(lake: Path, run_id: str) -> Path:
    """Where the record of a run is."""
    return lake / "landing_zone/_runs" / f"{run_id}.json"
