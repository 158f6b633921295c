"""How long a newcomer waits: clone to report with cold caches, and the second demo.

Prints one line per run: wall seconds and CPU seconds of the whole process tree, and the totals,
which must be equal in every run. The clone is of HEAD: commit first.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WARM_RUNS = 3
KEPT = ("PATH", "PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
"""Of the caller's environment: how the package index is reached, but no cache."""


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when a run failed or told other totals.
    """
    totals = []
    with tempfile.TemporaryDirectory() as folder:
        project, home = Path(folder) / "deftunes", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(project)], check=True)
        for number in range(1 + WARM_RUNS):
            title = "clone to report, cold caches" if number == 0 else f"demo again ({number})"
            wall, cpu = _timed(project, home)
            totals.append(json.loads((project / "output/summary.json").read_bytes())["totals"])
            print(f"{title:<30}{wall:7.1f} s wall{cpu:7.1f} s CPU   {totals[-1]}", flush=True)
    return 0 if all(told == totals[0] for told in totals) else 1


def _timed(project: Path, home: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one `make demo` with an empty home."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment["HOME"] = str(home)
    before, began = _children_seconds(), time.monotonic()
    subprocess.run(["make", "--silent", "demo"], cwd=project, env=environment, check=True)
    return time.monotonic() - began, _children_seconds() - before


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main())
