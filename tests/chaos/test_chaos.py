"""A few of the points that `make chaos` tries by the hundred, and that they are what they say."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from deftunes_sandbox import Sandbox
from deftunes_sandbox.forks import Forks
from tests.chaos.points import Chaos, chosen, parse
from tests.chaos.race import RacePoint
from tests.chaos.tap import TapPoint
from tests.chaos.target import TargetPoint
from tests.chaos.truth import SETTINGS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chaos")]


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chaos]:
    folder = tmp_path_factory.mktemp("chaos")
    with Forks(folder) as forks, Sandbox(SETTINGS, services=["api"]) as api:
        yield Chaos(folder, forks, api)


def _effect(effects: list[str], label: str) -> int:
    """The number of the first effect of that label."""
    return effects.index(label) + 1


@pytest.mark.parametrize(
    ("load", "label", "signal", "then"),
    [
        pytest.param(
            *(1, "after default.orders has audit_load-1", "KILL", "again"), marks=pytest.mark.heavy
        ),
        pytest.param(  # the journal is written
            *(2, "before default.orders has main", "INT", "maintain"), marks=pytest.mark.heavy
        ),
        (2, "after default.orders has main", "KILL", "again"),  # and not what is set aside
        pytest.param(  # all is in, and nobody knows
            *(2, "os.rename _runs/load-2.json", "TERM", "again"), marks=pytest.mark.heavy
        ),
        (2, "after stdout is flushed", "KILL", "again"),  # all is in, and the tap knows
        pytest.param(  # a rule has stopped it
            *(3, "os.rmdir target_s3_partition=0", "INT", "again"), marks=pytest.mark.heavy
        ),
    ],
)
def test_the_target_ended_between_two_writes_and_run_again(
    chaos: Chaos, load: int, label: str, signal: str, then: str
) -> None:
    effect = _effect(chaos.target.effects[load], label)
    chaos.check(TargetPoint(load, effect, signal, then))


def test_the_target_without_rules_ended_between_two_writes_and_run_again(chaos: Chaos) -> None:
    effect = _effect(chaos.ungated.effects[2], "before default.stock has main")
    chaos.check(TargetPoint(2, effect, gated=False))


def test_another_comes_while_one_is_between_two_moves(chaos: Chaos) -> None:
    effect = _effect(chaos.race.effects, "after default.events has main")
    chaos.check(RacePoint(effect))


@pytest.mark.parametrize(
    ("place", "signal"),
    [
        (0.2, "KILL"),
        pytest.param(0.6, "TERM", marks=pytest.mark.heavy),
        pytest.param(0.9, "INT", marks=pytest.mark.heavy),
    ],
)
def test_the_tap_ended_within_a_window_and_run_again(
    chaos: Chaos, place: float, signal: str
) -> None:
    chaos.check(TapPoint(round(place * len(chaos.tap.effects)), signal))


@pytest.mark.heavy  # tests/line and tests/backfill kill it as well
def test_meltano_killed_while_the_target_reads_and_run_again(chaos: Chaos) -> None:
    chaos.check(parse("line:parent:150"))


@pytest.mark.parametrize(
    "name",
    [
        "target:2:64:KILL:again",
        "ungated:1:7:INT:twice",
        "race:371:40",
        "tap:900:TERM",
        "line:meltano:47",
    ],
)
def test_a_point_is_found_again_by_its_name(name: str) -> None:
    assert str(parse(name)) == name


def test_a_seed_picks_the_same_points_again_and_most_of_them_between_writes() -> None:
    labels = ["read a line"] * 300 + ["before the catalog commits"] * 40
    picked = [chosen(labels, 20, random.Random(seed)) for seed in (1, 1, 2)]
    assert picked[0] == picked[1] != picked[2]
    assert sum(number > 300 for number in picked[0]) == 15
