"""What `make sandbox-up EMULATED=1` starts, on free ports, and a project that ran there once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from deftunes_redshift.address import RedshiftAddress
from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.emulated import Emulated
from tests.project import Project, copy_project

SETTINGS = SandboxSettings(
    api_port=0,
    songs_port=0,
    emulated=True,
    aws_port=0,
    redshift_port=0,
    songs=1500,
    users=300,
    sessions_per_day=8,
)
LINE = ("tap-deftunes-api", "target-s3", "dbt:run")


@dataclass
class EmulatedProject(Project):
    """A project of its own, and the AWS that its environment `emulated` points at.

    Attributes:
        redshift: Where the stand-in is.
    """

    redshift: RedshiftAddress | None = None

    def run(self, *blocks: str, **variables: str) -> str:
        """What the line says, as typed, with variables before it."""
        return self.meltano("--environment=emulated", "run", *blocks, expect=0, **variables).stderr

    @contextlib.contextmanager
    def pointing_at(self, **variables: str) -> Iterator[None]:
        """Variables of the environment `emulated` are others for a while."""
        file = self.folder / "environments/emulated.meltano.yml"
        before = file.read_text("utf-8")
        _point(file, **variables)
        try:
            yield
        finally:
            file.write_text(before, "utf-8")

    def ask(self, query: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Ask the warehouse, or another database of it."""
        assert self.redshift is not None
        address = replace(self.redshift, database=database or self.redshift.database)
        with psycopg.connect(address.url(), autocommit=True) as connection:
            found = connection.execute(query.encode())
            return found.fetchall() if found.description else []


@pytest.fixture(scope="session")
def emulated_sandbox(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Sandbox, Emulated]]:
    folder = tmp_path_factory.mktemp("aws")
    with Sandbox(SETTINGS) as sandbox, Emulated(SETTINGS, folder) as emulated:
        yield sandbox, emulated


@pytest.fixture(scope="session")
def project(
    emulated_sandbox: tuple[Sandbox, Emulated], tmp_path_factory: pytest.TempPathFactory
) -> EmulatedProject:
    sandbox, emulated = emulated_sandbox
    folder = tmp_path_factory.mktemp("emulated")
    copy_project(folder)
    _, aws_port = emulated.aws
    _, redshift_port = emulated.redshift
    _point(
        folder / "environments/emulated.meltano.yml",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{aws_port}",
        DEFTUNES_API_URL=sandbox.api_url,
        DEFTUNES_SONGS_PORT=str(sandbox.songs.port),
        REDSHIFT_PORT=str(redshift_port),
    )
    return EmulatedProject(folder, sandbox, redshift=RedshiftAddress(redshift_port))


@pytest.fixture(scope="session")
def loaded(project: EmulatedProject) -> EmulatedProject:
    """Songs, and the product's sentence, in one run."""
    project.run("tap-postgres", "target-s3", *LINE)
    return project


def _point(file: Path, **ports: str) -> None:
    """Put free ports in the place of those of `make sandbox-up`."""
    content = yaml.safe_load(file.read_text("utf-8"))
    variables = content["environments"][0]["env"]
    assert ports.keys() <= variables.keys()
    variables.update(ports)
    file.write_text(yaml.safe_dump(content), "utf-8")
