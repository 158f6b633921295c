"""Answers, whole or broken on purpose."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from deftunes_sandbox.faults import Fault


class CutResponse(Response):
    """Promises the whole body and breaks the connection off in the middle of it."""

    def __init__(self, content: bytes, share: float) -> None:
        super().__init__(content, media_type="application/json")
        self._sent = content[: min(int(len(content) * share), len(content) - 1)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and a part of the body; returning early makes the server hang up."""
        del scope, receive
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        await send({"type": "http.response.body", "body": self._sent, "more_body": True})


def array_of(bodies: Iterable[bytes], fault: Fault) -> Response:
    """Answer with one JSON array of records that are encoded already."""
    body = b"[" + b",".join(bodies) + b"]"
    if fault.cut is not None:
        return CutResponse(body, fault.cut)
    if fault.malformed:
        body = body[: max(1, len(body) // 2)]
    return Response(body, media_type="application/json")


def failure(fault: Fault) -> Response | None:
    """Answer with the status that a fault asks for, if it asks for one."""
    if fault.status is None:
        return None
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Response(
        b'{"detail":"a fault that was asked for"}',
        status_code=fault.status,
        headers=headers,
        media_type="application/json",
    )


def tell_every_allowed_method(api: FastAPI) -> None:
    """Let a 405 list every method of its path: a route alone knows only its own."""

    @api.exception_handler(405)
    async def not_allowed(request: Request, _error: Exception) -> JSONResponse:
        routes = [route for route in api.routes if isinstance(route, Route)]
        allowed = {
            method
            for route in routes
            if route.path == request.url.path
            for method in route.methods or ()
        }
        headers = {"Allow": ", ".join(sorted(allowed))}
        return JSONResponse({"detail": "Method Not Allowed"}, status_code=405, headers=headers)
