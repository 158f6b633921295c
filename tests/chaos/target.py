"""`target-s3` ended at its n-th effect, then simply run again, or maintained first, or ended again.

With rules, and without. Rows without keys are there at least once; all else as if nothing had been.
"""

from __future__ import annotations

import json
import random
import signal
from dataclasses import dataclass

from deftunes_sandbox.forks import Ended
from tests.chaos.accounts import CHANGES, changes_in
from tests.chaos.expected import KEYLESS, Rows
from tests.chaos.input import messages, nothing_new
from tests.chaos.readers import assert_nothing_is_left, journals, read_branches, read_loads
from tests.chaos.shop import NAMESPACES, Shop

THEN = ("again", "maintain", "twice")


@dataclass(frozen=True)
class TargetPoint:
    """End the target in one of its loads, at its n-th effect, by a signal.

    Attributes:
        load: The load.
        effect: The effect.
        signal: What ends it.
        then: What comes before the next run: nothing, maintenance, or a run that is ended too.
        gated: Whether there are rules.
    """

    load: int
    effect: int
    signal: str = "KILL"
    then: str = "again"
    gated: bool = True

    def __str__(self) -> str:
        area = "target" if self.gated else "ungated"
        return f"{area}:{self.load}:{self.effect}:{self.signal}:{self.then}"


class TargetChaos:
    """Loads into the shop's lake, which each point starts from as it was before its load."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.effects = shop.effects

    def label(self, point: TargetPoint) -> str:
        """What the target is about to do, or has just done, at a point."""
        return self.effects[point.load][point.effect - 1]

    def check(self, point: TargetPoint) -> None:
        """Load, ended at the point; look; load again; compare with a load that nothing ended."""
        assert 1 <= point.effect <= len(self.effects[point.load])
        self._shop.restore(point.load - 1)
        course = _Course(self._shop, point.load)
        course.end(point.effect, point.signal)
        if point.then == "maintain":
            course.maintain()
        elif point.then == "twice" and not course.emitted:
            dice = random.Random(str(point))
            course.end(dice.randrange(1, len(self.effects[point.load])), "KILL", surely=False)
        course.complete()


class _Course:
    """A load that is begun until it is done, and what must be so in between."""

    def __init__(self, shop: Shop, load: int) -> None:
        self._shop, truth = shop, shop.truth
        self._load = load
        self._before, self._after = truth.tables[load - 1], truth.tables[load]
        self._versions = [truth.tables[number] for number in range(load + 1)]
        self._done = truth.statuses[load], truth.states[load]
        self._gated = bool(truth.rules)
        self._attempts = 0
        self._seen = self._before
        self.emitted = False

    def end(self, effect: int, signal_name: str, *, surely: bool = True) -> None:
        """Begin the load, ended at an effect; if not surely, it may be done before that."""
        ended = self._run(CHAOS_AT=str(effect), CHAOS_SIGNAL=signal_name)
        if surely or ended.status not in {0, 3}:
            _assert_ended(ended, signal_name, self._done[0])
            assert ended.out in {b"", self._done[1]}
        else:
            assert (ended.status, ended.out) == self._done
        self.emitted = bool(ended.out)
        self._look(done=self.emitted)

    def maintain(self) -> None:
        """Maintain the lake, which finishes what the load began to publish."""
        begun = journals(self._shop.lake)
        done = self._shop.run("maintenance", b"", "--maintain")
        if done.status == 1:  # there is no lake yet, or no namespace
            assert b"nothing has been loaded yet" in done.err, done.err
            assert (begun, any(self._seen.values())) == ([], False)
            return
        assert done.status == 0, done.err
        report = json.loads(done.out)
        assert report["journals_finished"] == len(begun)
        assert (report["failed"], report["left_alone"]) == ({}, {})
        self._look(done=self.emitted)
        if begun:
            for name in self._after.keys() - set(KEYLESS):
                assert self._seen[name] == self._after[name], name

    def complete(self) -> None:
        """Load again until done; compare with a load that nothing ended."""
        said = nothing_new(self._load) if self.emitted else None
        again = self._run(said)
        assert (again.status, again.out) == self._done, again.err
        self._look(done=True)
        assert_nothing_is_left(self._shop.lake)
        self._compare_records()

    def _run(self, said: bytes | None = None, **chaos: str) -> Ended:
        self._attempts += 1
        said = messages(self._load, self._attempts) if said is None else said
        ended = self._shop.run(f"try-{self._attempts}", said, **chaos)
        for word in (b"Traceback", b"Exception ignored", b"defect"):
            assert word not in ended.err, ended.err
        return ended

    def _look(self, *, done: bool) -> None:
        """Compare what is seen with what may be seen now; without keys, rows may have come anew."""
        seen, before, after = self._shop.seen(), self._before, self._after
        for name, rows in seen.items():
            allowed = [after[name]] if done else [before[name], after[name]]
            if name in KEYLESS:
                twice = _with_new(self._seen[name], before[name], after[name])
                known = self._seen[name]
                allowed = [twice] if done and not self.emitted else [known, twice]
            assert rows in allowed, name
        self._seen = seen
        self._shop.assert_shown(*self._versions)

    def _compare_records(self) -> None:
        """Each change of a table is recorded of one run, and no branch of it is left."""
        loads = read_loads(self._shop.lake)
        tries = {name: load for name, load in loads.items() if name.startswith("try-")}
        branches = read_branches(self._shop.lake, tuple(NAMESPACES.values()))
        for name, load in tries.items():
            if load["status"] == "published":
                assert not [branch for branch in branches if branch.startswith(f"audit_{name}")]
        if not self._gated or self._done[0]:
            return
        for stream, (*expected, _, _) in CHANGES[self._load].items():
            made = [
                changes[:3]
                for name in tries
                for changes in [changes_in(self._shop.lake, name).get(stream, ())]
                if any(changes[:3])
            ]
            if stream in KEYLESS:
                assert set(made) == {tuple(expected)}
            else:
                assert made == ([tuple(expected)] if any(expected) else [])


def _with_new(known: Rows, before: Rows, after: Rows) -> Rows:
    new = list(after)
    for row in before:
        new.remove(row)
    return sorted([*known, *new], key=repr)


def _assert_ended(ended: Ended, signal_name: str, status: int) -> None:
    """A load that a rule has stopped may just be tidying up: then it ends with its own status."""
    signum = signal.Signals[f"SIG{signal_name}"]
    if signum is signal.SIGKILL:
        assert ended.status == -signum, ended.err
        return
    is_stopped = b"CRITICAL" in ended.err
    assert ended.status == (status if is_stopped else 128 + signum), ended.err
    assert status or not is_stopped
    assert ended.err.count(b"stopped by SIG") == 1
