"""Landing files that no run record names: what killed runs left. They are told, never removed."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

from columnar_target.storage.storage import Storage
from target_s3.maintenance.places import is_below, place
from target_s3.maintenance.report import Tally
from target_s3.settings import Settings

_LANDING_ZONE = "landing_zone"
_DAY = "/ingest_on="
_READERS = 8


def unnamed_files(settings: Settings, storage: Storage, *, before: dt.datetime) -> dict[str, Tally]:
    """Count the landing files that no run record names.

    Args:
        settings: The lake's folders.
        storage: The lake.
        before: Only files last written before this moment count: a load names its own when it
            ends.

    Returns:
        Their number and size by stream, or by folder where no stream is configured for it.
    """
    streams = {
        place(storage, storage.url(stream.landing_path)): name
        for name, stream in settings.streams.items()
    }
    folders = {
        place(storage, storage.url(path)): path
        for path in (_LANDING_ZONE, *(stream.landing_path for stream in settings.streams.values()))
    }
    lake = place(storage, settings.lake_url)
    named = _named(settings, storage)
    found: dict[str, Tally] = {}
    for where, path in folders.items():
        if any(is_below(where, other) for other in folders):
            continue
        for file in storage.files_below(storage.url(path)):
            landed = place(storage, file.path)
            folder, day, _ = landed.rpartition(_DAY)
            if day and landed not in named and file.modified < before:
                stream = streams.get(folder, folder.removeprefix(f"{lake}/"))
                found.setdefault(stream, Tally()).add(file.size)
    return dict(sorted(found.items()))


def _named(settings: Settings, storage: Storage) -> set[str]:
    """The places of all landing files that run records name."""
    folder = storage.url(settings.runs_path)
    urls = [f"{folder}/{name}" for name in storage.names_in(folder) if name.endswith(".json")]
    with ThreadPoolExecutor(_READERS) as pool:
        records = [json.loads(content) for content in pool.map(storage.read_bytes, urls) if content]
    return {
        place(storage, storage.url(path))
        for record in records
        for load in record["loads"]
        for stream in load["streams"].values()
        for path in stream["files"]
    }
