"""The emulator's own routes, below `/_sandbox/`: no bucket can be called that."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from deftunes_sandbox.aws.call_book import CallBook
from deftunes_sandbox.aws.platform.warehouse import WAREHOUSE
from deftunes_sandbox.terms import FaultError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/_sandbox/"
HEALTH = f"{PREFIX}health"
FAULT = f"{PREFIX}fault"
CALLS = f"{PREFIX}calls"
WAREHOUSE_URL = f"{PREFIX}warehouse"
STATEMENTS = f"{PREFIX}statements"
_LONGEST_TEXT = 1_000  # bytes


class Control:
    """Answers what is about the emulator itself, and hands all else on.

    Args:
        application: What serves AWS.
        book: What is steered and watched.
    """

    def __init__(self, application: WSGIApplication, book: CallBook) -> None:
        self._application = application
        self._book = book
        self._routes: dict[tuple[str, str], Callable[[WSGIEnvironment], Any]] = {
            ("GET", HEALTH): lambda _: {"status": "ok"},
            ("GET", FAULT): lambda _: {"fault": str(book.in_force)},
            ("PUT", FAULT): lambda environ: {"fault": str(book.put(_text_of(environ)))},
            ("DELETE", FAULT): lambda _: {"fault": str(book.put(""))},
            ("GET", CALLS): lambda _: book.calls,
            ("DELETE", CALLS): lambda _: book.forget(),
            ("DELETE", STATEMENTS): lambda _: setattr(WAREHOUSE, "forgotten_until", time.time()),
            ("PUT", WAREHOUSE_URL): lambda environ: setattr(WAREHOUSE, "url", _text_of(environ)),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self._application(environ, start_response)
        route = self._routes.get((environ["REQUEST_METHOD"], path))
        if route is None:
            return _reply({"detail": f"There is no {path}."}, HTTPStatus.NOT_FOUND, start_response)
        try:
            return _reply(route(environ), HTTPStatus.OK, start_response)
        except FaultError as error:
            return _reply({"detail": str(error)}, HTTPStatus.BAD_REQUEST, start_response)


def _text_of(environ: WSGIEnvironment) -> str:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), _LONGEST_TEXT)
    return bytes(environ["wsgi.input"].read(length)).decode("utf-8", "replace")


def _reply(content: Any, status: HTTPStatus, start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
