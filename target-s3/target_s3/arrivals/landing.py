"""The landing zone: what arrived, in files written once and never edited."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from columnar_target.arrivals.staging import Part, StagedFile, StagedStream
from columnar_target.settings import safe_name
from columnar_target.storage.storage import Storage


@dataclass(frozen=True)
class Landed:
    """A stream's rows in the landing zone.

    Attributes:
        files: Their files, relative to the lake, in the order of arrival.
        staged: The same rows as local Parquet, cut to those that belong to the load.
        rows: How many landed.
        rows_merged: How many of them belong to the load.
    """

    files: tuple[str, ...]
    staged: tuple[StagedFile, ...]
    rows: int
    rows_merged: int


def land(
    stream: StagedStream,
    storage: Storage,
    *,
    folder: str,
    run_id: str,
    ingest_on: dt.date,
    merged: range,
) -> Landed:
    """Bring a stream's staged rows into the landing zone.

    Args:
        stream: The stream, closed.
        storage: The lake.
        folder: Where it lands, relative to the lake.
        run_id: Part of each file's name.
        ingest_on: The day of the run.
        merged: Which of the rows, by the number of their arrival, are to be merged.
    """
    folder = f"{folder}/ingest_on={ingest_on.isoformat()}"
    prefix = f"{safe_name(stream.name)}-{run_id}-"
    number = _last_number(storage.names_in(storage.url(folder)), prefix) if stream.parts else 0
    files: list[str] = []
    staged: list[StagedFile] = []
    before = 0
    for part in stream.parts:
        source = part.json_path or part.path
        suffix = "jsonl.gz" if part.json_path else "parquet"
        number += 1
        # a number may be taken since the names were listed
        while not storage.put_new(source, storage.url(f"{folder}/{prefix}{number:04}.{suffix}")):
            number += 1
        path = f"{folder}/{prefix}{number:04}.{suffix}"
        files.append(path)
        first, end = max(merged.start - before, 0), min(merged.stop - before, part.rows)
        if first < end:
            staged.append(StagedFile(_local(part, storage, path), part.schema, first, end))
        before += part.rows
    return Landed(tuple(files), tuple(staged), before, len(merged))


def _local(part: Part, storage: Storage, path: str) -> Path:
    """Where the part's Parquet is now: a local lake has taken the file itself."""
    return part.path if part.path.exists() else Path(storage.path_of(storage.url(path)))


def _last_number(names: list[str], prefix: str) -> int:
    """The highest number in use: a run id may come twice, and no file is written twice."""
    numbers = (
        name.removeprefix(prefix).partition(".")[0] for name in names if name.startswith(prefix)
    )
    return max((int(number) for number in numbers if number.isdigit()), default=0)
