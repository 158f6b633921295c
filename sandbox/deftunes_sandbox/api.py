"""The purchase API: its two resources exactly as the real one serves them, and its faults."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BeforeValidator

from deftunes_sandbox.contract import Session, User
from deftunes_sandbox.control import control_routes
from deftunes_sandbox.fault_book import FaultBook
from deftunes_sandbox.faulty_rows import with_faults
from deftunes_sandbox.history import History
from deftunes_sandbox.responses import array_of, failure, tell_every_allowed_method
from deftunes_sandbox.rows import Row, Span
from deftunes_sandbox.settings import SandboxSettings
from deftunes_sandbox.terms import FaultError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PAGE_NUMBER = re.compile(r"[0-9]{1,9}")


def _iso_day(text: object) -> date:
    """Read `YYYY-MM-DD` only: pydantic alone would take `20200101` for a Unix time."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("write a day as YYYY-MM-DD")
    return date.fromisoformat(text)


Day = Annotated[date, BeforeValidator(_iso_day)]
# Left out of the OpenAPI document: the contract's two resources are described as the real API's.
FaultHeader = Annotated[str | None, Header(alias="X-Sandbox-Fault", include_in_schema=False)]


def _page(rows: list[Row], request: Request) -> list[Row]:
    limit = request.query_params.get("limit", str(len(rows)))
    offset = request.query_params.get("offset", "0")
    if not (_PAGE_NUMBER.fullmatch(limit) and _PAGE_NUMBER.fullmatch(offset)):
        raise HTTPException(422, "limit and offset must be whole numbers")
    return rows[int(offset) : int(offset) + int(limit)]


def make_api(settings: SandboxSettings) -> FastAPI:
    """Build the API; its rows are drawn when first asked for."""
    history = History(settings)
    book = FaultBook(settings.fault)
    api = FastAPI(
        title="DeFtunes purchase API (sandbox)",
        version="1",
        description="Any request may carry a fault of its own in the header `X-Sandbox-Fault`.",
    )
    api.include_router(control_routes(settings, book))
    tell_every_allowed_method(api)

    @api.exception_handler(FaultError)
    async def unreadable_fault(_request: Request, error: FaultError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=400)

    async def answer(
        request: Request,
        header: str | None,
        select: Callable[[Span], list[Row]],
        days: tuple[date | None, date | None],
    ) -> Response:
        fault = book.meet(request.url.path, header)
        if fault.latency:
            await asyncio.sleep(fault.latency)
        if (failed := failure(fault)) is not None:
            return failed
        reading = fault.end_date or settings.end_date
        rows = with_faults(select(Span(*days, end_at_midnight=reading == "midnight")), fault)
        if fault.paging:
            rows = _page(rows, request)
        return array_of((row.body for row in rows), fault)

    @api.get("/users", response_model=list[User])
    async def users(
        request: Request,
        start_date: Day | None = None,
        end_date: Day | None = None,
        fault: FaultHeader = None,
    ) -> Response:
        """List the users that joined from `start_date` to `end_date`; without both, everyone."""
        days = (start_date, end_date)
        return await answer(request, fault, history.users, days)

    @api.get("/sessions", response_model=list[Session])
    async def sessions(
        request: Request,
        start_date: Day,
        end_date: Day,
        fault: FaultHeader = None,
    ) -> Response:
        """List the sessions that started from `start_date` to `end_date`."""
        days = (start_date, end_date)
        return await answer(request, fault, history.sessions, days)

    return api
