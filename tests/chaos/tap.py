"""`tap-deftunes-api` ended at its n-th effect, its output loaded as far as it came, and again."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from deftunes_sandbox import Sandbox
from deftunes_sandbox.forks import Ended, Forks
from tests.chaos.readers import assert_files_are_whole, read_tables
from tests.chaos.truth import tables_of
from tests.project import ROOT

BIN = ROOT / ".venv" / "bin"
LAUNCHER = Path(__file__).with_name("killed_at.py")
LOADER = yaml.safe_load((ROOT / "load/load.meltano.yml").read_text(encoding="utf-8"))["plugins"][
    "loaders"
][0]
STREAMS, RULES = (
    next(item["value"] for item in LOADER["settings"] if item["name"] == name)
    for name in ("streams", "rules")
)


REPLICATION_KEYS = {
    "users": "user_since",
    "sessions": "session_start_time",
    "session_items": "session_start_time",
}


@dataclass(frozen=True)
class TapPoint:
    """End the tap at its n-th effect by a signal."""

    effect: int
    signal: str = "KILL"

    def __str__(self) -> str:
        return f"tap:{self.effect}:{self.signal}"


class TapChaos:
    """Tap, target and an API that stays as it is; each point loads into a new lake."""

    def __init__(self, folder: Path, forks: Forks, api: Sandbox) -> None:
        self._folder = folder
        self._forks = forks
        self._lakes = 0
        self._truth = tables_of(api)
        self._tap_config = folder / "tap.json"
        tap = {"api_url": api.api_url, "start_date": "2019-01-01"}
        self._tap_config.write_text(json.dumps(tap), encoding="utf-8")

    @cached_property
    def effects(self) -> list[str]:
        """The tap's effects in their order."""
        trace = self._folder / "tap.trace"
        assert self._tap({}, CHAOS_TRACE=str(trace)).status == 0
        return trace.read_text(encoding="utf-8").splitlines()

    def label(self, point: TapPoint) -> str:
        """What the tap is about to do, or has just done, at a point."""
        return self.effects[point.effect - 1]

    def check(self, point: TapPoint) -> None:
        """Run both, the tap ended at the point; look; run both again from the state that came."""
        lake = self._new_lake()
        ended = self._tap({}, CHAOS_AT=str(point.effect), CHAOS_SIGNAL=point.signal)
        signum = signal.Signals[f"SIG{point.signal}"]
        assert ended.status == (-signum if signum is signal.SIGKILL else 128 + signum), ended.err
        assert b"Traceback" not in ended.err

        loaded = self._target(lake, ended)
        if ended.out.endswith(b"\n") or not ended.out:
            assert loaded.status == 0, loaded.err
        else:  # the last line is half a message
            assert (loaded.status, loaded.out) == (1, b"")
            assert loaded.err.count(b"CRITICAL") == 1
        assert b"Traceback" not in loaded.err
        state = json.loads(loaded.out) if loaded.out else {}
        seen = read_tables(lake)
        for name, column in REPLICATION_KEYS.items():
            end = _bookmark(state, name)
            whole = [row for row in self._truth[name] if end is not None and row[column] < end]
            assert seen.get(name, []) == whole

        again = self._target(lake, self._tap(state))
        assert again.status == 0, again.err
        assert read_tables(lake) == self._truth
        assert_files_are_whole(lake)

    def _tap(self, state: Mapping[str, Any], **chaos: str) -> Ended:
        command = [str(LAUNCHER), str(BIN / "tap-deftunes-api"), "--config", str(self._tap_config)]
        if state:
            file = self._folder / "state.json"
            file.write_text(json.dumps(state), encoding="utf-8")
            command += ["--state", str(file)]
        return self._forks.run(command, env={**os.environ, **chaos})

    def _target(self, lake: Path, tap: Ended) -> Ended:
        config = self._folder / "target.json"
        settings = {
            "lake_url": f"file://{lake}",
            "streams": STREAMS,
            "rules": RULES,
            "commit_at": "last_state",
            "batch_size_rows": 100,
        }
        config.write_text(json.dumps(settings), encoding="utf-8")
        command = [str(LAUNCHER), str(BIN / "target-s3"), "--config", str(config)]
        return self._forks.run(command, tap.out)

    def _new_lake(self) -> Path:
        self._lakes += 1
        return self._folder / f"tap-{self._lakes}"


def _bookmark(state: Mapping[str, Any], stream: str) -> dt.datetime | None:
    """The instant before which all of a stream has been read."""
    found = state.get("bookmarks", {}).get(stream, {}).get("replication_key_value")
    return dt.datetime.fromisoformat(found).replace(tzinfo=None) if found else None
