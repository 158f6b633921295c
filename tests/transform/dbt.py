"""Runs the dbt project as a person does: the real command, on a lake of the test's own."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

import duckdb

from deftunes_sandbox.forks import Forks

PARSED = "partial_parse.msgpack"
"""What dbt keeps of the project that it has read, in the folder that it writes to."""
PROJECT = Path(__file__).resolve().parents[2] / "transform"
DBT = Path(sys.executable).parent / "dbt"
IMPORTS = ("tests.transform.dbt_caches:fill",)


def run_dbt(
    *arguments: str, folder: Path, patience: int = 60, by_its_name: bool = False
) -> CompletedProcess[str]:
    """Run dbt against `<folder>/lake`, building `<folder>/warehouse.duckdb`.

    dbt reads the project anew when its lake or warehouse are called otherwise, which takes as long
    as to build them: unless it matters, all are called the same, by a link.

    Args:
        arguments: What is typed after `dbt`.
        folder: Where to build.
        patience: Seconds to wait for a warehouse that is open.
        by_its_name: Tell dbt the folder's own name.
    """
    called = folder if by_its_name else _linked(folder)
    local = {
        "DEFTUNES_LAKE": f"file://{called / 'lake'}",
        "DEFTUNES_WAREHOUSE": str(called / "warehouse.duckdb"),
        "DEFTUNES_WAREHOUSE_PATIENCE": str(patience),
    }
    kept, parsed = _desk() / PARSED, folder / "target" / PARSED
    if kept.exists() and not by_its_name:
        parsed.parent.mkdir(exist_ok=True)
        shutil.copyfile(kept, parsed)
    done = dbt_command(*arguments, folder=folder, **local)
    if parsed.exists() and not by_its_name:
        shutil.copyfile(parsed, kept)
    return done


def _linked(folder: Path) -> Path:
    link = _desk() / "here"
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return link


def dbt_command(*arguments: str, folder: Path, **variables: str) -> CompletedProcess[str]:
    """Run dbt with the variables that say where it builds; it writes into the folder."""
    command = [str(DBT), *arguments]
    done = _forks().run(command, env=_environment(folder) | variables, cwd=folder)
    return CompletedProcess(command, done.status, done.out.decode(), done.err.decode())


@cache
def _forks() -> Forks:
    """Has what dbt makes once, which takes longer than most of what it then does."""
    forks = Forks(_desk(), IMPORTS, _environment(_desk()))
    atexit.register(forks.close)
    return forks


@cache
def _desk() -> Path:
    """A folder for what runs have in common; for as long as we."""
    folder = tempfile.TemporaryDirectory(prefix="dbt-forks-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


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
