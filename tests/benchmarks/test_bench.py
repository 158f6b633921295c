"""`make bench` with our real programs, at a size at which no time means anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT


@pytest.mark.slow
def test_our_pipe_is_measured_and_what_it_wrote_is_the_sources(tmp_path: Path) -> None:
    small = ("--case", "purchases", "--size", "200", "--runs", "1", "--who", "ours")
    command = [sys.executable, str(ROOT / "benchmarks/bench.py"), *small, "--into", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (kept,) = json.loads((tmp_path / "results.json").read_text(encoding="utf-8")).values()
    (run,) = kept["runs"]
    assert run["contestant"] == "ours"
    assert run["committed"]
    assert run["cpu"] > 0
    assert 0 < run["largest"] <= run["memory"]
    assert "| **ours**: tap-deftunes-api" in (tmp_path / "results.md").read_text(encoding="utf-8")
