"""What became of a run: `_runs/<run_id>.json`, for people, reports and rebuilds."""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from target_s3.lake.storage import Storage

_LOGGER = logging.getLogger("target-s3")


@dataclass
class StreamOutcome:
    """What a load did with one stream."""

    table: str
    files: list[str]
    rows_landed: int
    rows_merged: int
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    snapshot_id: int | None = None
    published: bool = False


@dataclass
class LoadOutcome:
    """What one process of a run did: `meltano run` may start several under one run id."""

    started: str
    ended: str | None = None
    status: Literal["published", "failed"] = "failed"
    streams: dict[str, StreamOutcome] = field(default_factory=dict)


def write_outcome(storage: Storage, runs_path: str, run_id: str, outcome: LoadOutcome) -> None:
    """Add a load to the run's record.

    A record that cannot be read does not stop a load whose rows are published by now: it is kept
    beside the new one, as `<run_id>.json.damaged`.

    Args:
        storage: The lake.
        runs_path: Folder of the records, relative to the lake.
        run_id: The run.
        outcome: What to add.
    """
    url = storage.url(f"{runs_path}/{run_id}.json")
    content = storage.read_bytes(url)
    loads = _loads(content)
    if loads is None and content is not None:
        storage.write_bytes(f"{url}.damaged", content)
        _LOGGER.warning("The run record %s is damaged: it is kept as %s.damaged.", url, url)
    record = {"run_id": run_id, "loads": [*(loads or []), asdict(outcome)]}
    storage.write_bytes(url, json.dumps(record, indent=1).encode())


def _loads(content: bytes | None) -> list[Any] | None:
    """The loads that a record holds; None if it is no record."""
    try:
        loads = json.loads(content or b"")["loads"]
    except (ValueError, KeyError, TypeError):
        return None
    return loads if isinstance(loads, list) else None


def timestamp(moment: dt.datetime) -> str:
    """A UTC moment as it is written in records, such as `2026-01-31T12:00:00.000000Z`."""
    return moment.astimezone(dt.timezone.utc).isoformat(timespec="microseconds")[:-6] + "Z"
