"""`target-s3` ended at its n-th effect, then simply run again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.chaos.input import (
    KEYLESS,
    LOADS,
    MESSAGES,
    NOTHING_NEW,
    STATES,
    STREAMS,
    TABLES,
    Rows,
    as_input,
)
from tests.chaos.readers import assert_files_are_whole, assert_nothing_is_left, read_tables
from tests.forks import Ended, Forks

COMMAND = Path(sys.executable).with_name("target-s3")
LAUNCHER = Path(__file__).with_name("killed_at.py")


@dataclass(frozen=True)
class TargetPoint:
    """End the target in its first or second load, at its n-th effect, by a signal."""

    load: int
    effect: int
    signal: str = "KILL"

    def __str__(self) -> str:
        return f"target:{self.load}:{self.effect}:{self.signal}"


class TargetChaos:
    """A lake in a folder of its own, which each point starts from as it was before."""

    def __init__(self, folder: Path, forks: Forks) -> None:
        self._folder = folder
        self._forks = forks
        self._lake = folder / "lake"
        self._config = folder / "config.json"
        # a small batch, so that rows are staged while others are still to come
        config = {"lake_url": f"file://{self._lake}", "streams": STREAMS, "batch_size_rows": 2}
        self._config.write_text(json.dumps(config), encoding="utf-8")

    @cached_property
    def effects(self) -> dict[int, list[str]]:
        """The effects of each load in their order, of loads that nothing ends."""
        shutil.rmtree(self._lake, ignore_errors=True)
        effects = {}
        for load in LOADS:
            self._keep(load - 1)
            trace = self._folder / "trace"
            done = self._target(as_input(MESSAGES[load]), CHAOS_TRACE=str(trace))
            assert (done.status, done.out) == (0, STATES[load]), done.err
            assert read_tables(self._lake) == TABLES[load]
            effects[load] = trace.read_text(encoding="utf-8").splitlines()
        return effects

    def label(self, point: TargetPoint) -> str:
        """What the target is about to do, or has just done, at a point."""
        return self.effects[point.load][point.effect - 1]

    def check(self, point: TargetPoint) -> None:
        """Load, ended at the point; look; load again; compare with a load that nothing ended."""
        assert 1 <= point.effect <= len(self.effects[point.load])
        self._restore(point.load - 1)
        before, after = TABLES[point.load - 1], TABLES[point.load]
        ended = self._target(
            as_input(MESSAGES[point.load]), CHAOS_AT=str(point.effect), CHAOS_SIGNAL=point.signal
        )
        _assert_ended(ended, point.signal)

        seen = self._seen()
        for name, rows in seen.items():
            assert _without_empty(rows) in map(_without_empty, (before[name], after[name])), name
        assert ended.out in {b"", STATES[point.load]}
        emitted = bool(ended.out)
        if emitted:
            assert seen == after
        assert_files_are_whole(self._lake)

        # what the tap says now: all of it again, or nothing new if the state came out
        messages = (NOTHING_NEW if emitted else MESSAGES)[point.load]
        again = self._target(as_input(messages))
        assert (again.status, again.out) == (0, STATES[point.load]), again.err
        expected = dict(after)
        if not emitted and seen[KEYLESS] == after[KEYLESS]:
            # the promise to rows without keys: at least once
            new = [row for row in after[KEYLESS] if row not in before[KEYLESS]]
            expected[KEYLESS] = sorted([*after[KEYLESS], *new], key=repr)
        assert read_tables(self._lake) == expected
        assert_files_are_whole(self._lake)
        assert_nothing_is_left(self._lake)

    def _seen(self) -> dict[str, Rows]:
        return {**TABLES[0], **read_tables(self._lake)}

    def _target(self, messages: bytes, **chaos: str) -> Ended:
        command = [str(LAUNCHER), str(COMMAND), "--config", str(self._config)]
        return self._forks.run(command, messages, {**os.environ, **chaos})

    def _keep(self, load: int) -> None:
        if self._lake.exists():
            shutil.copytree(self._lake, self._folder / f"after-{load}")

    def _restore(self, load: int) -> None:
        shutil.rmtree(self._lake, ignore_errors=True)
        if load:
            shutil.copytree(self._folder / f"after-{load}", self._lake)


def _assert_ended(ended: Ended, signal_name: str) -> None:
    signum = signal.Signals[f"SIG{signal_name}"]
    if signum is signal.SIGKILL:
        assert ended.status == -signum, ended.err
        return
    assert ended.status == 128 + signum, ended.err
    assert ended.err.count(b"stopped by SIG") == 1
    for word in (b"Traceback", b"CRITICAL", b"Exception ignored"):
        assert word not in ended.err


def _without_empty(rows: Rows) -> Rows:
    """A column may be there before its first value."""
    filled = {name for row in rows for name, value in row.items() if value is not None}
    return [{name: row[name] for name in row if name in filled} for row in rows]
