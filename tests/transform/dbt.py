"""Runs the dbt project as a person does: the real command, on a lake of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[2] / "transform"
DBT = Path(sys.executable).parent / "dbt"


def run_dbt(*arguments: str, folder: Path, patience: int = 60) -> subprocess.CompletedProcess[str]:
    """Run dbt against `<folder>/lake`, building `<folder>/warehouse.duckdb`."""
    return subprocess.run(
        [DBT, *arguments],
        env=_environment(folder, patience),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(folder: Path, patience: int) -> dict[str, str]:
    """What Meltano would pass."""
    settings = {
        "DBT_PROJECT_DIR": PROJECT,
        "DBT_PROFILES_DIR": PROJECT,
        "DBT_TARGET_PATH": folder / "target",
        "DBT_LOG_PATH": folder / "logs",
        "DBT_LOG_LEVEL": "warn",
        "DBT_USE_COLORS": "false",
        "DEFTUNES_LAKE": f"file://{folder / 'lake'}",
        "DEFTUNES_WAREHOUSE": folder / "warehouse.duckdb",
        "DEFTUNES_WAREHOUSE_PATIENCE": patience,
    }
    kept = {name: value for name, value in os.environ.items() if name != "HOME"}
    return kept | {name: str(value) for name, value in settings.items()}


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the warehouse, without the lake and without any extension."""
    with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as warehouse:
        found: list[tuple[object, ...]] = warehouse.execute(query).fetchall()
    return found
