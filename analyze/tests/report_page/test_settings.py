"""The settings are declared once; Meltano's definition and the README agree with them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from deftunes_report.cli import main
from deftunes_report.settings import Settings, settings_from

FOLDER = Path(__file__).resolve().parents[2]


def test_meltano_passes_every_setting_with_the_default_of_the_code() -> None:
    definition: Any = yaml.safe_load((FOLDER / "analyze.meltano.yml").read_text(encoding="utf-8"))
    (plugin,) = definition["plugins"]["utilities"]
    passed = {
        setting["env"]: setting["value"].split("$MELTANO_PROJECT_ROOT/")[1]
        for setting in plugin["settings"]
    }
    assert passed == {
        declared.metadata["variable"]: str(declared.default) for declared in fields(Settings)
    }


def test_the_readme_lists_every_setting() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for declared in fields(Settings):
        row = f"| `{declared.metadata['variable']}` | `{declared.default}` |"
        assert f"{row} {declared.metadata['description']} |" in readme


def test_a_lake_is_found_where_the_target_writes_it_whatever_its_name() -> None:
    """The target takes a file:// URL as it stands, so %20 is no space."""
    settings = settings_from({"DEFTUNES_LAKE": "file:///data/my%20 lake"})
    assert settings.lake == Path("/data/my%20 lake")


def test_a_warehouse_that_is_no_file_is_no_fault_and_makes_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So one job is right in every environment."""
    assert main(["build", "--warehouse", "none", "--output", str(tmp_path)]) == 0
    assert list(tmp_path.iterdir()) == []
    assert "warehouse is no file, so there is no page" in capsys.readouterr().out
