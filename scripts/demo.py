"""`make demo`: start the sources, run both pipelines, write the report, leave nothing running.

Everything goes through Meltano, as in production: this script only starts what an operator would
have running, types what an operator would type, and says where the time went.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from deftunes_sandbox import SandboxError, SandboxSettings, lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deftunes_sandbox.state import State

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "output"
LOG = OUTPUT / "demo.log"
MELTANO = ROOT / ".venv" / "bin" / "meltano"

BLOCKS = ("tap-postgres target-s3", "tap-deftunes-api target-s3", "dbt:build")
"""Both pipelines in one run of Meltano: it costs a second to start."""

TITLES = ("songs -> lake", "users, sessions -> lake", "lake -> warehouse, tested")
BLOCK_DONE = re.compile(r"Block run completed.*duration_seconds=([\d.]+)")
LAST_LINES = 25


class DemoError(Exception):
    """A step failed; the text says which and where to look."""


@dataclass
class Stopwatch:
    """Seconds by step, printed as they come in."""

    seconds: dict[str, float] = field(default_factory=dict)

    def note(self, step: str, seconds: float) -> None:
        """Write down a step and show it."""
        self.seconds[step] = round(seconds, 2)
        print(f"  {step:<28}{seconds:6.1f} s", flush=True)


def main() -> int:
    """Run the demo.

    Returns:
        The exit status: 0 when the report is written, 1 when a step failed, 130 after Ctrl-C.
    """
    started = time.monotonic()
    watch = Stopwatch()
    print("DeFtunes: from two sources to a report")
    try:
        OUTPUT.mkdir(exist_ok=True)
        _run_all(watch)
    except (DemoError, SandboxError, OSError) as fault:
        print(f"\ndemo: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; what it had started is stopped.", file=sys.stderr)
        return 130
    watch.note("all of it", time.monotonic() - started)
    _show_results()
    return 0


def _run_all(watch: Stopwatch) -> None:
    settings = SandboxSettings.from_env(os.environ)
    directory = settings.directory or ROOT / ".sandbox"
    began = time.monotonic()
    state, ours = lifecycle.up(settings, directory)
    try:
        watch.note("sources up" if ours else "sources were up", time.monotonic() - began)
        environment = _environment(state)
        with LOG.open("w", encoding="utf-8") as log:
            arguments = [word for block in BLOCKS for word in block.split()]
            durations = _follow(["run", *arguments], environment, log)
            # the run first: it is followed to its end, whatever there is a title for
            for seconds, title in zip(durations, TITLES, strict=False):
                watch.note(title, seconds)
            began = time.monotonic()
            report = ["invoke", "report:build", "--steps", json.dumps(watch.seconds)]
            for _ in _follow(report, environment, log):
                pass
            watch.note("report", time.monotonic() - began)
    finally:
        if ours:
            lifecycle.down(directory)


def _environment(state: State) -> dict[str, str]:
    """What Meltano runs with: a run id for every plugin, and the sources where they are."""
    environment = {**os.environ, "MELTANO_RUN_ID": str(uuid.uuid4()), "NO_COLOR": "1"}
    if state.api is not None:
        environment["TAP_DEFTUNES_API_API_URL"] = f"http://127.0.0.1:{state.api.port}"
    if state.songs is not None:
        environment["TAP_POSTGRES_PORT"] = str(state.songs.port)
    return environment


def _follow(arguments: list[str], environment: dict[str, str], log: TextIO) -> Iterator[float]:
    """Run Meltano, its words into the log, and yield each block's seconds as it completes.

    Raises:
        DemoError: Meltano ended with another status than 0.
    """
    process = subprocess.Popen(
        [str(MELTANO), *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    last: deque[str] = deque(maxlen=LAST_LINES)
    with process:
        for line in process.stdout or ():
            log.write(line)
            last.append(line)
            done = BLOCK_DONE.search(line)
            if done:
                yield float(done[1])
    if process.returncode:
        words = "".join(last)
        raise DemoError(
            f"`meltano {' '.join(arguments[:5])}` ended with exit status {process.returncode}; "
            f"all of its words are in {LOG.relative_to(ROOT)}, the last were:\n\n{words}"
        )


def _show_results() -> None:
    totals = json.loads((OUTPUT / "summary.json").read_text(encoding="utf-8"))["totals"]
    print(
        f"\n{totals['users']:,} users, {totals['sessions']:,} sessions, {totals['items']:,} songs "
        f"sold for ${Decimal(totals['revenue']):,.2f}\n\n"
        "  report     output/report.html\n"
        "  numbers    output/summary.json\n"
        "  warehouse  output/warehouse.duckdb\n"
        "  lake       output/lake\n"
        "  log        output/demo.log"
    )


if __name__ == "__main__":
    sys.exit(main())
