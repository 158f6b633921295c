"""The sandbox's purchase API keeps to its own OpenAPI document, whatever it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.strangers.tap import environment

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
BOUNDED = ["--max-examples", "40", "--seed", "1"]


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
def test_schemathesis_finds_nothing_in_the_purchase_api(api_url: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ["--checks", "all", "--continue-on-failure", "--report-json-path", str(report)]
    done = subprocess.run(
        [SCHEMATHESIS, "run", f"{api_url}/openapi.json", *BOUNDED, *options],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    found = json.loads(report.read_text(encoding="utf-8"))
    assert (found["failures"], found["errors"], found["complete"]) == ([], [], True)
    assert found["operations"]["tested"] == found["operations"]["total"] == 8
    assert found["test_cases"]["generated"] > 100
