"""The shop's lake: loads into it as processes, and what is seen, waits and is recorded there."""

from __future__ import annotations

import json
import os
import shutil
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

from deftunes_sandbox.forks import Ended, Forks
from tests.chaos.accounts import CHANGES, RESULTS, changes_in, results_of
from tests.chaos.expected import KEYLESS, Tables, Truth, without_nulls
from tests.chaos.input import STREAMS, messages
from tests.chaos.readers import (
    assert_files_are_whole,
    read_shown,
    read_tables,
)

COMMAND = Path(sys.executable).with_name("target-s3")
LAUNCHER = Path(__file__).with_name("killed_at.py")
NAMESPACES = {"": "default", "quarantine.": "default_quarantine"}


class Shop:
    """A lake in a folder of its own, which can be put back to where it was after each load."""

    def __init__(self, folder: Path, forks: Forks, truth: Truth) -> None:
        self.folder = folder
        self.forks = forks
        self.truth = truth
        self.lake = folder / "lake"
        self._config = folder / "config.json"
        self._config.write_text(json.dumps(self._settings()), encoding="utf-8")

    def _settings(self) -> dict[str, Any]:
        rules = {}
        for table, texts in self.truth.rules.items():
            file = self.folder / f"{table}.dqdl"
            file.write_text(f"Rules = [{', '.join(texts)}]", encoding="utf-8")
            rules[table] = str(file)
        return {
            "lake_url": f"file://{self.lake}",
            "streams": STREAMS,
            # a small batch, so that rows are staged while others are still to come
            "batch_size_rows": 2,
            "quarantine_limit": "90%",
            **({"rules": rules} if rules else {}),
        }

    def command(self, *options: str) -> list[str]:
        """The target, watched."""
        return [str(LAUNCHER), str(COMMAND), "--config", str(self._config), *options]

    def run(self, run_id: str, said: bytes, *options: str, **chaos: str) -> Ended:
        """Run the target to its end.

        Args:
            run_id: The name of the run.
            said: What the tap says.
            options: Of the command line.
            chaos: For `killed_at`.
        """
        environment = {**os.environ, "MELTANO_RUN_ID": run_id, **chaos}
        return self.forks.run(self.command(*options), said, environment)

    @cached_property
    def effects(self) -> dict[int, list[str]]:
        """The effects of each load in their order; the lake is kept as it is after each."""
        effects = {}
        for load in self.truth.loads:
            if self.lake.exists():
                shutil.copytree(self.lake, self.folder / f"after-{load - 1}")
            trace = self.folder / "trace"
            done = self.run(f"load-{load}", messages(load), CHAOS_TRACE=str(trace))
            expected = (self.truth.statuses[load], self.truth.states[load])
            assert (done.status, done.out) == expected, done.err
            assert self.seen() == self.truth.tables[load]
            if self.truth.rules:
                assert results_of(self.lake, f"load-{load}") == RESULTS[load]
                assert changes_in(self.lake, f"load-{load}") == CHANGES[load]
            effects[load] = trace.read_text(encoding="utf-8").splitlines()
        return effects

    def restore(self, load: int) -> None:
        """Put the lake back to where it was after a load; 0: before the first."""
        shutil.rmtree(self.lake, ignore_errors=True)
        if load:
            shutil.copytree(self.folder / f"after-{load}", self.lake)

    def seen(self) -> Tables:
        """What readers see, and what waits."""
        found = dict(self.truth.tables[0])
        for prefix, namespace in NAMESPACES.items():
            tables = read_tables(self.lake, namespace)
            found |= {f"{prefix}{name}": without_nulls(rows) for name, rows in tables.items()}
        return found

    def assert_shown(self, *allowed: Tables) -> None:
        """Whatever readers of a table could see at any moment is in one of these.

        Rows without keys may come again, so of those tables each row must be known.
        """
        for prefix, namespace in NAMESPACES.items():
            for table, versions in read_shown(self.lake, namespace).items():
                name = f"{prefix}{table}"
                known = [tables[name] for tables in allowed]
                for rows in map(without_nulls, versions):
                    if name in KEYLESS:
                        assert all(any(row in each for each in known) for row in rows), name
                    else:
                        assert rows in known, name
        assert_files_are_whole(self.lake)
