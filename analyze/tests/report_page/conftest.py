from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from deftunes_report.cli import main

from .quality import write_quality
from .shop import Shop, make_shop, write_run, write_warehouse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="session")
def warehouse(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb"
    write_warehouse(file, shop)
    write_quality(file)
    return file


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Path) -> Path:
    """A folder with a warehouse and a lake; the command finds both by default."""
    for name in ("DEFTUNES_WAREHOUSE", "DEFTUNES_LAKE", "DEFTUNES_OUTPUT", "DBT_TARGET_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "output").mkdir()
    shutil.copy(warehouse, tmp_path / "output" / "warehouse.duckdb")
    lake = tmp_path / "output" / "lake"
    songs = {"rows_landed": 80, "inserted": 79, "snapshot_id": 7469174469224587352}
    write_run(lake, "songs-1", "2026-11-20T06:00:00", {"songs": songs})
    api = {"rows_landed": 1234, "inserted": 1200, "updated": 34, "snapshot_id": 42}
    write_run(lake, "api-1", "2026-11-20T06:01:00", {"sessions": api, "users": {}})
    again = {"rows_landed": 80, "unchanged": 79}
    write_run(lake, "songs-2", "2026-11-21T06:00:00", {"songs": again})
    broken = {"rows_landed": 9, "inserted": 9, "snapshot_id": 666}
    write_run(lake, "api-2", "2026-11-21T06:01:00", {"sessions": broken}, status="failed")
    return tmp_path


@pytest.fixture
def page(project: Path) -> str:
    assert main(["build"]) == 0
    return (project / "output" / "report.html").read_text(encoding="utf-8")
