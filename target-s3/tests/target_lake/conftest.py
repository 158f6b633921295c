"""Lakes for the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .lakes import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def make_lake(tmp_path: Path) -> Callable[[str], Lake]:
    return lambda name: Lake(tmp_path / name)
