"""CPU and memory of tap-deftunes-api: BATCH against RECORD, and against DuckDB alone (the floor).

Each run is a process of its own, start-up and imports included. The API is the sandbox's, another
process and not counted. The floor reads the same answers from files and writes Parquet; it checks
nothing of them. Both modes must give the same rows, value by value, or the run does not count.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import urllib.request
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from paired.processes import Cost, run

from deftunes_sandbox import Sandbox, SandboxSettings

TAP = str(Path(sys.executable).with_name("tap-deftunes-api"))
SETTINGS = SandboxSettings(api_port=0, sessions_per_day=550)
MONTHS = [("2020-01-01", "2020-01-31"), ("2020-02-01", "2020-02-29"), ("2020-03-01", "2020-03-31")]
MONTHS += [("2020-04-01", "2020-04-30"), ("2020-05-01", "2020-05-31"), ("2020-06-01", "2020-06-30")]
RUNS = 5
WAYS = ("floor", "arrow", "parquet", "record")
STREAMS = ("users", "sessions", "session_items")
FLOOR = """
create table answers as from read_json('{folder}/answers/*.json', format = 'array');
copy (select * exclude session_items from answers) to '{folder}/sessions.parquet';
copy (select session_id, user_id, session_start_time, unnest(item, recursive := true)
      from (select *, unnest(session_items) as item from answers))
  to '{folder}/session_items.parquet';
"""


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when rows differ.
    """
    if sys.argv[1:2] == ["floor"]:
        duckdb.execute(FLOOR.format(folder=sys.argv[2]))
        return 0
    costs: dict[str, list[Cost]] = {way: [] for way in WAYS}
    with (
        Sandbox(SETTINGS, services=["api"]) as sandbox,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        _save_answers(sandbox.api_url, folder / "answers")
        rows = {}
        for turn in range(RUNS):
            for way in WAYS:
                costs[way].append(_run(way, sandbox.api_url, folder))
                if turn == 0 and way != "floor":
                    rows[way] = _rows(folder)
    for way, runs in costs.items():
        cpu = [each.cpu for each in runs]
        spread = f"{statistics.median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f})"
        wall = statistics.median(each.wall for each in runs)
        peak = max(each.memory for each in runs)
        print(f"{way:<8} {spread:>22} CPU s {wall:>8.2f} wall s {peak:>6.0f} MB")
    same = all(each == rows["record"] for each in rows.values())
    counts = ", ".join(f"{len(of)} {stream}" for stream, of in rows["record"].items())
    print(f"{counts}; equal: {same}")
    return 0 if same else 1


def _save_answers(api_url: str, folder: Path) -> None:
    folder.mkdir()
    for first, last in MONTHS:
        url = f"{api_url}/sessions?start_date={first}&end_date={last}"
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - the sandbox's, http
            (folder / f"{first}.json").write_bytes(answer.read())


def _run(way: str, api_url: str, folder: Path) -> Cost:
    files = folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    config = folder / "config.json"
    options: dict[str, Any] = {"api_url": api_url, "end_date": MONTHS[-1][1]}
    if way not in {"floor", "record"}:
        options["batch_config"] = {"encoding": {"format": way}, "storage": {"root": files.as_uri()}}
    config.write_text(json.dumps(options), encoding="utf-8")
    command = [TAP, "--config", str(config)]
    if way == "floor":
        command = [sys.executable, __file__, way, str(folder)]
    return run([command], folder, output=folder / "output")


def _rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a run gave, by stream and in order, whichever way it came."""
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    rows: dict[str, list[tuple[Any, ...]]] = {stream: [] for stream in STREAMS}
    for line in (folder / "output").read_bytes().splitlines():
        message = decode(line)
        if message["type"] == "RECORD":
            rows[message["stream"]].append(tuple(map(_typed, message["record"].items())))
        for url in message.get("manifest", ()):
            path = url.removeprefix("file://")
            read = pq.read_table if path.endswith("parquet") else _read_arrow
            rows[message["stream"]] += zip(*read(path).to_pydict().values(), strict=True)
    return rows


def _typed(field: tuple[str, Any]) -> Any:
    name, value = field
    is_time = name.endswith(("_since", "_start_time")) and value is not None
    return datetime.fromisoformat(value) if is_time else value


def _read_arrow(path: str) -> pa.Table:
    with pa.OSFile(path) as source:
        return pa.ipc.open_file(source).read_all()


if __name__ == "__main__":
    sys.exit(main())
