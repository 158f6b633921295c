"""Back-fills of a project, as processes that can be held in the middle of a chunk."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.leftovers import processes_of
from tests.project import Project, put_fault

PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Backfills:
    """Starts back-fills of a project.

    Attributes:
        project: The project.
        mark: What its back-fills, and all that they start, have in their environment.
    """

    project: Project
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def start(self, first: str, until: str, *options: str, **environment: str) -> _Process:
        """Start one without make around it, which a signal would reach as well."""
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:  # a child must not ignore it
            return subprocess.Popen(
                [
                    str(self.project.folder / ".venv/bin/python"),
                    *("scripts/backfill.py", "--from", first, "--to", until, *options),
                ],
                cwd=self.project.folder,
                env={**self.project.environment, "MARK": self.mark, **environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        finally:
            signal.signal(signal.SIGINT, previous)

    def run(
        self, first: str, until: str, *options: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(first, until, *options, **environment)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have the API keep requests for sessions waiting for seconds; at the end, one does."""
        put_fault(self.project.sandbox, "latency=5.0;path=/sessions")
        before = self._requests()
        yield
        deadline = time.monotonic() + PATIENCE
        while self._requests() == before:
            assert time.monotonic() < deadline, "nobody asked for sessions"
            time.sleep(0.02)
        put_fault(self.project.sandbox, "")  # for those that come later

    def meltano(self) -> tuple[int, str]:
        """The pid and the command line of the Meltano that a back-fill has started."""
        running = processes_of(self.project.folder, self.mark)
        ((pid, words),) = [each for each in running.items() if "meltano --env" in each[1]]
        return pid, words

    def states(self) -> dict[str, tuple[str, str]]:
        """What Meltano's database holds, byte for byte: partial and complete state by id."""
        with closing(sqlite3.connect(self.project.folder / ".meltano/meltano.db")) as database:
            rows = database.execute("select state_id, partial_state, completed_state from state")
            return {state_id: (partial, complete) for state_id, partial, complete in rows}

    def _requests(self) -> int:
        with urllib.request.urlopen(f"{self.project.sandbox.api_url}/sandbox/requests") as answer:
            return int(json.load(answer).get("/sessions", 0))


_Process = subprocess.Popen[str]


def environment_of(pid: int) -> dict[str, str]:
    """The environment of a process, as the kernel knows it."""
    words = os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes()).split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)
