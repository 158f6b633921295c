"""A dozen of the points that `make chaos` tries by the hundred, and that they are what they say."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from deftunes_sandbox import Sandbox
from tests.chaos.points import Chaos, chosen, parse
from tests.chaos.tap import TapPoint
from tests.chaos.target import TargetPoint
from tests.chaos.truth import SETTINGS
from tests.forks import Forks

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chaos")]


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    folder = tmp_path_factory.mktemp("chaos")
    with Forks(folder) as forks, Sandbox(SETTINGS, services=["api"]) as api:
        yield Chaos(folder, forks, api)


def _effect(effects: list[str], label: str, which: int) -> int:
    """The number of the n-th effect of that label, from 0; -1 is the last."""
    return [number for number, name in enumerate(effects, 1) if name == label][which]


@pytest.mark.parametrize(
    ("load", "label", "which", "signal"),
    [
        (1, "after the catalog commits", 1, "KILL"),  # the first table is made, and empty
        (2, "before the catalog commits", 1, "KILL"),
        (2, "after the catalog commits", 1, "KILL"),
        (2, "half a metadata file is written", -1, "KILL"),
        (2, "after the catalog commits", -1, "KILL"),  # all is in, and nobody knows
        (2, "after stdout is flushed", -1, "KILL"),  # all is in, and the tap knows
        (2, "after DuckDB writes data files", -1, "TERM"),
        (2, "after the catalog commits", -1, "INT"),
    ],
)
def test_the_target_ended_between_two_writes_and_run_again(
    chaos: Chaos, load: int, label: str, which: int, signal: str
) -> None:
    effect = _effect(chaos.target.effects[load], label, which)
    chaos.check(TargetPoint(load, effect, signal))


@pytest.mark.parametrize(("place", "signal"), [(0.2, "KILL"), (0.6, "TERM"), (0.9, "INT")])
def test_the_tap_ended_within_a_window_and_run_again(
    chaos: Chaos, place: float, signal: str
) -> None:
    chaos.check(TapPoint(round(place * len(chaos.tap.effects)), signal))


def test_meltano_killed_while_the_target_reads_and_run_again(chaos: Chaos) -> None:
    chaos.check(parse("line:parent:900"))


@pytest.mark.parametrize("name", ["target:2:64:KILL", "tap:900:TERM", "line:meltano:47"])
def test_a_point_is_found_again_by_its_name(name: str) -> None:
    assert str(parse(name)) == name


def test_a_seed_picks_the_same_points_again_and_most_of_them_between_writes() -> None:
    labels = ["read a line"] * 300 + ["before the catalog commits"] * 40
    picked = [chosen(labels, 20, random.Random(seed)) for seed in (1, 1, 2)]
    assert picked[0] == picked[1] != picked[2]
    assert sum(number > 300 for number in picked[0]) == 15
