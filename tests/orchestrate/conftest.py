"""The modules of the DAGs, and Airflow in its own environment."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.project import ROOT

DAGS = ROOT / "orchestrate" / "dags"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Give a module of the DAGs that needs no Airflow."""
    monkeypatch.syspath_prepend(str(DAGS))
    return lambda name: importlib.import_module(f"deftunes_dags.{name}")


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
