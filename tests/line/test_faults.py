"""Tap and target against an API that misbehaves: right rows, or one sentence and no half window.

Plain Singer, a pipe between two processes: `tap-deftunes-api | target-s3`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyiceberg.catalog import load_catalog

from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.forks import Forks
from tests.project import LOAD_COLUMNS, ROOT, Answers, ask, put_fault

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

BIN = ROOT / ".venv" / "bin"
SETTINGS = SandboxSettings(api_port=0, songs=200, users=60, sessions_per_day=3)
STREAMS = next(
    setting["value"]
    for setting in yaml.safe_load((ROOT / "load/load.meltano.yml").read_text(encoding="utf-8"))[
        "plugins"
    ]["loaders"][0]["settings"]
    if setting["name"] == "streams"
)


@dataclass
class Pipe:
    """The tap, the target, and a lake in a folder."""

    folder: Path
    sandbox: Sandbox
    forks: Forks

    def run(self, **tap_options: Any) -> tuple[int, int, str]:
        """Both exit statuses, and what was said."""
        tap = {
            "api_url": self.sandbox.api_url,
            "start_date": "2020-01-01",
            "end_date": "2020-06-30",
            **tap_options,
        }
        target = {
            "lake_url": f"file://{self.folder}/lake",
            "streams": STREAMS,
            "commit_at": "last_state",
        }
        paths = []
        for name, config in (("tap-deftunes-api", tap), ("target-s3", target)):
            paths.append(self.folder / f"{name}.json")
            paths[-1].write_text(json.dumps(config), encoding="utf-8")
        pipe, said = self.folder / "pipe", self.folder / "said.txt"
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
        said.write_bytes(b"")
        nothing = Path(os.devnull)
        tap_command, target_command = (
            [str(BIN / path.stem), "--config", str(path)] for path in paths
        )
        source = self.forks.start(tap_command, nothing, pipe, said)
        sink = self.forks.start(target_command, pipe, nothing, said)
        return self.forks.wait(source), self.forks.wait(sink), said.read_text(encoding="utf-8")

    def items(self) -> list[dict[str, Any]]:
        uri = f"sqlite:///{self.folder}/lake/catalog.db"
        with load_catalog("default", type="sql", uri=uri) as catalog:
            rows = catalog.load_table("default.session_items").scan().to_arrow().to_pylist()
        kept = [{name: row[name] for name in row if name not in LOAD_COLUMNS} for row in rows]
        return sorted(kept, key=repr)


@pytest.fixture(scope="module")
def api() -> Iterator[Sandbox]:
    with Sandbox(SETTINGS, services=["api"]) as running:
        yield running


@pytest.fixture(scope="module")
def truth(api: Sandbox) -> Answers:
    return ask(api, set())


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with Forks(tmp_path_factory.mktemp("forks")) as running:
        yield running


@pytest.fixture
def pipe(api: Sandbox, forks: Forks, tmp_path: Path) -> Iterator[Pipe]:
    yield Pipe(tmp_path, api, forks)
    put_fault(api, "")


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("status=500;times=2", {}),
        ("status=429;retry_after=1;times=1", {}),
        ("cut=0.5;times=2", {}),
        ("malformed=1;times=1", {}),
        ("duplicates=0.5", {}),
        ("latency=0.05", {"window": "week"}),
        ("end_date=midnight", {"window": "day"}),
        ("end_date=end_of_day", {"window": "day"}),
        ("paging=1", {"page_size": 7}),
        ("", {"page_size": 7}),
    ],
)
def test_whatever_the_api_does_the_rows_are_right(
    pipe: Pipe, truth: Answers, fault: str, options: dict[str, Any]
) -> None:
    put_fault(pipe.sandbox, fault)
    tap, target, said = pipe.run(**options)
    assert (tap, target) == (0, 0), said
    assert pipe.items() == truth.item_rows()


@pytest.mark.parametrize(
    "fault",
    ["status=404", "status=500", "malformed=1", "bad=price:text", "bad=session_start_time:null"],
)
def test_what_does_not_pass_is_one_sentence_and_nothing_half(
    pipe: Pipe, truth: Answers, fault: str
) -> None:
    tap, target, said = pipe.run(end_date="2020-02-29")
    assert (tap, target) == (0, 0), said
    before = pipe.items()
    assert before == [row for row in truth.item_rows() if row["session_start_time"].month <= 2]

    put_fault(pipe.sandbox, f"{fault};path=/sessions")
    tap, target, said = pipe.run(max_retries=1)
    assert tap == 1
    assert target == 0
    assert "Traceback" not in said
    assert len([line for line in said.splitlines() if "CRITICAL" in line or "ERROR" in line]) == 1
    # no half window is shown, and what was there before still is
    assert [row for row in pipe.items() if row["session_start_time"].month <= 2] == before

    put_fault(pipe.sandbox, "")
    pipe.run()
    assert pipe.items() == truth.item_rows()
