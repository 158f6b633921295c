from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .dbt import run_dbt
from .handmade import write_lake
from .quality import CHECKS, write_quality

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hand-made lake and the warehouse that `dbt build` made of it."""
    folder = tmp_path_factory.mktemp("built")
    write_lake(folder / "lake")
    write_quality(folder / "lake", CHECKS)
    done = run_dbt("build", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    # A session and two purchases do not say whose, or by whom, and a purchase lacks its session.
    # A purchase of a track that songs does not know is nothing to warn of.
    assert ", 3 warnings, 0 failed, 0 skipped" in done.stdout
    return folder
