"""S3 and Glue fail at the n-th call of a load: it copes, or says so once, and nothing is lost.

With rules and a row that breaks one, so that branches, results, journal and moves are hit; without.

Every call of a load is a point. Each fault is tried at one of them, chosen by a seed; with
DEFTUNES_POINTS=8 at eight, with DEFTUNES_POINTS=all at all of them (an hour).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from columnar_target.errors import StorageError
from deftunes_sandbox.aws import EmulatedAws

from .lakes import GlueLake
from .ledger import Ledger

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.slow,
    pytest.mark.xdist_group("aws-world"),
    pytest.mark.usefixtures("impatient"),
]

SEED = 3
POINTS = os.environ.get("DEFTUNES_POINTS", "1")
PASSING = (
    "answer=internal;times=1",
    "answer=unavailable;times=1",
    "answer=slow_down;times=1",
    "hang=0.01;times=1",
    "cut=0.5;times=1",
    "answer=internal;applied=1;times=1",
    "hang=0.01;applied=1;times=1",
)
LASTING = (
    "answer=expired",
    "answer=denied",
    "answer=skewed",
    "answer=slow_down",
    "hang=0.01",
    "cut=0.5",
    "answer=internal;applied=1",
)


@dataclass(frozen=True)
class Loads:
    """Loads that were counted: one that makes its table, and one more into it.

    Attributes:
        grown: The table.
        first: How many calls the first load made.
        more: How many the second made.
    """

    grown: Ledger
    first: int
    more: int

    def points(self) -> list[tuple[bool, int]]:
        """Whether it is the first load, and the number of a call."""
        first = [(True, number) for number in range(1, self.first + 1)]
        return first + [(False, number) for number in range(1, self.more + 1)]


def chosen(kinds: list[Loads], fault: str) -> Iterator[tuple[Ledger, str]]:
    """The fault at one call and another, and the table to load: a new one, or the grown one.

    At a single one only if that is all: with rules what lasts, without what passes.
    """
    if POINTS == "1":
        kinds = [loads for loads in kinds if loads.grown.gated is (fault in LASTING)]
    points = [(loads, *point) for loads in kinds for point in loads.points()]
    if POINTS != "all":
        points = random.Random(f"{SEED} {fault}").sample(points, int(POINTS))
    for loads, is_first, number in points:
        point, grown = f"{fault};at={number}", loads.grown
        name = f"{grown.stream}_" + "".join(letter for letter in point if letter.isalnum())
        yield (Ledger(grown.lake, name, grown.gated) if is_first else grown), point


@pytest.fixture(scope="module")
def kinds(aws: EmulatedAws, tmp_path_factory: pytest.TempPathFactory) -> list[Loads]:
    """With rules, and without."""
    lake, counted = GlueLake(aws, "counted", tmp_path_factory.mktemp("counted")), []
    for grown in (Ledger(lake, "gated"), Ledger(lake, "ungated", gated=False)):
        numbers = []
        for _ in range(2):
            messages = grown.next_messages()
            aws.forget_calls()
            grown.load(messages)
            numbers.append(len(aws.calls()))
        counted.append(Loads(grown, *numbers))
    return counted


def struck(ledger: Ledger, fault: str, capsys: pytest.CaptureFixture[str]) -> bool:
    """Load with a fault in force, see that nothing is half, load again; whether the first failed.

    Any reader may come between the two, and sees the table as before or as after.
    """
    lake, before = ledger.lake, ledger.expected()
    messages = ledger.next_messages()
    capsys.readouterr()
    lake.aws.put_fault(fault)
    sentence = ""
    try:
        ledger.load(messages)
    except StorageError as failure:
        sentence = str(failure)
    finally:
        lake.aws.put_fault("")
    emitted = capsys.readouterr().out
    if sentence:
        assert len(sentence.splitlines()) == 1
        assert "run again" in sentence
        assert emitted == ""
        if any(before):
            now, waiting = ledger.seen()
            both = before, ledger.expected()
            assert now in [rows for rows, _ in both]
            assert waiting in [held for _, held in both]
    else:
        assert emitted == f'{{"load":{ledger.step}}}\n'
        assert ledger.seen() == ledger.expected()
    ledger.load(messages)
    assert ledger.seen() == ledger.expected()
    assert lake.journals() == []
    return bool(sentence)


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again_and_nobody_notices(
    kinds: list[Loads], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for ledger, point in chosen(kinds, fault):
        assert not struck(ledger, point, capsys), point


@pytest.mark.parametrize("fault", LASTING)
def test_what_lasts_is_told_once_and_the_next_run_completes(
    kinds: list[Loads], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = [struck(ledger, point, capsys) for ledger, point in chosen(kinds, fault)]
    assert any(failed)
