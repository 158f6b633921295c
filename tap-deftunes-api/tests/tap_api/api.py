"""A purchase API for the tests: real HTTP, rows and faults as a test wants them."""

from __future__ import annotations

import json
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

Row = dict[str, Any]
Fault = Callable[["Handler", bytes], None]
Paging = Literal["unknown", "works", "ignores offset"]

TIMESTAMPS = {"/users": "user_since", "/sessions": "session_start_time"}


class PurchaseApi(ThreadingHTTPServer):
    """Serves `users` and `sessions`, and keeps account of what it was asked.

    Attributes:
        rows: The rows by path.
        end_is_midnight: Whether `end_date` excludes that day's records.
        paging: What the server makes of `limit` and `offset`.
        most_rows: How many rows a page has at most, whatever is asked for.
        token: The bearer token that it wants, if any.
        faults: Faults by path and first day, each used up by one request.
        waits_for: By first day, how many requests must have come in before it is answered.
        asked: Path, parameters and headers of each request.
        connections: How many connections clients have made.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.scheme = "http" if tls is None else "https"
        self.rows: dict[str, list[Row]] = {"/users": [], "/sessions": []}
        self.end_is_midnight = False
        self.paging: Paging = "unknown"
        self.most_rows = 10_000
        self.token: str | None = None
        self.faults: dict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self.waits_for: dict[str, int] = {}
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.connections = 0
        self.changed = threading.Condition()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def fail(self, path: str, first_day: str, *faults: Fault) -> None:
        self.faults[path, first_day].extend(faults)

    def windows_asked(self, path: str) -> list[str]:
        """The first days asked for, in the order of the requests."""
        return [params["start_date"] for asked, params, _ in self.asked if asked == path]

    def wait_until_asked(self, requests: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.asked) >= requests, timeout=20)

    def refusal(self, authorization: str | None) -> int | None:
        """The status for someone who gives no token or a wrong one."""
        if self.token is None or authorization == f"Bearer {self.token}":
            return None
        return 401 if authorization is None else 403

    def answer(self, path: str, params: dict[str, str]) -> list[Row]:
        end = date.fromisoformat(params["end_date"])
        last = (end - timedelta(days=1) if self.end_is_midnight else end).isoformat()
        key = TIMESTAMPS[path]
        rows = [row for row in self.rows[path] if params["start_date"] <= row[key][:10] <= last]
        if self.paging == "unknown" or "limit" not in params:
            return rows
        start = int(params["offset"]) if self.paging == "works" else 0
        return rows[start : start + min(int(params["limit"]), self.most_rows)]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave together: two small packets would wait for each other
    server: PurchaseApi

    def setup(self) -> None:
        super().setup()
        with self.server.changed:
            self.server.connections += 1

    def do_GET(self) -> None:
        api = self.server
        url = urlsplit(self.path)
        params = {name: values[0] for name, values in parse_qs(url.query).items()}
        with api.changed:
            api.asked.append((url.path, params, dict(self.headers)))
            api.changed.notify_all()
            waits_for = api.waits_for.get(params["start_date"], 0)
            api.changed.wait_for(lambda: len(api.asked) >= waits_for, timeout=20)
            faults = api.faults[url.path, params["start_date"]]
            fault = faults.popleft() if faults else None
        rows = api.answer(url.path, params) if url.path in TIMESTAMPS else []
        body = json.dumps(rows).encode()
        if (refused := api.refusal(self.headers["Authorization"])) is not None:
            self.reply(refused, b'{"detail": "no"}')
        elif fault is not None:
            fault(self, body)
        elif url.path not in TIMESTAMPS:
            self.reply(404, b"{}")
        else:
            self.reply(200, body)

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the tests read what the tap says."""


def status(code: int, **headers: str) -> Fault:
    """Answer with a status instead of rows."""
    return lambda handler, _: handler.reply(code, b'{"detail": "no"}', **headers)


def body(content: bytes) -> Fault:
    """Answer 200 with other content."""
    return lambda handler, _: handler.reply(200, content)


def cut_off(handler: Handler, content: bytes) -> None:
    """Promise the whole body and send half of it."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


def cut_off_json(handler: Handler, content: bytes) -> None:
    """Send half of the body as if it were all."""
    handler.reply(200, content[: len(content) // 2])


def hang_up(handler: Handler, _: bytes) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True


def never(handler: Handler, _: bytes) -> None:
    """Do not answer while the test lasts."""
    with handler.server.changed:
        handler.server.changed.wait_for(lambda: False, timeout=60)
    handler.close_connection = True
