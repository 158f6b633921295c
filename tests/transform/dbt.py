"""Runs the dbt project as a person does: the real command, on a lake of the test's own."""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

import duckdb

from tests.forks import Forks

PROJECT = Path(__file__).resolve().parents[2] / "transform"
DBT = Path(sys.executable).parent / "dbt"
IMPORTS = ("dbt.cli.main", "dbt.adapters.duckdb", "dbt.adapters.redshift")


def run_dbt(*arguments: str, folder: Path, patience: int = 60) -> CompletedProcess[str]:
    """Run dbt against `<folder>/lake`, building `<folder>/warehouse.duckdb`."""
    local = {
        "DEFTUNES_LAKE": f"file://{folder / 'lake'}",
        "DEFTUNES_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "DEFTUNES_WAREHOUSE_PATIENCE": str(patience),
    }
    return dbt_command(*arguments, folder=folder, **local)


def dbt_command(*arguments: str, folder: Path, **variables: str) -> CompletedProcess[str]:
    """Run dbt with the variables that say where it builds; it writes into the folder."""
    command = [str(DBT), *arguments]
    done = _forks().run(command, env=_environment(folder) | variables, cwd=folder)
    return CompletedProcess(command, done.status, done.out.decode(), done.err.decode())


@cache
def _forks() -> Forks:
    """Has dbt's imports, which take longer than most of what it then does; for as long as we."""
    folder = tempfile.TemporaryDirectory(prefix="dbt-forks-")
    forks = Forks(Path(folder.name), IMPORTS, _homeless())
    atexit.register(folder.cleanup)
    atexit.register(forks.close)
    return forks


def _homeless() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "HOME"}


def _environment(folder: Path) -> dict[str, str]:
    """What Meltano would pass."""
    settings = {
        "DBT_PROJECT_DIR": PROJECT,
        "DBT_PROFILES_DIR": PROJECT,
        "DBT_TARGET_PATH": folder / "target",
        "DBT_LOG_PATH": folder / "logs",
        "DBT_LOG_LEVEL": "warn",
        "DBT_USE_COLORS": "false",
    }
    return _homeless() | {name: str(value) for name, value in settings.items()}


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the warehouse, without the lake and without any extension."""
    with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as warehouse:
        found: list[tuple[object, ...]] = warehouse.execute(query).fetchall()
    return found
