from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.binaries import server_user
from deftunes_sandbox.cluster import place_of, remove_cluster
from deftunes_sandbox.processes import wait_until


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """One request, one connection: nothing of an earlier fault can linger."""

    url: str

    def ask(
        self, path: str, *, fault: str | None = None, method: str = "GET", body: str = ""
    ) -> Reply:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=20)
        try:
            headers = {} if fault is None else {"X-Sandbox-Fault": fault}
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())
        finally:
            connection.close()

    def users(self, span: str = "", *, fault: str | None = None) -> list[dict[str, Any]]:
        return self._rows("/users" + _query(span), fault)

    def sessions(self, span: str, *, fault: str | None = None) -> list[dict[str, Any]]:
        return self._rows("/sessions" + _query(span), fault)

    def _rows(self, path: str, fault: str | None) -> list[dict[str, Any]]:
        reply = self.ask(path, fault=fault)
        assert reply.status == 200, reply.body
        rows: list[dict[str, Any]] = reply.json()
        return rows


def _query(span: str) -> str:
    """Write `2020-01-01..2020-01-31` as a query."""
    first, _, last = span.partition("..")
    return f"?start_date={first}&end_date={last}" if span else ""


@pytest.fixture(scope="session")
def settings() -> SandboxSettings:
    return SandboxSettings(api_port=0, songs_port=0, songs=500, users=200, sessions_per_day=20)


@pytest.fixture(scope="session")
def api(settings: SandboxSettings) -> Iterator[Client]:
    """A purchase API that nobody puts a lasting fault into."""
    with Sandbox(settings, services=["api"]) as sandbox:
        yield Client(sandbox.api_url)


@pytest.fixture(scope="session")
def second_api(settings: SandboxSettings) -> Iterator[Client]:
    with Sandbox(settings, services=["api"]) as sandbox:
        yield Client(sandbox.api_url)


@pytest.fixture
def own_api(second_api: Client) -> Client:
    """A purchase API as if just started."""
    second_api.ask("/sandbox/fault", method="DELETE")
    second_api.ask("/sandbox/requests", method="DELETE")
    return second_api


@dataclass(frozen=True)
class Command:
    """The real command `sandbox`, in a folder and with ports of its own."""

    directory: Path
    environ: dict[str, str]

    def run(self, name: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.line(name),
            env=self.environ | changes,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def line(self, name: str) -> list[str]:
        return [str(Path(sys.executable).with_name("sandbox")), name]

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.run("status").stdout)
        return status

    def processes(self) -> list[str]:
        """The command lines of all processes that serve our folder, however they were started."""
        marks = {str(self.directory), str(place_of(self.directory, server_user()))}
        lines = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = file.read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if any(mark in line for mark in marks):
                lines.append(line)
        return lines

    def leaves_nothing(self) -> bool:
        return wait_until(lambda: not self.processes(), 10)


@contextmanager
def own_command() -> Iterator[Command]:
    directory = Path(tempfile.mkdtemp(prefix="sandbox-test-"))
    directory.chmod(0o755)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DEFTUNES_")},
        "DEFTUNES_SANDBOX_DIR": str(directory),
        "DEFTUNES_API_PORT": "0",
        "DEFTUNES_SONGS_PORT": "0",
        "DEFTUNES_SONGS": "500",
    }
    command = Command(directory, environ)
    try:
        yield command
    finally:
        if (directory / "state.json").exists():
            command.run("down")
        remove_cluster(directory)
        shutil.rmtree(directory)


@pytest.fixture
def command() -> Iterator[Command]:
    """The command, for one test alone."""
    with own_command() as command:
        yield command


@pytest.fixture(scope="module")
def running() -> Iterator[Command]:
    """The command after `up`, for tests that leave it up."""
    with own_command() as command:
        command.run("up")
        yield command
