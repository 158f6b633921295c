"""`make mutants`: every mutant must be noticed, and its tests must pass without it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.mutant import Mutant, Verdict, copy_package, judge
from tests.mutants.tap import TAP
from tests.mutants.target import TARGET

WORKERS = 2


def without_fault(mutant: Mutant, folder: Path) -> Verdict:
    """The mutant's tests on a copy that has no fault."""
    copy_package(mutant.package, folder)
    return judge(mutant, folder)


def with_fault(mutant: Mutant, folder: Path) -> Verdict:
    """The mutant's tests on the mutant."""
    mutant.break_copy(folder)
    return judge(mutant, folder)


def _tried(mutant: Mutant, run: Callable[[Mutant, Path], Verdict], *, wanted: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            verdict = run(mutant, Path(folder))
        except AssertionError as fault:
            verdict = Verdict(not wanted, str(fault))
    passed = verdict.noticed is wanted
    kind = mutant.name if wanted else f"no fault: {mutant.tests} {mutant.only}"
    words = f"{'ok' if passed else 'FAILED':<7}{mutant.package:<17}{kind:<58}{verdict.words}"
    print(words, flush=True)  # noqa: T201 - a command's output
    return passed


def main() -> int:
    """Try them all, two at a time; the exit status says whether all went as it must."""
    mutants = (*TARGET, *TAP)
    selections = {(mutant.package, *mutant.arguments()): mutant for mutant in mutants}
    with ThreadPoolExecutor(WORKERS) as pool:
        sound = list(
            pool.map(lambda one: _tried(one, without_fault, wanted=False), selections.values())
        )
        noticed = list(pool.map(lambda one: _tried(one, with_fault, wanted=True), mutants))
    print(f"{sum(noticed)} of {len(mutants)} mutants noticed")  # noqa: T201
    return 0 if all((*sound, *noticed)) else 1


if __name__ == "__main__":
    sys.exit(main())
