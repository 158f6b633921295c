"""CPU per record of tap-deftunes-api, validation on, against a tap of the SDK's defaults.

Each run is a process of its own that reads the sandbox's API, ours and the stock one in turn; what
a record costs is the difference between six months and one, so start-up falls out. The API is
another process and not counted. Both taps must write the same records, or the run does not count.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from paired.processes import run

from deftunes_sandbox import Sandbox, SandboxSettings

HERE = Path(__file__).resolve().parent
COMMANDS = {
    "ours": [str(Path(sys.executable).with_name("tap-deftunes-api"))],
    "stock": [sys.executable, str(HERE / "stock_tap.py")],
}
SETTINGS = SandboxSettings(api_port=0, sessions_per_day=200)
ENDS = ("2020-01-31", "2020-06-30")
RUNS = 5


def main() -> int:
    """Measure and print.

    Returns:
        The exit status: 1 when records differ.
    """
    costs: dict[str, list[float]] = {who: [] for who in COMMANDS}
    with (
        Sandbox(SETTINGS, services=["api"]) as sandbox,
        tempfile.TemporaryDirectory() as name,
    ):
        written = {who: _records(who, sandbox.api_url, Path(name)) for who in COMMANDS}
        counts = [sum(1 for day, _ in written["ours"].elements() if day <= end) for end in ENDS]
        for _ in range(RUNS):
            for who, values in costs.items():
                seconds = [_cpu(who, sandbox.api_url, end, Path(name)) for end in ENDS]
                values.append((seconds[1] - seconds[0]) / (counts[1] - counts[0]) * 1e6)
    for who, values in costs.items():
        spread = f"{min(values):.1f} to {max(values):.1f}"
        print(f"{who:<6}{statistics.median(values):8.1f} µs CPU a record   ({spread})")
    ratio = statistics.median(costs["ours"]) / statistics.median(costs["stock"])
    same = written["ours"] == written["stock"]
    print(f"ratio {ratio:.3f}   (goal: at most 0.4)   {counts[1]} records, equal: {same}")
    return 0 if same else 1


def _records(who: str, api_url: str, folder: Path) -> Counter[tuple[str, str]]:
    """Everything that a tap writes, each record with its day, numbers as they are spelled."""
    _cpu(who, api_url, ENDS[1], folder)
    with (folder / "output").open("rb") as lines:
        messages = (json.loads(line, parse_float=Decimal) for line in lines)
        return Counter(_identity(each) for each in messages if each["type"] == "RECORD")


def _identity(message: dict[str, Any]) -> tuple[str, str]:
    record = message["record"]
    day = record.get("session_start_time") or record["user_since"]
    return day[:10], repr((message["stream"], sorted(record.items())))


def _cpu(who: str, api_url: str, end: str, folder: Path) -> float:
    """CPU seconds of one run."""
    config = folder / "config.json"
    options = {"api_url": api_url, "start_date": "2020-01-01", "end_date": end}
    config.write_text(json.dumps(options), encoding="utf-8")
    command = [*COMMANDS[who], "--config", str(config)]
    return run([command], folder, output=folder / "output").cpu


if __name__ == "__main__":
    sys.exit(main())
