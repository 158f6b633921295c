"""What became of a run: `_runs/<run_id>.json`, for people, reports and rebuilds."""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from columnar_target.settings import SchemaChanges
from columnar_target.storage.storage import Storage

_LOGGER = logging.getLogger("target-s3")


@dataclass(frozen=True)
class Origin:
    """What it takes to load a stream's landing files once more, exactly as they were loaded.

    Attributes:
        keys: Its key columns.
        replace_by: Columns that name a group of rows.
        source_from: What the column of that name said.
        schema_changes: What became of new and wider columns.
        hard_delete: Whether rows that are gone were removed, or marked.
        columns: Types by column, of every schema that it sent; the wider type counts.
        first_columns: Those of its first schema.
        file_columns: Those of each landing file; none where the file says them itself.
        first_row: Number of the first row that was merged, among those that landed.
        whole: Whether they were a whole read of the source.
        resumed: Whether an earlier load had brought rows of the same read, so that nothing went.
    """

    keys: list[str]
    replace_by: list[str]
    source_from: str
    schema_changes: SchemaChanges
    hard_delete: bool
    columns: dict[str, str]
    first_columns: dict[str, str]
    file_columns: list[dict[str, str]]
    first_row: int = 0
    whole: bool = False
    resumed: bool = False


@dataclass
class StreamOutcome:
    """What a load did with one stream.

    Attributes:
        table: Its table.
        files: Its landing files, relative to the lake, in the order of arrival.
        rows_landed: How many rows are in them.
        rows_merged: How many of them belong to the load.
        inserted: Rows that the table did not have.
        updated: Rows that it had otherwise.
        deleted: Rows that went, or were marked as gone.
        unchanged: Rows that it had already.
        withheld: Rows that were set aside.
        snapshot_id: The table's snapshot that has them, if there was anything to commit.
        published: Whether readers see it.
        quality: What came of each rule that was asked.
        base: The table's snapshot that they were compared with.
        published_at: When that was: its place among the loads of the table.
        audited: Whether rules and the table's quarantine had to do with it.
        quarantine_snapshot_id: The snapshot of the table's quarantine, if that changed.
        replay: Whether the rows are those that waited in quarantine.
        rolled_back: When it was undone, if it was.
        origin: How to load its files once more; None of a replay, and of earlier versions.
    """

    table: str
    files: list[str]
    rows_landed: int
    rows_merged: int
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    withheld: int = 0
    snapshot_id: int | None = None
    published: bool = False
    quality: list[dict[str, Any]] = field(default_factory=list)
    base: int | None = None
    published_at: str | None = None
    audited: bool = False
    quarantine_snapshot_id: int | None = None
    replay: bool = False
    rolled_back: str | None = None
    origin: Origin | None = None

    @classmethod
    def read(cls, record: dict[str, Any]) -> StreamOutcome:
        """A stream as a record holds it.

        Raises:
            KeyError, TypeError: It is no record of a stream.
        """
        origin = record.get("origin")
        return cls(**{**record, "origin": None if origin is None else Origin(**origin)})


@dataclass
class LoadOutcome:
    """What one process of a run did: `meltano run` may start several under one run id.

    Attributes:
        started: When it began, as `timestamp` writes it.
        ended: When it ended.
        status: Whether its rows are published, were stopped by a rule, or something went wrong.
        streams: By name.
    """

    started: str
    ended: str | None = None
    status: Literal["published", "blocked", "failed"] = "failed"
    streams: dict[str, StreamOutcome] = field(default_factory=dict)

    @classmethod
    def read(cls, record: dict[str, Any]) -> LoadOutcome:
        """A load as a record holds it.

        Raises:
            KeyError, TypeError: It is no record of a load.
        """
        streams = {name: StreamOutcome.read(each) for name, each in record["streams"].items()}
        return cls(**{**record, "streams": streams})


def write_outcome(storage: Storage, runs_path: str, run_id: str, outcome: LoadOutcome) -> None:
    """Add a load to the run's record, or say anew what became of it.

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
    others = [load for load in loads or [] if load.get("started") != outcome.started]
    record = {"run_id": run_id, "loads": [*others, asdict(outcome)]}
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


def moment_of(text: str) -> dt.datetime:
    """The moment that `timestamp` wrote."""
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 reads no Z
