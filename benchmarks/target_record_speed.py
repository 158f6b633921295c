"""CPU per record of target-s3, validation on, against a target of the SDK's defaults.

Each run is a process of its own, ours and the stock one in turn; what a record costs is the
difference between a long input and a short one, so start-up and the catalog's work fall out. Both
results must hold the same rows, or the run does not count.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
from pyiceberg.catalog import load_catalog

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
SIZES = {"ours": (20_000, 220_000), "stock": (5_000, 45_000)}
RUNS = 5
TYPES = {
    "item_index": "int",
    "session_start_time": "timestamp",
    "price": "decimal(10,2)",
    "liked_since": "timestamp",
}
ROWS = (
    "select count(*), sum(price::decimal(10,2)), bit_xor(hash(session_id, item_index::int, "
    "session_start_time::timestamp, song_name, price::decimal(10,2), liked, "
    "liked_since::timestamp)) from {}"
)


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when results differ.
    """
    costs: dict[str, list[float]] = {"ours": [], "stock": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = {size: _input(folder, size) for sizes in SIZES.values() for size in sizes}
        for _ in range(RUNS):
            for who, (short, long) in SIZES.items():
                seconds = [_run(who, inputs[size], folder) for size in (short, long)]
                costs[who].append((seconds[1] - seconds[0]) / (long - short) * 1e6)
        same = _same_rows(inputs[SIZES["stock"][0]], folder)
    for who, values in costs.items():
        spread = f"{min(values):.1f} to {max(values):.1f}"
        print(f"{who:<6}{statistics.median(values):8.1f} µs CPU a record   ({spread})")
    ratio = statistics.median(costs["ours"]) / statistics.median(costs["stock"])
    print(f"ratio {ratio:.3f}   (goal: at most 0.33)   rows equal: {same}")
    return 0 if same else 1


def _input(folder: Path, size: int) -> Path:
    """Purchases as tap-deftunes-api writes them."""
    file = folder / f"{size}.singer"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(message) + "\n" for message in _messages(size))
    return file


def _messages(size: int) -> Iterator[dict[str, object]]:
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    properties = {
        **dict.fromkeys(("session_id", "user_id", "song_id", "song_name", "artist_id"), text),
        **dict.fromkeys(("artist_name", "currency"), text),
        "item_index": {"type": "integer"},
        "session_start_time": moment,
        "price": {"type": "number"},
        "liked": {"type": "boolean"},
        "liked_since": {**moment, "type": ["null", "string"]},
    }
    yield {
        "type": "SCHEMA",
        "stream": "items",
        "schema": {"type": "object", "properties": properties},
        "key_properties": ["session_id", "item_index"],
    }
    for number in range(size):
        day = f"2020-0{number % 6 + 1}-{number % 28 + 1:02}"
        liked = number % 5 < 2  # noqa: PLR2004 - two of five
        yield {
            "type": "RECORD",
            "stream": "items",
            "record": {
                "session_id": f"5ab3f0f2-0000-4000-8000-{number // 4:012}",
                "item_index": number % 4,
                "user_id": f"91c2a8b4-0000-4000-8000-{number % 5000:012}",
                "session_start_time": f"{day}T10:20:30.000123Z",
                "song_id": f"TRAAAAA{number % 9999:011}",
                "song_name": f"A song of number {number % 999}",
                "artist_id": f"ARAAAAA{number % 999:011}",
                "artist_name": f"Artist {number % 999}",
                "price": (33 + number % 153) / 100,
                "currency": "USD",
                "liked": liked,
                "liked_since": "2021-05-06T07:08:09.000010Z" if liked else None,
            },
            "time_extracted": "2026-11-20T10:00:00Z",
        }
    yield {"type": "STATE", "value": {"bookmarks": {"items": size}}}


def _run(who: str, messages: Path, folder: Path) -> float:
    """CPU seconds of one load into an empty place."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        return _load(who, messages, Path(place))


def _load(who: str, messages: Path, place: Path) -> float:
    config = place / "config.json"
    options: dict[str, object] = {"folder": str(place)}
    command = [sys.executable, str(HERE / "stock_target.py")]
    if who == "ours":
        options = {"lake_url": f"file://{place}/lake", "streams": {"items": {"types": TYPES}}}
        command = [str(BIN / "target-s3")]
    config.write_text(json.dumps(options), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
    with messages.open("rb") as lines, (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--config", str(config)],
            stdin=lines,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((place / "log").read_text(encoding="utf-8"))
    return usage.ru_utime + usage.ru_stime


def _same_rows(messages: Path, folder: Path) -> bool:
    results: list[tuple[int, Decimal, int] | None] = []
    for who in SIZES:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            place = Path(name)
            _load(who, messages, place)
            results.append(
                duckdb.sql(ROWS.format(f"read_parquet({_files(who, place)})")).fetchone()
            )
    return results[0] == results[1]


def _files(who: str, place: Path) -> list[str]:
    if who == "stock":
        return [str(file) for file in place.glob("*.parquet")]
    with load_catalog("default", type="sql", uri=f"sqlite:///{place}/lake/catalog.db") as catalog:
        tasks = catalog.load_table("default.items").scan().plan_files()
        return [task.file.file_path.removeprefix("file://") for task in tasks]


if __name__ == "__main__":
    sys.exit(main())
