"""What target-s3 holds and spends while it takes a BATCH file, before anything is encoded.

A file of one record batch, or one row group, is read, checked against its schema and turned into
the stream's columns, each in a process of its own: what grows with the file would be seen.

Run: .venv/bin/python benchmarks/target_batch_reading.py [rows]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from columnar_target.records.column_checks import doubtful
from columnar_target.records.columnar import as_written, to_columns
from columnar_target.records.columns import stream_columns
from columnar_target.settings import StreamSettings
from columnar_target.singer.batch_files import BatchFile

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "title": {"type": ["null", "string"]},
        "price": {"type": "number", "format": "singer.decimal", "precision": 10, "scale": 2},
        "rate": {"type": "number", "minimum": 0},
        "at": {"type": "string", "format": "date-time"},
    },
}
FORMATS = ("arrow", "arrow, zstd", "parquet")
MEGABYTE = 2**20


def rows_of(count: int) -> pa.Table:
    """Songs, one like the other."""
    numbers = pa.array(range(count))
    words = pc.binary_join_element_wise("song number", numbers.cast(pa.string()), " ")
    return pa.table(
        {
            "id": numbers,
            "title": words,
            "price": numbers.cast(pa.decimal128(20, 0)).cast(pa.decimal128(10, 2)),
            "rate": numbers.cast(pa.float64()),
            "at": numbers.cast(pa.timestamp("us", "UTC")),
        }
    ).combine_chunks()


def write(rows: pa.Table, kind: str, file: Path) -> None:
    """Write a file of one piece."""
    if kind == "parquet":
        pq.write_table(rows, file, row_group_size=rows.num_rows)
        return
    options = pa.ipc.IpcWriteOptions(compression="zstd" if "zstd" in kind else None)
    with pa.ipc.new_file(file, rows.schema, options=options) as out:
        out.write_table(rows)


def take(file: str, kind: str) -> str:
    """Take a file; what it took."""
    columns = stream_columns("songs", SCHEMA, StreamSettings("songs"))
    began, rows = time.process_time(), 0
    for table in BatchFile("songs", f"file://{file}", kind.partition(",")[0]).tables():
        written = as_written(table, SCHEMA)
        if doubtful(written, SCHEMA) != []:
            raise SystemExit("these rows should need no look at single values")
        rows += to_columns(written, columns, stream="songs", keys=("id",)).num_rows
    spent = time.process_time() - began
    held = pa.default_memory_pool().max_memory() / MEGABYTE
    return f"{rows:9,} rows in {spent:5.2f} CPU s, {held:6.1f} MB held by Arrow at most"


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["take"]:
        print(take(*sys.argv[2:]))
        return
    rows = rows_of(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000)
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            file = Path(folder) / "file"
            write(rows, kind, file)
            size = file.stat().st_size / MEGABYTE
            command = [sys.executable, __file__, "take", str(file), kind]
            done = subprocess.run(command, capture_output=True, check=True, text=True)
            print(f"{kind:12} {size:6.1f} MB: {done.stdout.strip()}")


if __name__ == "__main__":
    main()
