"""One small sandbox for all, and a project that has run once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deftunes_sandbox import Sandbox, SandboxSettings
from tests.project import Answers, Project, ask, copy_project

SETTINGS = SandboxSettings(api_port=0, songs_port=0, songs=1500, users=300, sessions_per_day=8)
BOTH = ("tap-postgres", "target-s3", "tap-deftunes-api", "target-s3", "dbt:build")

FIRST_RUN = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SETTINGS) as running:
        yield running


@pytest.fixture(scope="session")
def answers(sandbox: Sandbox) -> Answers:
    with psycopg.connect(**sandbox.songs_dsn) as database:  # type: ignore[arg-type]
        found = database.execute("select track_id from deftunes.songs").fetchall()
    return ask(sandbox, {str(track) for (track,) in found})


@pytest.fixture(scope="session")
def project(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose two pipelines have run once, in one run of Meltano."""
    folder = tmp_path_factory.mktemp("line")
    copy_project(folder)
    project = Project(folder, sandbox)
    project.meltano("run", *BOTH, MELTANO_RUN_ID=FIRST_RUN)
    return project


@pytest.fixture
def fresh_project(sandbox: Sandbox, tmp_path: Path) -> Project:
    """A project that has never run."""
    copy_project(tmp_path)
    return Project(tmp_path, sandbox)
