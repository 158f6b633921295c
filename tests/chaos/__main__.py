"""`make chaos`: hundreds of ends at points that a seed picks, each followed by a plain re-run.

make chaos                           a new seed
make chaos SEED=7                    the same points again
make chaos POINT=race:371:40         one of them
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from deftunes_sandbox import Sandbox
from deftunes_sandbox.forks import Forks
from tests.chaos.points import Chaos, Point, parse, pick
from tests.chaos.truth import SETTINGS

WORKERS = 2


def say(words: str) -> None:
    """Tell whoever runs it."""
    print(words, flush=True)  # noqa: T201 - a command's output


class Worker:
    """A folder, and what starts processes in it."""

    def __init__(self, folder: Path, api: Sandbox, stack: ExitStack) -> None:
        folder.mkdir()
        self.chaos = Chaos(folder, stack.enter_context(Forks(folder)), api)
        self.failed: list[Point] = []

    def work(self, points: Sequence[Point]) -> None:
        """Try points one by one, and say of each how it went."""
        for point in points:
            began = time.monotonic()
            try:
                self.chaos.check(point)
                outcome = "as if nothing had happened"
            except Exception:  # noqa: BLE001 - one fault must not hide the others
                self.failed.append(point)
                outcome = f"FAILED\n{traceback.format_exc()}"
            seconds = time.monotonic() - began
            label = self.chaos.label(point)
            say(f"{point!s:<28} {label:<48} {seconds:4.1f} s  {outcome}")


def main() -> int:
    """Run the points; the exit status says whether all of them passed."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--point", type=parse)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(SETTINGS, services=["api"]) as api,
        ExitStack() as stack,
    ):
        workers = [Worker(Path(folder) / str(n), api, stack) for n in range(WORKERS)]
        if options.point:
            points = [options.point]
        else:
            points = pick(workers[0].chaos, random.Random(options.seed))
            say(f"seed {options.seed}: {len(points)} points")
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda n: workers[n].work(points[n::WORKERS]), range(WORKERS)))
    failed = [point for worker in workers for point in worker.failed]
    say(f"{len(points)} points, {len(failed)} failed")
    for point in failed:
        say(f"  again: make chaos POINT={point}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
