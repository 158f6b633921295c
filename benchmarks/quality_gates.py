"""What it costs that every load is audited before it is seen: target-s3 with rules and without.

A million purchases are loaded in RECORD mode into an empty lake, and then ten thousand of them
changed: with the dozen rules of `quality/session_items.dqdl` and without, in turn, each load a
process of its own. Told are the CPU seconds of the whole process, and those of its end alone, when
all records have arrived: land, merge, audit, publish. Both lakes must hold the same rows.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import duckdb
from purchases import TYPES, write_purchases
from pyiceberg.catalog import load_catalog

from target_s3.target import TargetS3

ROWS, CHANGED = 1_000_000, 10_000
RUNS = 3
RULES = Path(__file__).parent.parent / "quality" / "session_items.dqdl"
SUMS = (
    "select count(*), sum(price), "
    "bit_xor(hash(columns(* exclude (ingest_on, processing_timestamp)))) from {}"
)


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when results differ.
    """
    cpu: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    sums = set()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = write_purchases(folder, ROWS)
        second = _changed(write_purchases(folder, CHANGED), folder)
        for _ in range(RUNS):
            for gates in ("off", "on"):
                with tempfile.TemporaryDirectory(dir=folder) as place:
                    for what, messages in (("all new", first), ("1% changed", second)):
                        cpu[what, gates].append(_load(messages, Path(place), gates))
                    sums.add(_sums(Path(place)))
    for what in ("all new", "1% changed"):
        medians = {
            gates: [statistics.median(values) for values in zip(*cpu[what, gates], strict=True)]
            for gates in ("off", "on")
        }
        for number, part in enumerate(("CPU, whole process", "CPU after the last record", "wall")):
            off, on = medians["off"][number], medians["on"][number]
            print(f"{what:<11} {part:<26} off {off:6.2f} s   on {on:6.2f} s   {on / off:.2f}x")
    print(f"rows equal: {len(sums) == 1}")
    return 0 if len(sums) == 1 else 1


def _changed(messages: Path, folder: Path) -> Path:
    """The same purchases at another price."""
    file = folder / "changed.singer"
    text = messages.read_text(encoding="utf-8")
    file.write_text(re.sub(r'"price": [0-9.]+', '"price": 1.99', text), encoding="utf-8")
    return file


def _load(messages: Path, place: Path, gates: str) -> tuple[float, float, float]:
    config = place / "config.json"
    options: dict[str, object] = {
        "lake_url": f"file://{place}/lake",
        "streams": {"items": {"types": TYPES, "partition_by": ["month(session_start_time)"]}},
        "rules": {"items": str(RULES)} if gates == "on" else {},
    }
    config.write_text(json.dumps(options), encoding="utf-8")
    command = [sys.executable, __file__, "load", str(config), str(messages)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    whole, end, wall = (float(word) for word in done.stdout.split()[-3:])
    return whole, end, wall


def load(config: str, messages: str) -> int:
    """Load once; print the seconds of CPU, of CPU after the last record, and of the wall.

    Returns:
        The exit status.
    """
    began = time.monotonic()
    target = TargetS3(config=json.loads(Path(config).read_text(encoding="utf-8")))
    real, marks = target.process_endofpipe, []

    def marked() -> None:
        marks.append(time.process_time())
        real()

    target.process_endofpipe = marked  # type: ignore[method-assign]  # to look at the clock
    with Path(messages).open("rb") as lines:
        target.listen(lines)  # type: ignore[arg-type]  # bytes, as the reader takes them
    print()
    print(time.process_time(), time.process_time() - marks[0], time.monotonic() - began)
    return 0


def _sums(place: Path) -> str:
    with load_catalog("default", type="sql", uri=f"sqlite:///{place}/lake/catalog.db") as catalog:
        tasks = catalog.load_table("default.items").scan().plan_files()
        files = [task.file.file_path.removeprefix("file://") for task in tasks]
    return str(duckdb.sql(SUMS.format(f"read_parquet({files})")).fetchall())


if __name__ == "__main__":
    sys.exit(load(*sys.argv[2:]) if sys.argv[1:2] == ["load"] else main())
