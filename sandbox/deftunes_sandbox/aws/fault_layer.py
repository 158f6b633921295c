"""Stands between the wire and moto: notes every call, and lets it go wrong when asked to."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import get_input_stream

from deftunes_sandbox.aws.call_book import CallBook
from deftunes_sandbox.aws.faults import AwsFault
from deftunes_sandbox.aws.wire import refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SCOPE = re.compile(r"Credential=[^/]*/\d+/[^/]*/([^/]*)/")


class FaultLayer:
    """A WSGI application around another.

    Args:
        application: What serves AWS.
        book: Where calls are noted and the fault in force is found.
    """

    def __init__(self, application: WSGIApplication, book: CallBook) -> None:
        self._application = application
        self._book = book

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one call, or let it go wrong.

        Raises:
            ConnectionResetError: The connection is to be closed without a word; the server does.
        """
        service = _service_of(environ)
        fault = self._book.meet(_call_of(service, environ))
        if fault.cut is not None:
            return self._cut(fault.cut, environ, start_response)
        if fault.applied:
            run_wsgi_app(self._application, environ, buffered=True)
        if fault.hang:
            time.sleep(fault.hang)
            raise ConnectionResetError("the fault in force asks for it")
        if fault.answer:
            return _refuse(fault, fault.answer, service, environ, start_response)
        return self._application(environ, start_response)

    def _cut(
        self, share: float, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Promise the whole answer and send a part; the server closes after each answer."""
        parts, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        body = b"".join(parts)
        headers["Content-Length"] = headers.get("Content-Length", str(len(body)))
        start_response(status, list(headers))
        return [body[: int(len(body) * share)]]


def _refuse(
    fault: AwsFault,
    kind: str,
    service: str,
    environ: WSGIEnvironment,
    start_response: StartResponse,
) -> Iterable[bytes]:
    if not fault.applied:
        get_input_stream(environ).read()  # a client that is still sending would not listen
    answer = refusal(service, kind, bodiless=environ["REQUEST_METHOD"] == "HEAD")
    start_response(answer.status, answer.headers)
    return [answer.body]


def _service_of(environ: WSGIEnvironment) -> str:
    """The service that a call is signed for; S3 also takes calls without a signature."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return scope[1] if scope else "s3"


def _call_of(service: str, environ: WSGIEnvironment) -> str:
    """The call in words: `glue UpdateTable`, or `s3 PUT /bucket/key?partNumber&uploadId`."""
    operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if operation:
        return f"{service} {operation}"
    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    names = "&".join(name for name, _ in query)
    path = environ["PATH_INFO"] + (f"?{names}" if names else "")
    return f"{service} {environ['REQUEST_METHOD']} {path}"
