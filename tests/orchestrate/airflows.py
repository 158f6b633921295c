"""Airflow in a copy of the project, as an operator has it: brought up and asked by Meltano."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deftunes_sandbox import Sandbox
from tests.orchestrate.running import RunningAirflow
from tests.project import Project, copy_project


@dataclass
class AirflowProject(Project):
    """A project with an Airflow of its own.

    Attributes:
        settings: More of its environment.
        mark: What its processes have in their environment.
    """

    settings: dict[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.settings, "MARK": self.mark}

    @classmethod
    def made(
        cls, folder: Path, sandbox: Sandbox, *, has_songs: bool, programs: Path | None = None
    ) -> AirflowProject:
        """Copy the project; its Airflow is the one that is given, or is to be installed."""
        copy_project(folder)
        if programs:
            (folder / ".cache").mkdir()
            (folder / ".cache" / "airflow").symlink_to(programs.parent)
            home = folder / ".meltano" / "airflow"
            home.mkdir(parents=True)
            shutil.copy(empty_database(programs), home / "airflow.db")
        return cls(folder, sandbox, has_songs)

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.settings['AIRFLOW_PORT']}"

    def airflow(self, *words: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Type `meltano invoke airflow …`."""
        return self.meltano("--log-level=warning", "invoke", "airflow", *words, expect=expect)

    @contextmanager
    def up(self) -> Iterator[RunningAirflow]:
        """Type `meltano invoke airflow:ui`, and Ctrl-C at the end."""
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:  # a child must not ignore it
            process = subprocess.Popen(
                [
                    str(self.folder / ".venv/bin/meltano"),
                    "--log-level=warning",
                    "invoke",
                    "airflow:ui",
                ],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        finally:
            signal.signal(signal.SIGINT, previous)
        assert process.stdout is not None
        said: list[str] = []
        with process:
            try:
                while not (said and "Ctrl-C" in said[-1]):
                    said.append(process.stdout.readline())
                    assert said[-1], said
                yield RunningAirflow(self, process, said)
            finally:
                process.send_signal(signal.SIGINT)
                said.extend(process.stdout)  # until the last of it has ended


def empty_database(programs: Path) -> Path:
    """A database that Airflow has made: seconds, once for every installation of Airflow."""
    made = programs.parent / "empty.db"
    with held(programs.parent / "empty.lock"):
        if not made.exists():
            with tempfile.TemporaryDirectory() as home:
                environment = {"PATH": os.environ["PATH"], "AIRFLOW_HOME": home}
                command = [str(programs / "airflow"), "db", "migrate"]
                subprocess.run(command, env=environment, check=True, capture_output=True)
                shutil.move(Path(home) / "airflow.db", made)
    return made


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold a lock that tests beside this one may want."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
