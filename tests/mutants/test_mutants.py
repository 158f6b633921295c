"""A test of the tests: the worst faults must be noticed. `make mutants` tries many more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.mutant import judge as judge_mutant
from tests.mutants.tap import TAP
from tests.mutants.target import TARGET, WORST

ALL = (*TARGET, *TAP)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", WORST, ids=lambda mutant: mutant.name)
def test_a_target_that_does_this_fails_its_tests(mutant: Mutant, tmp_path: Path) -> None:
    mutant.break_copy(tmp_path)
    verdict = judge_mutant(mutant, tmp_path)
    assert verdict.noticed, verdict.words


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_every_fault_still_fits_the_code(mutant: Mutant, tmp_path: Path) -> None:
    mutant.break_copy(tmp_path)


def test_no_two_faults_have_one_name() -> None:
    assert len({mutant.name for mutant in ALL}) == len(ALL)
