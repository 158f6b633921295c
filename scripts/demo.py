"""`make demo`: start the sources, run both pipelines, write the report, leave nothing running.

Everything goes through Meltano, as in production: this script only starts what an operator would
have running, types what an operator would type, and says where the time went.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from deftunes_report.errors import ReportError
from deftunes_report.files import write_atomically
from deftunes_sandbox import SandboxError, SandboxSettings, lifecycle
from deftunes_sandbox.state import State
from interruption import Interrupted, raise_interruptions
from lake_place import other_place
from meltano_process import MeltanoError, follow, surroundings

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "output"
LOG = OUTPUT / "demo.log"
SUMMARY = OUTPUT / "summary.json"

BLOCKS = ("tap-postgres target-s3", "tap-deftunes-api target-s3", "dbt:build")
"""Both pipelines in one run of Meltano: it costs a second to start."""

TITLES = ("songs -> lake", "users, sessions -> lake", "lake -> warehouse, tested")


class DemoError(Exception):
    """The demo cannot run; the text says why and what to do."""


@dataclass
class Stopwatch:
    """Seconds by step, printed as they come in."""

    seconds: dict[str, float] = field(default_factory=dict)

    def note(self, step: str, seconds: float) -> None:
        """Write down a step and show it."""
        self.seconds[step] = round(seconds, 2)
        print(f"  {step:<28}{self.seconds[step]:6.1f} s", flush=True)


def main() -> int:
    """Run the demo.

    Returns:
        The exit status: 0 when the report is written, 1 when a step failed, 128 and the signal's
        number when interrupted.
    """
    raise_interruptions()
    started = time.monotonic()
    watch = Stopwatch()
    print("DeFtunes: from two sources to a report", flush=True)
    try:
        OUTPUT.mkdir(exist_ok=True)
        with _alone():
            _run_all(watch)
            watch.note("all of it", time.monotonic() - started)
            summary = _complete_summary(watch.seconds)
    except (DemoError, MeltanoError, ReportError, SandboxError) as fault:
        print(f"\ndemo: {fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        print(
            f"\ndemo: {fault.filename or OUTPUT} cannot be used ({fault.strerror}): make room on "
            "the disk, or make the folder writable, and run `make demo` again.",
            file=sys.stderr,
        )
        return 1
    except Interrupted as interruption:
        print(
            "\ndemo: interrupted; what it had started is stopped. `make demo` can be run again.",
            file=sys.stderr,
        )
        return interruption.status
    _show_results(summary)
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second demo away from the folder; the lock ends with the process that holds it."""
    with (OUTPUT / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(
                f"another demo runs in {ROOT}: wait until it has ended, then run `make demo` again."
            ) from error
        moved_from = other_place(OUTPUT / "lake")
        if moved_from:
            raise DemoError(
                f"the lake in {OUTPUT / 'lake'} was made in another folder ({moved_from}), and its "
                "tables cannot move: run `make clean`, then `make demo` makes everything anew."
            )
        yield


def _run_all(watch: Stopwatch) -> None:
    settings = SandboxSettings.from_env(os.environ)
    directory = settings.directory or ROOT / ".sandbox"
    began = time.monotonic()
    state, ours = lifecycle.up(settings, directory, ends_with_us=True)
    try:
        watch.note("sources up" if ours else "sources were up", time.monotonic() - began)
        environment = _environment(state)
        with LOG.open("w", encoding="utf-8", buffering=1) as log:
            # A run that was killed blocks its state for minutes; alone here, we need not wait.
            pipelines = ["run", *(word for block in BLOCKS for word in block.split()), "--force"]
            if not (OUTPUT / "lake" / "catalog.db").exists():
                # bookmarks outlive a lake that somebody removed: read everything anew
                pipelines.append("--full-refresh")
            with closing(follow(ROOT, pipelines, environment, log)) as durations:
                # the run first: it is followed to its end, whatever there is a title for
                for seconds, title in zip(durations, TITLES, strict=False):
                    watch.note(title, seconds)
            began = time.monotonic()
            report = ["invoke", "report:build", "--steps", json.dumps(watch.seconds)]
            for _ in follow(ROOT, report, environment, log):
                pass
            watch.note("report", time.monotonic() - began)
    finally:
        if ours:
            lifecycle.down(directory)


def _environment(state: State) -> dict[str, str]:
    """What Meltano runs with, and the sources where they are."""
    environment = surroundings(ROOT)
    if state.api is not None:
        environment["TAP_DEFTUNES_API_API_URL"] = f"http://127.0.0.1:{state.api.port}"
    if state.songs is not None:
        environment["TAP_POSTGRES_PORT"] = str(state.songs.port)
    return environment


def _complete_summary(seconds: dict[str, float]) -> dict[str, Any]:
    """Add to the summary the steps that ended after it was written."""
    summary: dict[str, Any] = json.loads(SUMMARY.read_text(encoding="utf-8"))
    summary["seconds"] = seconds
    write_atomically(SUMMARY, json.dumps(summary, indent=2) + "\n")
    return summary


def quality_line(quality: dict[str, Any]) -> str:
    """What came of the rules, such as `Quality: 31 rules, 30 passed, 1 warned`."""
    rules: dict[str, int] = quality["rules"]
    told = [f"{sum(rules.values())} rules"]
    told += [
        f"{number} {verdict.replace('_', ' ')}"
        for verdict, number in reversed(rules.items())  # the worst comes first there
        if number
    ]
    if quality["rows_in_quarantine"]:
        told.append(f"{quality['rows_in_quarantine']:,} rows in quarantine")
    return f"Quality: {', '.join(told)}"


def _show_results(summary: dict[str, Any]) -> None:
    totals = summary["totals"]
    print(
        f"\n{totals['users']:,} users, {totals['sessions']:,} sessions, {totals['items']:,} songs "
        f"sold for ${Decimal(totals['revenue']):,.2f}\n"
        f"{quality_line(summary['quality'])}\n\n"
        "  report     output/report.html\n"
        "  numbers    output/summary.json\n"
        "  warehouse  output/warehouse.duckdb\n"
        "  lake       output/lake\n"
        "  log        output/demo.log"
    )


if __name__ == "__main__":
    sys.exit(main())
