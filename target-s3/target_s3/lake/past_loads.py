"""The loads that a table has had, as the records of their runs tell."""

from __future__ import annotations

import json
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from columnar_target.errors import StorageError
from columnar_target.storage.storage import Storage
from target_s3.lake.runs import LoadOutcome, StreamOutcome

_READERS = 8


@dataclass(frozen=True)
class PastLoad:
    """What one load did with a table.

    Attributes:
        run_id: Its run.
        started: When it began, as its record has it.
        ended: When it ended, if it did.
        stream: The stream that it loaded.
        outcome: What became of the stream.
        record: Location of the record.
    """

    run_id: str
    started: str
    ended: str | None
    stream: str
    outcome: StreamOutcome
    record: str

    @property
    def place(self) -> str:
        """What puts the loads of a table in the order in which they were published."""
        return self.outcome.published_at or self.ended or self.started

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from other loads of the table."""
        return self.run_id, self.started

    @property
    def seen_at(self) -> int | None:
        """The table's snapshot that has its rows: its own, or the one that had them already."""
        return self.outcome.snapshot_id or self.outcome.base


def past_loads(storage: Storage, runs_path: str, table: str) -> list[PastLoad]:
    """Read what the records say of a table, whatever became of the loads.

    Args:
        storage: The lake.
        runs_path: Folder of the records, relative to the lake.
        table: The table's name.

    Returns:
        Its loads in the order in which they were published.

    Raises:
        StorageError: A record is damaged.
    """
    folder = storage.url(runs_path)
    urls = [f"{folder}/{name}" for name in storage.names_in(folder) if name.endswith(".json")]
    with ThreadPoolExecutor(_READERS) as pool:
        contents = list(pool.map(storage.read_bytes, urls))
    found = [
        PastLoad(run_id, load.started, load.ended, stream, outcome, url)
        for url, content in zip(urls, contents, strict=True)
        if content is not None
        for run_id, loads in [_read(url, content)]
        for load in loads
        for stream, outcome in load.streams.items()
        if outcome.table == table
    ]
    return sorted(found, key=lambda load: (load.place, load.name))


def mark(storage: Storage, loads: Collection[PastLoad], *, rolled_back: str | None) -> None:
    """Note in their records that loads were undone, or that they stand again.

    Args:
        storage: The lake.
        loads: The loads.
        rolled_back: When that was; None if they stand again.
    """
    for url in sorted({load.record for load in loads}):
        content = storage.read_bytes(url)
        if content is None:
            continue
        record = json.loads(content)
        meant = {(load.started, load.stream) for load in loads if load.record == url}
        for load in record["loads"]:
            for stream, outcome in load["streams"].items():
                if (load["started"], stream) in meant:
                    outcome["published"] = rolled_back is None
                    outcome["rolled_back"] = rolled_back
        storage.write_bytes(url, json.dumps(record, indent=1).encode())


def _read(url: str, content: bytes) -> tuple[str, list[LoadOutcome]]:
    try:
        record = json.loads(content)
        return str(record["run_id"]), [LoadOutcome.read(load) for load in record["loads"]]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise StorageError(
            f"The run record {url} is damaged: put back a copy, or move it away if what its run "
            "did is not to count."
        ) from fault
