"""How a start finds out that the page is up."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import ModuleType

import pytest

from tests.project import ROOT


class Page(BaseHTTPRequestHandler):
    """It answers that it is well."""

    def do_GET(self) -> None:
        """Answer, wherever the page is."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("dashboards_server")


def test_the_page_is_found_where_a_proxy_is_set_for_other_hosts(
    url: str, server: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert server.is_healthy(url)


def test_a_page_that_does_not_answer_is_not_up_and_not_waited_for(
    server: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_ANSWERS_WITHIN", 0.05)
    found: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asking = Thread(target=lambda: found.append(server.is_healthy(address)), daemon=True)
        asking.start()
        asking.join(30)
        assert found == [False]
