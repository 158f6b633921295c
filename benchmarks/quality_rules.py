"""What a table's rules cost: a dozen on two million purchases.

Makes a Parquet file of purchases, and evaluates the rules of `quality/session_items.dqdl` (a dozen)
on it, and those of `quality/users.dqdl` on as many users: each run in a process of its own, whose
CPU seconds are counted from the import on. Every rule must pass.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from deftunes_dqdl import evaluate, parse

ROWS = 2_000_000
RUNS = 5
QUALITY = Path(__file__).parent.parent / "quality"
TABLES = {
    "session_items": """
        select uuid()::varchar as session_id, (range % 5)::integer as item_index,
            uuid()::varchar as user_id,
            'TR' || lpad((hash(range) % 10000)::varchar, 16, '0') as song_id,
            (0.01 + range % 200 / 100)::decimal(10,2) as price, 'USD' as currency,
            range % 3 = 0 as liked,
            case when range % 3 = 0 then timestamp '2026-01-01' + interval (range) second end
                as liked_since""",
    "users": """
        select uuid()::varchar as user_id, 'name ' || range as user_name,
            'lastname ' || range as user_lastname,
            timestamp '2020-01-01' + interval (range) second as user_since""",
}
SONGS = "select 'TR' || lpad(range::varchar, 16, '0') as track_id from range(10000)"


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when a rule did not pass.
    """
    with tempfile.TemporaryDirectory() as folder:
        for table, columns in TABLES.items():
            file = f"{folder}/{table}.parquet"
            duckdb.execute(f"copy ({columns} from range({ROWS})) to '{file}'")
            measured = []
            for _ in range(RUNS):
                command = [sys.executable, __file__, table, file]
                done = subprocess.run(command, check=False, capture_output=True, text=True)
                if done.returncode:
                    print(done.stdout, done.stderr)
                    return 1
                measured.append([float(word) for word in done.stdout.split()])
            cpu, wall = zip(*measured, strict=True)
            rules = len(parse((QUALITY / f"{table}.dqdl").read_text(encoding="utf-8")).rules)
            print(
                f"{table:<14} {rules} rules on {ROWS} rows: CPU {statistics.median(cpu):.2f} s "
                f"({min(cpu):.2f} to {max(cpu):.2f}), wall {statistics.median(wall):.2f} s"
            )
    return 0


def measure(table: str, file: str) -> int:
    """Evaluate once; print CPU and wall seconds.

    Returns:
        The exit status: 1 when a rule did not pass.
    """
    ruleset = parse((QUALITY / f"{table}.dqdl").read_text(encoding="utf-8"))
    with duckdb.connect() as connection:
        began, cpu = time.monotonic(), time.process_time()
        found = evaluate(
            connection, f"read_parquet('{file}')", ruleset, references={"songs": SONGS}
        )
        print(time.process_time() - cpu, time.monotonic() - began)
    for result in found.results:
        if result.outcome != "passed":
            print(result.rule.text, result.message)
    return 0 if found.passed and not found.warnings else 1


if __name__ == "__main__":
    sys.exit(measure(*sys.argv[1:]) if sys.argv[1:] else main())
