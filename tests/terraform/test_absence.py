"""What tests say where Terraform is not, or cannot work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.terraform.tool import MIRROR

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("terraform")]

LOUD = "NOTHING OF terraform/ IS TESTED HERE"


def test_without_terraform_one_line_says_so() -> None:
    said = _tests({"PATH": "/usr/bin:/bin"})
    [line] = [line for line in said.splitlines() if LOUD in line]
    assert line.endswith("terraform is not installed")
    assert re.search(r"^(\d+ passed, )?1 skipped", said, re.MULTILINE)


def test_without_its_provider_one_line_says_what_to_do(tmp_path: Path) -> None:
    said = _tests({MIRROR: str(tmp_path)})
    [line] = [line for line in said.splitlines() if LOUD in line]
    assert f"point {MIRROR} to a folder that has" in line


@pytest.mark.parametrize("lacking", ["terraform", "provider"])
def test_who_asks_for_terraform_gets_a_failure(tmp_path: Path, lacking: str) -> None:
    without = {"PATH": "/usr/bin:/bin"} if lacking == "terraform" else {MIRROR: str(tmp_path)}
    said = _tests({**without, "DEFTUNES_REQUIRE_TERRAFORM": "1"}, expect=1)
    assert "and DEFTUNES_REQUIRE_TERRAFORM asks for it" in said
    assert "skipped" not in said


def _tests(environment: Mapping[str, str], *, expect: int = 0) -> str:
    """Run the tests of the schedules, as a session of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    kept.pop("DEFTUNES_REQUIRE_TERRAFORM", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/terraform/test_schedules.py"],
        cwd=ROOT,
        env={**kept, **environment, "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout
