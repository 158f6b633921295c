"""Lakes for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .lakes import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    lake = Lake(tmp_path / "lake")
    yield lake
    lake.close()
