"""One purchase API for all, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deftunes_sandbox import Sandbox, SandboxSettings
from tests.strangers.environment import strangers
from tests.strangers.expected import Row, answered, everything
from tests.strangers.tap import Output, run_tap

SETTINGS = SandboxSettings(api_port=0, users=60, sessions_per_day=3)


@pytest.fixture(scope="session")
def api_url() -> Iterator[str]:
    """An API that nobody puts a lasting fault into."""
    with Sandbox(SETTINGS, services=["api"]) as sandbox:
        yield sandbox.api_url


@pytest.fixture(scope="session")
def paging_api_url() -> Iterator[str]:
    """The same rows from an API that obeys `limit` and `offset`."""
    with Sandbox(replace(SETTINGS, fault="paging=1"), services=["api"]) as sandbox:
        yield sandbox.api_url


@pytest.fixture(scope="session")
def answers(api_url: str) -> dict[str, list[Row]]:
    """What each stream must hold."""
    return everything(answered(api_url, "/users"), answered(api_url, "/sessions"))


@pytest.fixture(scope="session")
def config(api_url: str) -> Row:
    """Reads all that there is."""
    return {"api_url": api_url, "end_date": "2024-12-31"}


@pytest.fixture(scope="session")
def output(config: Row, tmp_path_factory: pytest.TempPathFactory) -> Output:
    """The tap's whole output."""
    return run_tap(tmp_path_factory.mktemp("tap"), config)


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the commands that strangers wrote."""
    return strangers()
