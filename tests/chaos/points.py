"""Points by name, and the picking of them by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from deftunes_sandbox import Sandbox
from deftunes_sandbox.forks import Forks
from tests.chaos.expected import GATED, UNGATED
from tests.chaos.line import LineChaos, LinePoint, counted_in
from tests.chaos.race import RaceChaos, RacePoint, pauses
from tests.chaos.shop import Shop
from tests.chaos.tap import TapChaos, TapPoint
from tests.chaos.target import THEN, TargetChaos, TargetPoint

Point = TargetPoint | RacePoint | TapPoint | LinePoint

TARGETS, UNGATEDS, RACES, TAPS, LINES = 120, 40, 24, 32, 12
SIGNALS = ("KILL", "KILL", "TERM", "INT")
CHATTER = ("read a line", "before a write to stdout")
"""Effects that come by the thousand and resemble one another."""


def parse(text: str) -> Point:
    """A point by its name, such as `target:2:64:KILL:again`, `race:371:40` or `line:meltano:47`.

    Raises:
        ValueError: There is no such point.
    """
    area, *words = text.split(":")
    if area in {"target", "ungated"}:
        load, effect, signal, then = words
        return TargetPoint(int(load), int(effect), signal, then, gated=area == "target")
    if area == "race":
        effect, later = words
        return RacePoint(int(effect), int(later))
    if area == "tap":
        effect, signal = words
        return TapPoint(int(effect), signal)
    if area == "line":
        who, effect = words
        return LinePoint(who, int(effect))
    raise ValueError(f"{text!r} names no point")


class Chaos:
    """All that can be ended, each in a folder of its own, made when first asked for."""

    def __init__(self, folder: Path, forks: Forks, api: Sandbox) -> None:
        self._folder = folder
        self._forks = forks
        self._api = api

    @cached_property
    def target(self) -> TargetChaos:
        """The target alone, which holds rules against what comes."""
        return TargetChaos(self._shop)

    @cached_property
    def ungated(self) -> TargetChaos:
        """The target alone, without rules."""
        return TargetChaos(Shop(self._made("ungated"), self._forks, UNGATED))

    @cached_property
    def race(self) -> RaceChaos:
        """Two of the target, with rules."""
        return RaceChaos(self._shop)

    @cached_property
    def _shop(self) -> Shop:
        return Shop(self._made("gated"), self._forks, GATED)

    @cached_property
    def tap(self) -> TapChaos:
        """The tap, and its output in the target."""
        return TapChaos(self._made("tap"), self._forks, self._api)

    @cached_property
    def line(self) -> LineChaos:
        """Both under Meltano."""
        return LineChaos(self._made("line"), self._api)

    def check(self, point: Point) -> None:
        """End what the point names, run it again, and compare.

        Raises:
            AssertionError: Something else came of it than of a run that nothing ended.
        """
        if isinstance(point, TargetPoint):
            self._target_of(point).check(point)
        elif isinstance(point, RacePoint):
            self.race.check(point)
        elif isinstance(point, TapPoint):
            self.tap.check(point)
        else:
            self.line.check(point)

    def label(self, point: Point) -> str:
        """What is about to be done, or has just been done, at a point."""
        if isinstance(point, TargetPoint):
            return self._target_of(point).label(point)
        if isinstance(point, RacePoint):
            return self.race.label(point)
        return self.tap.label(point) if isinstance(point, TapPoint) else self.line.label(point)

    def _target_of(self, point: TargetPoint) -> TargetChaos:
        return self.target if point.gated else self.ungated

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder


def pick(chaos: Chaos, dice: random.Random) -> list[Point]:
    """Points of all kinds, most of them between two writes rather than two messages."""
    points: list[Point] = []
    for target, count, gated in ((chaos.target, TARGETS, True), (chaos.ungated, UNGATEDS, False)):
        for load, effects in target.effects.items():
            points += [
                TargetPoint(load, number, dice.choice(SIGNALS), dice.choice(THEN), gated=gated)
                for number in chosen(effects, count // len(target.effects), dice)
            ]
    # a publication is what two can be at together: most of a load's end
    free = pauses(chaos.race.effects)
    late = [number for number in free if number > len(chaos.race.effects) // 2]
    for number in dice.sample(late, RACES):
        points.append(RacePoint(number, dice.choice((0, 0, dice.randrange(1, 120)))))
    points += [
        TapPoint(number, dice.choice(SIGNALS)) for number in chosen(chaos.tap.effects, TAPS, dice)
    ]
    whose = ("meltano", "tap", "target", "parent")
    for who in whose:
        numbers = chosen(chaos.line.effects[counted_in(who)], LINES // len(whose), dice)
        points += [LinePoint(who, number) for number in numbers]
    dice.shuffle(points)
    return points


def chosen(labels: Sequence[str], count: int, dice: random.Random) -> list[int]:
    """Numbers of effects, each at most once; a quarter of them amid chatter."""
    chatter = [number for number, label in enumerate(labels, 1) if label in CHATTER]
    others = [number for number, label in enumerate(labels, 1) if label not in CHATTER]
    quarter = min(max(count // 4, count - len(others)), len(chatter))
    return dice.sample(chatter, quarter) + dice.sample(others, min(count - quarter, len(others)))
