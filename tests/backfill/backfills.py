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


@dataclass(frozen=True)
class Backfills:
    """Starts back-fills of a project.

    Attributes:
        project: The project.
        started: Its back-fills, first to last.
        mark: What they, and all that they start, have in their environment.
    """

    project: Project
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def start(
        self, first: str, until: str, *options: str, **environment: str
    ) -> subprocess.Popen[str]:
        """Start one without make around it, which a signal would reach as well."""
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:  # a child must not ignore it
            process = subprocess.Popen(
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
        self.started.append(process)
        return process

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
        while self._requests() == before:
            self._go_on_waiting()
        put_fault(self.project.sandbox, "")  # for those that come later

    def await_meltano(self, words: str) -> tuple[int, str]:
        """Wait for the Meltano that a back-fill starts with these words; its pid and command."""
        while True:
            for pid, command in processes_of(self.project.folder, self.mark).items():
                if f"--environment=local {words}" in command:
                    return pid, command
            self._go_on_waiting()

    def states(self) -> dict[str, tuple[str, str]]:
        """What Meltano's database holds, byte for byte: partial and complete state by id."""
        with closing(sqlite3.connect(self.project.folder / ".meltano/meltano.db")) as database:
            rows = database.execute("select state_id, partial_state, completed_state from state")
            return {state_id: (partial, complete) for state_id, partial, complete in rows}

    def _go_on_waiting(self) -> None:
        """Wait a moment for the back-fill that was started last, which must not have ended."""
        assert self.started[-1].poll() is None, self.started[-1].communicate()
        time.sleep(0.02)

    def _requests(self) -> int:
        with urllib.request.urlopen(f"{self.project.sandbox.api_url}/sandbox/requests") as answer:
            return int(json.load(answer).get("/sessions", 0))


@contextmanager
def started_in(project: Project) -> Iterator[Backfills]:
    """Back-fills of a project that end with this, and the faults with them."""
    backfills = Backfills(project)
    try:
        yield backfills
    finally:
        put_fault(project.sandbox, "")
        for process in backfills.started:
            process.kill()
            process.communicate()


def open_files_of(pid: int) -> list[Path]:
    """The files that a process has open."""
    return [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]


def environment_of(pid: int) -> dict[str, str]:
    """The environment of a process, as the kernel knows it."""
    words = os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes()).split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)
