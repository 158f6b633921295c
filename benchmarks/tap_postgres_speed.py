"""CPU and memory of tap-postgres: BATCH against RECORD, and against ADBC alone (the floor).

Each run is a process of its own, start-up and imports included; the database is another process
and not counted. All ways must give the same rows, or the run does not count: of the small table
each value is compared, of the large one the rows are counted.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc  # type: ignore[import-untyped]  # ships no types
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from paired.processes import Cost, run
from psycopg.conninfo import make_conninfo

from deftunes_sandbox import Sandbox, SandboxSettings

TAP = str(Path(sys.executable).with_name("deftunes-tap-postgres"))
SIZES = (100_000, 1_000_000)
RUNS = 5
RECORD_RUNS = 2
"""Of the large table: they take long, and nothing hangs on their spread."""
WAYS = ("floor", "arrow", "parquet", "record")


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when rows differ.
    """
    if sys.argv[1:2] == ["floor"]:
        return floor(sys.argv[2], Path(sys.argv[3]))
    same = True
    print(f"{'rows':>9} {'way':<8} {'CPU s':>22} {'wall s':>8} {'peak MB':>8}")
    for size in SIZES:
        settings = SandboxSettings(songs_port=0, songs=size)
        with Sandbox(settings, services=["songs"]) as sandbox:
            same = measure(sandbox.songs_dsn, size) and same
    print(f"equal rows: {same}")
    return 0 if same else 1


def measure(dsn: dict[str, Any], size: int) -> bool:
    """Run every way in turn and print a line for each.

    Returns:
        Whether all gave the same rows.
    """
    costs: dict[str, list[Cost]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalog = _catalog(dsn, folder)
        tables = []
        for turn in range(RUNS):
            for way in WAYS if turn < RECORD_RUNS or size < SIZES[-1] else WAYS[:-1]:
                costs[way].append(_run(way, dsn, catalog, folder))
                if turn == 0:
                    tables.append(_rows(way, folder, compare=size == SIZES[0]))
    for way, runs in costs.items():
        cpu = [each.cpu for each in runs]
        spread = f"{statistics.median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f})"
        wall = statistics.median(each.wall for each in runs)
        peak = max(each.memory for each in runs)
        print(f"{size:>9,} {way:<8} {spread:>22} {wall:>8.2f} {peak:>8.0f}", flush=True)
    return all(table == tables[0] for table in tables)


def floor(dsn: str, folder: Path) -> int:
    """Read the table with ADBC into one Arrow file, in this process."""
    with adbc.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM deftunes.songs")
        reader = cursor.fetch_record_batch()
        sink = pa.OSFile(str(folder / "floor.arrow"), "wb")
        with sink, pa.ipc.new_file(sink, reader.schema) as file:
            for batch in reader:
                file.write_batch(batch)
    return 0


def _catalog(dsn: dict[str, Any], folder: Path) -> Path:
    config = _config("record", dsn, folder)
    found = subprocess.run(
        [TAP, "--config", str(config), "--discover"], capture_output=True, check=True
    )
    catalog = json.loads(found.stdout)
    for entry in catalog["streams"][0]["metadata"]:
        entry["metadata"]["selected"] = True
    path = folder / "catalog.json"
    path.write_text(json.dumps(catalog), encoding="utf-8")
    return path


def _config(way: str, dsn: dict[str, Any], folder: Path) -> Path:
    settings: dict[str, Any] = {
        **{name: dsn[name] for name in ("host", "user", "password")},
        "port": int(dsn["port"]),
        "database": dsn["dbname"],
        "filter_schemas": ["deftunes"],
    }
    if way != "record":
        encoding = {"format": way}
        settings["batch_config"] = {
            "encoding": encoding,
            "storage": {"root": _files(folder).as_uri()},
        }
    path = folder / f"{way}.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def _files(folder: Path) -> Path:
    return folder / "files"


def _run(way: str, dsn: dict[str, Any], catalog: Path, folder: Path) -> Cost:
    shutil.rmtree(_files(folder), ignore_errors=True)
    _files(folder).mkdir()
    if way == "floor":
        command = [sys.executable, __file__, way, make_conninfo(**dsn), str(_files(folder))]
    else:
        config = _config(way, dsn, folder)
        command = [TAP, "--config", str(config), "--catalog", str(catalog)]
    return run([command], folder, output=folder / "output")


def _rows(way: str, folder: Path, *, compare: bool) -> pa.Table | int:
    if way == "record":
        lines = (folder / "output").read_bytes().splitlines()
        records = (line for line in lines if line.startswith(b'{"type":"RECORD"'))
        if not compare:
            return sum(1 for _ in records)
        decoded = [msgspec.json.decode(line)["record"] for line in records]
        return _sorted(pa.Table.from_pylist(decoded))
    files = sorted(_files(folder).iterdir())
    read = pq.read_table if way == "parquet" else lambda path: pa.ipc.open_file(path).read_all()
    table = pa.concat_tables([read(path) for path in files])
    return _sorted(table) if compare else table.num_rows


def _sorted(table: pa.Table) -> pa.Table:
    names = sorted(table.column_names)
    fields = [(name, _alike(table.schema.field(name).type)) for name in names]
    return table.select(names).cast(pa.schema(fields)).sort_by("track_id").combine_chunks()


def _alike(kind: pa.DataType) -> pa.DataType:
    """JSON knows no widths."""
    if pa.types.is_integer(kind):
        return pa.int64()
    return pa.float32() if pa.types.is_floating(kind) else kind


if __name__ == "__main__":
    sys.exit(main())
