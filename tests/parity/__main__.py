"""`make parity`: warehouses from one lake, and without it, after each of three days."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.parity.comparison import differences, without_the_load
from tests.parity.days import days
from tests.parity.world import parity, settings

SIDES = ("DuckDB", "Redshift")
WITHOUT_LAKE = ("DuckDB", "Redshift without the lake")


def main() -> int:
    """Build, compare, print.

    Returns:
        The exit status: 1 if anything differs.
    """
    found = []
    size = settings(songs=10_000, users=3_000, sessions_per_day=140)
    with tempfile.TemporaryDirectory(prefix="parity-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL's user has to pass through
        with parity(size, folder) as both:
            for day in days(both.world):
                both.load(day)
                both.build()
                both.build_native()
                here, there = both.contents()
                native = without_the_load(both.native_contents())
                differing = [
                    *differences(here, there, SIDES),
                    *differences(without_the_load(here), native, WITHOUT_LAKE),
                ]
                found += differing
                for line in differing:
                    print(f"{day.name}: {line}")  # noqa: T201 - a command
                rows = sum(contents.rows.total() for contents in here.values())
                words = f"{day.name}: {len(here)} tables and views, {rows:,} rows compared"
                print(words, flush=True)  # noqa: T201
    verdict = "different" if found else "equal, row by row and type by type"
    print(f"parity: {verdict}")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
