"""Points by name, and the picking of them by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from deftunes_sandbox import Sandbox
from tests.chaos.input import LOADS
from tests.chaos.line import LineChaos, LinePoint, counted_in
from tests.chaos.tap import TapChaos, TapPoint
from tests.chaos.target import TargetChaos, TargetPoint
from tests.forks import Forks

Point = TargetPoint | TapPoint | LinePoint

TARGETS, TAPS, LINES = 160, 32, 12
SIGNALS = ("KILL", "KILL", "TERM", "INT")
CHATTER = ("read a line", "before a write to stdout")
"""Effects that come by the thousand and resemble one another."""


def parse(text: str) -> Point:
    """A point by its name, such as `target:2:64:KILL`, `tap:900:TERM` or `line:meltano:47`.

    Raises:
        ValueError: There is no such point.
    """
    area, *words = text.split(":")
    if area == "target":
        load, effect, signal = words
        return TargetPoint(int(load), int(effect), signal)
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
        """The target alone."""
        return TargetChaos(self._made("target"), self._forks)

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
            self.target.check(point)
        elif isinstance(point, TapPoint):
            self.tap.check(point)
        else:
            self.line.check(point)

    def label(self, point: Point) -> str:
        """What is about to be done, or has just been done, at a point."""
        if isinstance(point, TargetPoint):
            return self.target.label(point)
        return self.tap.label(point) if isinstance(point, TapPoint) else self.line.label(point)

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder


def pick(chaos: Chaos, dice: random.Random) -> list[Point]:
    """Points of all kinds, most of them between two writes rather than two messages."""
    effects = chaos.target.effects
    points: list[Point] = []
    for load in LOADS:
        numbers = chosen(effects[load], TARGETS // len(LOADS), dice)
        points += [TargetPoint(load, number, dice.choice(SIGNALS)) for number in numbers]
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
