"""The two modes side by side: what a run says in each, brought to one form."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyarrow as pa
import pyarrow.parquet as pq

from .run import Message, Run, sync

Config = dict[str, Any]
Row = dict[str, Any]

STREAMS = ("users", "sessions", "session_items")


def batches(folder: Path, file_format: str = "arrow", **more: Any) -> Config:
    """The setting for batches; `compression`, `prefix` and `batch_size` may be given."""
    encoding = {"format": file_format}
    storage = {"root": folder.as_uri()}
    if "compression" in more:
        encoding["compression"] = more.pop("compression")
    if "prefix" in more:
        storage["prefix"] = more.pop("prefix")
    return {"batch_config": {"encoding": encoding, "storage": storage, **more}}


def path_of(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def files_of(run: Run) -> list[Path]:
    """The files that were announced, in order."""
    return [path_of(url) for m in run.messages if m["type"] == "BATCH" for url in m["manifest"]]


def table_in(file: Path) -> pa.Table:
    if file.suffix == ".parquet":
        return pq.ParquetFile(file).read()
    with pa.OSFile(str(file)) as source:
        return pa.ipc.open_file(source).read_all()


def tables_of(run: Run, stream: str) -> list[pa.Table]:
    return [
        table_in(path_of(url))
        for message in run.messages
        if message["type"] == "BATCH" and message["stream"] == stream
        for url in message["manifest"]
    ]


def rows_of(run: Run, stream: str) -> list[Row]:
    """The rows of a stream in order, whichever way each came: instants, exact numbers, texts."""
    rows: list[Row] = []
    properties: dict[str, Any] = {}
    for message in run.messages:
        if message.get("stream") != stream:
            continue
        if message["type"] == "SCHEMA":
            properties = message["schema"]["properties"]
        elif message["type"] == "RECORD":
            rows.append(_typed(message["record"], properties))
        else:
            for url in message["manifest"]:
                rows += table_in(path_of(url)).to_pylist()
    return rows


def _typed(record: Row, properties: dict[str, Any]) -> Row:
    return {name: _value(value, properties[name]) for name, value in record.items()}


def _value(value: Any, part: dict[str, Any]) -> Any:
    if value is None:
        return None
    if part.get("format") == "date-time":
        return datetime.fromisoformat(value).astimezone(timezone.utc)
    return Decimal(value) if "number" in part["type"] else value


@dataclass(frozen=True)
class Outcome:
    """All that a mode must not change."""

    order: list[tuple[str, str]]
    """Which streams' rows came between which STATEs; rows of a stream in a row count once."""
    rows: dict[str, list[Row]]
    states: list[str]
    """As they are written."""
    schemas: list[Message]
    error: str
    warnings: list[str]
    skipped: dict[str, int]


def outcome(config: Config, **given: Any) -> tuple[Outcome, Run]:
    """Sync in this process, and listen.

    Args:
        config: The settings.
        given: A state, a catalog, a clock: see `sync`.
    """
    with _listening() as said:
        run = sync(config, **given)
    warnings = [
        each.getMessage()
        for each in said
        if each.levelno >= logging.WARNING and "goes as RECORDs" not in each.getMessage()
    ]
    return (
        Outcome(
            order=[kind for kind, _ in groupby(map(_kind, run.messages))],
            rows={stream: rows_of(run, stream) for stream in STREAMS},
            states=[line for line in run.output.splitlines() if '"type":"STATE"' in line],
            schemas=[message for message in run.messages if message["type"] == "SCHEMA"],
            error=run.error,
            warnings=warnings,
            skipped=_skipped(said),
        ),
        run,
    )


def _kind(message: Message) -> tuple[str, str]:
    rows = message["type"] in {"RECORD", "BATCH"}
    return ("rows" if rows else message["type"], message.get("stream", ""))


def _skipped(said: list[logging.LogRecord]) -> dict[str, int]:
    metrics = [
        json.loads(each.getMessage().removeprefix("METRIC: "))
        for each in said
        if each.name == "singer_sdk.metrics"
    ]
    return {
        metric["tags"]["stream"]: metric["value"]
        for metric in metrics
        if metric["metric"] == "skipped_record_count"
    }


@contextmanager
def _listening() -> Iterator[list[logging.LogRecord]]:
    """What is logged meanwhile. `caplog` is one for a test, however many examples it has."""
    heard: list[logging.LogRecord] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record)

    ear, root = Ear(), logging.getLogger()
    metrics, level = logging.getLogger("singer_sdk.metrics"), logging.INFO
    before = metrics.level
    metrics.setLevel(level)
    root.addHandler(ear)
    try:
        yield heard
    finally:
        root.removeHandler(ear)
        metrics.setLevel(before)
