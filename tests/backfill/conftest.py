"""A small purchase API, and a project whose daily pipeline has read its first month."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deftunes_sandbox import Sandbox
from tests.chaos.truth import SETTINGS
from tests.project import Project, copy_project


@pytest.fixture(scope="session")
def api() -> Iterator[Sandbox]:
    with Sandbox(SETTINGS, services=["api"]) as running:
        yield running


@pytest.fixture(scope="session")
def project(api: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("backfill")
    copy_project(folder)
    project = Project(folder, api, has_songs=False)
    project.meltano(
        *("run", "tap-deftunes-api", "target-s3"),
        TAP_DEFTUNES_API_START_DATE="2020-01-01",
        TAP_DEFTUNES_API_END_DATE="2020-01-31",
    )
    return project
