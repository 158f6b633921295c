"""Airflow in a copy of the project, as an operator has it: brought up and asked by Meltano."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from deftunes_sandbox import Sandbox
from tests.project import ROOT, Project, copy_project


@dataclass
class AirflowProject(Project):
    """A project with an Airflow of its own, whose programs are the work tree's."""

    @classmethod
    def made(cls, folder: Path, sandbox: Sandbox, *, has_songs: bool) -> AirflowProject:
        """Copy the project."""
        copy_project(folder)
        (folder / ".cache").mkdir()
        (folder / ".cache" / "airflow").symlink_to(ROOT / ".cache" / "airflow")
        return cls(folder, sandbox, has_songs)

    def airflow(self, *words: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Type `meltano invoke airflow …`."""
        return self.meltano("--log-level=warning", "invoke", "airflow", *words, expect=expect)
