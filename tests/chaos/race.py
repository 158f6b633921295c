"""Two loads at once: one stopped at its n-th effect, while another comes and goes; then it goes on.

Or it is killed some effects later, and runs again. Whoever is last has the last word, table by
table: a table, and what waits beside it, are those of the one load after the other.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.expected import (
    GATED,
    KEYLESS,
    RIVAL_ALONE,
    RIVAL_FIRST,
    RIVAL_LAST,
    Tables,
)
from tests.chaos.input import RIVAL, messages
from tests.chaos.readers import assert_nothing_is_left, read_branches, read_loads
from tests.chaos.shop import NAMESPACES, Shop

LOAD = 2
RIVALS_STATE = b'{"bookmarks":{"shop":8}}\n'
_WHO = tuple(name for name in GATED.tables[LOAD] if "." not in name and name not in KEYLESS)


@dataclass(frozen=True)
class RacePoint:
    """Stop the second load at its n-th effect while another comes; kill it some effects later.

    Attributes:
        effect: Where it is stopped.
        later: How many effects after that it is killed; 0: it is not.
    """

    effect: int
    later: int = 0

    def __str__(self) -> str:
        return f"race:{self.effect}:{self.later}"


class RaceChaos:
    """The shop's lake, with rules, and two that load into it.

    Attributes:
        effects: Those of the load that is stopped.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.effects = shop.effects[LOAD]

    def label(self, point: RacePoint) -> str:
        """What it is about to do, or has just done, when it is stopped."""
        return self.effects[point.effect - 1]

    def check(self, point: RacePoint) -> None:
        """Stop one, let the other come, let the one go on; look each time; compare."""
        assert point.effect in pauses(self.effects)
        self._shop.restore(LOAD - 1)
        slow = self._start(point)
        assert self._shop.forks.wait(slow) == -signal.SIGSTOP

        rival = self._shop.run("rival", messages(RIVAL))
        assert (rival.status, rival.out) == (0, RIVALS_STATE), rival.err
        self._look(RIVAL_ALONE, RIVAL_LAST)

        os.kill(slow, signal.SIGCONT)
        status = self._shop.forks.wait(slow)
        said = (self._shop.folder / "slow.err").read_bytes()
        assert b"Traceback" not in said, said
        state = (self._shop.folder / "slow.out").read_bytes()
        if status == 0:  # it may have been done before it was to be killed
            assert state == GATED.states[LOAD]
            self._look(RIVAL_FIRST, RIVAL_LAST)
            self._assert_each_row_once()
        else:
            assert (status, point.later > 0) == (-signal.SIGKILL, True), said
            self._look(RIVAL_ALONE, RIVAL_LAST, RIVAL_FIRST)
            if not state:
                again = self._shop.run("again", messages(LOAD, 2))
                assert (again.status, again.out) == (0, GATED.states[LOAD]), again.err
                self._look(RIVAL_FIRST)
        self._assert_clean(status)

    def _start(self, point: RacePoint) -> int:
        said, out, err = (self._shop.folder / f"slow.{kind}" for kind in ("in", "out", "err"))
        said.write_bytes(messages(LOAD))
        for file in (out, err):
            file.write_bytes(b"")
        chaos = {"CHAOS_STOP": str(point.effect)}
        if point.later:
            chaos["CHAOS_AT"] = str(point.effect + point.later)
        environment = {**os.environ, "MELTANO_RUN_ID": "slow", **chaos}
        return self._shop.forks.start(self._shop.command(), said, out, err, environment)

    def _look(self, *allowed: Tables) -> None:
        """Each table is that of one of these, and so is what waits beside it."""
        seen = self._shop.seen()
        for name in _WHO:
            aside = f"quarantine.{name}"
            pair = seen[name], seen.get(aside)
            assert pair in [(each[name], each.get(aside)) for each in allowed], name
        first, second = GATED.tables[LOAD - 1], GATED.tables[LOAD]
        self._shop.assert_shown(first, second, RIVAL_ALONE, RIVAL_LAST, RIVAL_FIRST)

    def _assert_each_row_once(self) -> None:
        seen = self._shop.seen()
        for name in KEYLESS:
            assert seen[name] == RIVAL_FIRST[name]

    def _assert_clean(self, status: int) -> None:
        runs = ["rival", "slow" if status == 0 else "again"]
        loads = read_loads(self._shop.lake)
        assert {loads[run]["status"] for run in runs if run in loads} == {"published"}
        branches = read_branches(self._shop.lake, tuple(NAMESPACES.values()))
        assert not [name for name in branches for run in runs if name.startswith(f"audit_{run}")]
        assert_nothing_is_left(self._shop.lake)


def pauses(effects: Sequence[str]) -> list[int]:
    """Numbers of the effects at which a process keeps no lock of the catalog."""
    free, numbers = True, []
    for number, name in enumerate(effects, 1):
        free = free and not name.startswith("SQL")
        if free:
            numbers.append(number)
        free = free or name == "after the catalog commits"
    return numbers
