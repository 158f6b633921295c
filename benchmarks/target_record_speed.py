"""CPU per record of target-s3, validation on, against a target of the SDK's defaults.

Each run is a process of its own, ours and the stock one in turn; what a record costs is the
difference between a long input and a short one, so start-up and the catalog's work fall out. Both
results must hold the same rows, or the run does not count.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
from paired.processes import run
from purchases import TYPES, write_purchases
from pyiceberg.catalog import load_catalog

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
SIZES = {"ours": (20_000, 220_000), "stock": (5_000, 45_000)}
RUNS = 5
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
        inputs = {size: write_purchases(folder, size) for sizes in SIZES.values() for size in sizes}
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
    return run([[*command, "--config", str(config)]], place, messages).cpu


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
