"""Runs the dbt project as a person does: the real command, on a lake of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[2] / "transform"
DBT = Path(sys.executable).parent / "dbt"


def run_dbt(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run dbt against `<folder>/lake`, building `<folder>/warehouse.duckdb`."""
    settings = {
        "DBT_PROJECT_DIR": PROJECT,
        "DBT_PROFILES_DIR": PROJECT,
        "DBT_TARGET_PATH": folder / "target",
        "DBT_LOG_PATH": folder / "logs",
        "DBT_LOG_LEVEL": "warn",
        "DBT_USE_COLORS": "false",
        "DEFTUNES_LAKE": f"file://{folder / 'lake'}",
        "DEFTUNES_WAREHOUSE": folder / "warehouse.duckdb",
    }
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    return subprocess.run(
        [DBT, *arguments],
        env=environment | {name: str(value) for name, value in settings.items()},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the warehouse, without the lake and without any extension."""
    with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as warehouse:
        found: list[tuple[object, ...]] = warehouse.execute(query).fetchall()
    return found
