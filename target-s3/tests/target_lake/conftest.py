"""Lakes for the tests, in a folder and on S3 as moto speaks it; what their mode came to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from deftunes_sandbox.taps.modes import IN_BATCHES, MODE, SENT
from target_s3.iceberg import stitched
from target_s3.merging import search, twins

from .lakes import Lake

ENOUGH = 100
"""So many records say whether a mode is worth its name."""


@pytest.fixture(autouse=True)
def _few_rows_go_the_ways_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests have few rows; loads of processes of their own treat them as few, as users' do."""
    monkeypatch.setattr(stitched, "FEWEST_ROWS", 1)
    monkeypatch.setattr(twins, "FEWEST_ROWS", 1)
    monkeypatch.setattr(search, "FEWEST_ALIGNED", 1)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    lake = Lake(tmp_path / "lake")
    yield lake
    lake.close()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3 = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1")
    bucket = s3.Bucket(tmp_path.name.replace("_", "-").lower())
    bucket.create()
    return bucket


@pytest.fixture
def s3_lake(bucket: Any, tmp_path: Path) -> Iterator[Lake]:
    folder = tmp_path / "catalog"
    folder.mkdir()
    catalog = {"type": "sql", "uri": f"sqlite:///{folder}/catalog.db"}
    lake = Lake(folder, {"lake_url": f"s3://{bucket.name}/lake", "catalog": catalog})
    yield lake
    lake.close()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Bring the counts of a process together, and fail a mode that is one in name only."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["sent"] = dict(SENT)
    elif MODE == "batch" and SENT.total() > ENOUGH and SENT[IN_BATCHES] * 2 < SENT.total():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process of pytest-xdist has ended."""
    SENT.update(getattr(node, "workeroutput", {}).get("sent", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of the mode there was."""
    if MODE != "records":
        told = ", ".join(f"{count} {why}" for why, count in SENT.most_common())
        terminalreporter.section(f"records by DEFTUNES_MODE={MODE}")
        terminalreporter.line(f"{told or 'none'}; at least half should go {IN_BATCHES}")
