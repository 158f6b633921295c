"""Superset over a warehouse that is small enough to ask by hand, as an operator brings it up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboards.loads import LOADS
from tests.dashboards.running import Dashboards, free_port
from tests.leftovers import assert_none_left
from tests.transform.dbt import run_dbt
from tests.transform.handmade import write_lake
from tests.transform.quality import CHECKS, write_quality


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse that dbt makes of the hand-made lake: every verdict, and rows set aside."""
    folder = tmp_path_factory.mktemp("warehouse")
    write_lake(folder / "lake")
    write_quality(folder / "lake", [*CHECKS, *LOADS])
    done = run_dbt("run", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "warehouse.duckdb"


@pytest.fixture(scope="session")
def dashboards(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboards]:
    """A Superset that is up; when it is told to stop, nothing of it is left."""
    folder = tmp_path_factory.mktemp("dashboards")
    (folder / "home").mkdir(mode=0o755)
    # the built one is free for a build
    shutil.copy(built, folder / "warehouse.duckdb")
    running = Dashboards(folder, free_port(), built=folder / "warehouse.duckdb")
    with running.up():
        yield running
    assert_none_left(folder, running.mark)
