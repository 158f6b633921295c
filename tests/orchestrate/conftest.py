"""The modules of the DAGs, Airflow in its own environment, and what it finds there."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.orchestrate.finding import ADDED, PLATFORM, found
from tests.orchestrate.test_alerts import receiver
from tests.project import ROOT, copy_project

DAGS = ROOT / "orchestrate" / "dags"
Runs = Callable[..., tuple[int, str, str]]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Give a module of the DAGs that needs no Airflow."""
    monkeypatch.syspath_prepend(str(DAGS))
    return lambda name: importlib.import_module(f"deftunes_dags.{name}")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runs:
    """Run a command: its exit status, what it said, and what it said of a fault."""
    monkeypatch.syspath_prepend(str(ROOT / "orchestrate"))
    main = importlib.import_module("runs").main

    def told(lake: Path | str, *words: str, **settings: str) -> tuple[int, str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)  # the alerts find theirs by themselves
        tables = {"DEFTUNES_LAKE": str(lake), "DEFTUNES_FRESHNESS_TABLES": "songs users"}
        status = main(words, {**tables, **settings})
        said = capsys.readouterr()
        return status, said.out, said.err

    return told


@pytest.fixture(scope="session")
def airflow_programs() -> Path:
    """The folder of Airflow's commands, installed if need be."""
    return _programs("airflow")


@pytest.fixture(scope="session")
def managed_airflow_programs() -> Path:
    """The same of the oldest Airflow 3 that AWS manages."""
    return _programs("mwaa")


def _programs(name: str) -> Path:
    command = [sys.executable, str(ROOT / "scripts/locked_environment.py"), name]
    # of its thousands of modules few are ever imported here, which Python compiles by itself
    environment = {**os.environ, "UV_COMPILE_BYTECODE": "0"}
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return Path(made.stdout.strip()) / "bin"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which somebody has added a schedule, and no Python."""
    folder = tmp_path_factory.mktemp("project")
    copy_project(folder, with_environment=False)
    (folder / "orchestrate/added.meltano.yml").write_text(yaml.safe_dump(ADDED), "utf-8")
    return folder


@pytest.fixture(scope="session")
def everywhere(airflow_programs: Path, project: Path) -> dict[str, Any]:
    """The DAGs of the project, here and on ECS; and who was told when a pipeline failed."""
    with receiver() as (url, told):
        local = {"DEFTUNES_TASKS": "local", "DEFTUNES_ALERT_WEBHOOK": url}
        return {**found(airflow_programs, project, here=local, there=PLATFORM), "told": told}


@pytest.fixture(scope="session")
def here(everywhere: dict[str, Any]) -> dict[str, Any]:
    """The DAGs where tasks run on this machine."""
    return dict(everywhere["here"])


@pytest.fixture(scope="session")
def there(everywhere: dict[str, Any]) -> dict[str, Any]:
    """The DAGs where tasks run on ECS."""
    return dict(everywhere["there"])
