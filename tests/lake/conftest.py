"""One emulated AWS for a module's tests, and a lake of its own for each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from columnar_target.storage import patience
from deftunes_sandbox.aws import EmulatedAws

from .lakes import GlueLake


@pytest.fixture(scope="module")
def aws() -> Iterator[EmulatedAws]:
    with EmulatedAws() as running, pytest.MonkeyPatch.context() as patch:
        make = patience._glue_session
        session = cache(lambda seconds: make({"glue.request-timeout": seconds}))
        # it reads a megabyte of Glue's description each time
        patch.setattr(patience, "_glue_session", lambda _: session(patience.REQUEST_SECONDS))
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in running.environment.items():
            patch.setenv(name, value)
        yield running


@pytest.fixture
def glue_lake(aws: EmulatedAws, tmp_path: Path) -> Iterator[GlueLake]:
    yield GlueLake(aws, tmp_path.name.replace("_", "-").lower(), tmp_path)
    aws.put_fault("")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is tried twice: what passes is over by then."""
    monkeypatch.setattr(patience, "ATTEMPTS", 2)
