"""The sandbox's own routes, below `/sandbox/` so that the contract's paths stay pure."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request

from deftunes_sandbox.fault_book import FaultBook
from deftunes_sandbox.settings import SandboxSettings

LONGEST_FAULT = 1_000  # bytes


def control_routes(settings: SandboxSettings, book: FaultBook) -> APIRouter:
    """Make the routes that steer and watch a running API."""
    router = APIRouter(prefix="/sandbox", tags=["sandbox"])

    @router.get("/health")
    async def health() -> dict[str, Any]:
        """Answer once requests are served; with the settings in use."""
        return {"status": "ok", "settings": orjson.loads(settings.to_json())}

    @router.get("/fault")
    async def fault() -> dict[str, str]:
        """Tell the fault in force; empty: none."""
        return {"fault": str(book.in_force)}

    @router.put("/fault", responses={400: {"description": "The fault cannot be read"}})
    async def put_fault(request: Request) -> dict[str, str]:
        """Put a fault in force (the body is its text); its `times` count from now."""
        body = await request.body()
        return {"fault": str(book.put(body[:LONGEST_FAULT].decode("utf-8", "replace")))}

    @router.delete("/fault")
    async def delete_fault() -> dict[str, str]:
        """Let nothing go wrong any more."""
        return {"fault": str(book.put(""))}

    @router.get("/requests")
    async def requests() -> dict[str, int]:
        """Count the requests of each path since the start, or since they were last forgotten."""
        return dict(book.requests)

    @router.delete("/requests")
    async def forget_requests() -> dict[str, int]:
        """Begin the counts anew."""
        book.requests.clear()
        return {}

    return router
