"""Paired runs of ours against stock Singer, dlt and DuckDB alone; what `make bench` calls.

Every contestant does the same work on the same data, in turn. What its tables hold at the end is
hashed by an independent reader and compared with the source; a run with another result does not
count, and the exit status is 1. Writes results.json, and from it results.md and the picture.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from paired import report, results
from paired.cases import CASES
from paired.contest import Contest, Contestant, Run, turn
from paired.places import BENCHMARKS, ROOT, peers_python
from paired.processes import RunError

SUFFIXES = {"k": 1_000, "M": 1_000_000}


def main() -> int:
    """Measure, tell, and write it down.

    Returns:
        The exit status: 1 when a run failed or gave another result than the source's.
    """
    asked = _arguments()
    asked.into.mkdir(parents=True, exist_ok=True)
    sound = True
    for name in [asked.case] if asked.case else CASES:
        case = CASES[name]
        for size in [asked.size] if asked.size else case.sizes:
            if asked.runs:
                sound = _measure(name, size, asked) and sound
    kept = results.read(asked.into / "results.json")
    report.write(asked.into / "results.md", kept)
    picture = ROOT / "docs" / "speed.svg" if asked.into == BENCHMARKS else asked.into / "speed.svg"
    if any(contest["case"] == "songs" for contest in kept.values()):
        drawer = [peers_python(), BENCHMARKS / "picture.py"]
        subprocess.run([*drawer, asked.into / "results.json", picture], check=True)
    return 0 if sound else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=CASES, help="one case only")
    parser.add_argument("--size", type=_size, help="one size only, such as 100k or 1M")
    parser.add_argument("--runs", type=int, default=5, help="0: only write the report anew")
    parser.add_argument("--who", type=_names, help="only these contestants, by comma")
    parser.add_argument("--all", action="store_true", help="also peers that take minutes a run")
    parser.add_argument("--into", type=Path, default=BENCHMARKS, help="where results go")
    return parser.parse_args()


def _size(text: str) -> int:
    factor = SUFFIXES.get(text[-1:], 1)
    return int(text.rstrip("".join(SUFFIXES))) * factor


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _measure(case: str, size: int, asked: argparse.Namespace) -> bool:
    """Measure one contest and keep what counts.

    Returns:
        Whether all of it counts.
    """
    load = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="deftunes-bench-"))
    try:
        with CASES[case].contests(size, folder) as contest:
            print(f"{contest.title}: {asked.runs} runs in turn", flush=True)
            runs, sound = _turns(contest, asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if runs:
        results.keep(asked.into / "results.json", contest, runs, load, list(CASES))
        print(report.summary(results.record_of(contest, runs, load)), flush=True)
    return sound


def _turns(contest: Contest, asked: argparse.Namespace, folder: Path) -> tuple[list[Run], bool]:
    runs: list[Run] = []
    sound = True
    out: set[str] = set()
    for number in range(asked.runs):
        for contestant in _taking_part(contest, asked, first=number == 0):
            if contestant.name in out:
                continue
            began = time.monotonic()
            try:
                made = turn(contest, contestant, folder)
            except RunError as failure:
                print(f"  {contestant.name}: {failure}", file=sys.stderr, flush=True)
                made = []
            wrong = [run for run in made if run.content != contest.expected]
            for run in wrong:
                print(
                    f"  {run.contestant}: its result does not count: {dict(run.content)}, "
                    f"and the source has {dict(contest.expected)}",
                    file=sys.stderr,
                    flush=True,
                )
            if wrong or not made:
                sound = False
                out.add(contestant.name)
                runs = [run for run in runs if run.contestant != contestant.name]
                continue
            runs += made
            cpu = " + ".join(f"{run.cost.cpu:.2f}" for run in made)
            taken = time.monotonic() - began
            print(f"  {number + 1}. {contestant.name}: {cpu} CPU s ({taken:.0f} s)", flush=True)
    return runs, sound


def _taking_part(
    contest: Contest, asked: argparse.Namespace, *, first: bool
) -> Sequence[Contestant]:
    return [
        each
        for each in contest.contestants
        if (asked.who is None or each.name in asked.who)
        and (asked.all or not each.on_request)
        and (first or not each.once)
    ]


if __name__ == "__main__":
    sys.exit(main())
