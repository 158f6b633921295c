"""A Superset that is up, asked as its page asks it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from tests.project import ROOT

SERVER = ROOT / "scripts/dashboards_server.py"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Dashboards:
    """A Superset with a folder of its own.

    Attributes:
        folder: Where it keeps everything.
        port: Of its page.
        built: The warehouse that is published for it.
        settings: Variables that are set besides.
        said: What the command that runs it has said.
        mark: What its processes have in their environment.
    """

    folder: Path
    port: int
    built: Path
    settings: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def environment(self) -> dict[str, str]:
        """What Meltano would pass."""
        own = ("DASHBOARDS_", "SUPERSET_", "REDSHIFT_", "PYTHON")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return {
            **kept,
            "SUPERSET_HOME": str(self.home),
            "DASHBOARDS_PORT": str(self.port),
            "DASHBOARDS_WAREHOUSE": str(self.published),
            "DEFTUNES_WAREHOUSE": str(self.built),
            "MARK": self.mark,
            **self.settings,
        }

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def published(self) -> Path:
        """The file that it reads."""
        return self.folder / "published" / "warehouse.duckdb"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def passwords(self) -> dict[str, str]:
        """What was printed, by user."""
        words = [line.split() for line in self.said if "with the password" in line]
        return {line[4]: line[-1] for line in words}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Type a command of the server."""
        command = [sys.executable, str(SERVER), *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have somebody else listen on its port."""
        with socket.create_server(("127.0.0.1", self.port)):
            yield

    @contextmanager
    def up(self) -> Iterator[None]:
        """Bring it up, and stop it as Ctrl-C does."""
        process = subprocess.Popen(
            [sys.executable, str(SERVER), "up"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        with process:
            try:
                while not (self.said and "Ctrl-C" in self.said[-1]):
                    self.said.append(process.stdout.readline())
                    if "this machine has none of these" in self.said[-1]:
                        pytest.skip(f"NOT TESTED: {self.said[-1]}")
                    assert self.said[-1], self.said
                yield
            finally:
                process.send_signal(signal.SIGINT)
                self.said.extend(process.stdout)  # until the last of it has ended

    def log_in(self, user: str) -> Person:
        """Log in by the API."""
        person = Person(self.url)
        asked = {"username": user, "password": self.passwords[user], "provider": "db"}
        _, answer = person.ask("/api/v1/security/login", asked)
        person.token = answer["access_token"]
        return person


@dataclass
class Person:
    """Who asks the server; nobody without a token."""

    url: str
    token: str | None = None
    _cookies: CookieJar = field(default_factory=CookieJar)

    def ask(
        self, path: str, body: Any = None, *, method: str | None = None, csrf: str | None = None
    ) -> tuple[int, Any]:
        """Ask for something, or tell it something.

        Returns:
            The status, and what the JSON of the answer says.
        """
        status, _, content = self.answer(path, body, method=method, csrf=csrf)
        return status, json.loads(content)

    def answer(
        self, path: str, body: Any = None, *, method: str | None = None, csrf: str | None = None
    ) -> tuple[int, Message, bytes]:
        """The same, with the headers and as it came."""
        headers = {
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            **({"Content-Type": "application/json"} if body is not None else {}),
            **({"X-CSRFToken": csrf, "Referer": self.url} if csrf else {}),
        }
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        try:
            with opener.open(request) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.headers, refused.read()

    def tell(self, path: str, body: Any, *, method: str) -> tuple[int, Any]:
        """Tell the server something, with the token that a form needs; its status, and answer."""
        _, token = self.ask("/api/v1/security/csrf_token/")
        return self.ask(path, body, method=method, csrf=token["result"])

    def change(self, path: str, body: Any, *, method: str) -> int:
        """Tell the server to change something; its status."""
        return self.tell(path, body, method=method)[0]

    def charts(self) -> dict[str, int]:
        """The charts that are shown to this person."""
        _, found = self.ask("/api/v1/chart/?q=(page_size:100)")
        return {each["slice_name"]: each["id"] for each in found["result"]}

    def data(self, chart: int, *filters: dict[str, Any]) -> list[dict[str, Any]]:
        """What a chart shows, all of it or what a dashboard's filters leave."""
        if filters:
            kept = self.ask(f"/api/v1/chart/{chart}")[1]["result"]["query_context"]
            question = json.loads(kept)
            (query,) = question["queries"]
            query["filters"] = filters
            status, answer = self.tell("/api/v1/chart/data", question, method="POST")
        else:
            status, answer = self.ask(f"/api/v1/chart/{chart}/data/")
        assert status == 200, answer
        (result,) = answer["result"]
        rows: list[dict[str, Any]] = result["data"]
        return rows
