"""Cancels what a session does, whichever part of its work it is at."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from deftunes_redshift.wire import messages
from deftunes_redshift.wire.session import Session
from deftunes_sandbox.ports import HOST

_AGAIN = 0.05  # seconds


class Cancelling:
    """The sessions that can be cancelled, by their keys.

    Args:
        port: Where PostgreSQL listens on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._sessions: dict[bytes, Session] = {}

    @contextlib.contextmanager
    def of(self, key: bytes, session: Session) -> Iterator[None]:
        """Let a session be cancelled while it lasts."""
        self._sessions[key] = session
        try:
            yield
        finally:
            del self._sessions[key]

    async def cancel(self, key: bytes) -> None:
        """Cancel what a session does at this moment; nothing, if it does nothing.

        PostgreSQL passes over a wish that comes while it waits for a message, and between the
        steps of a statement it waits for ours: it is told again until the work has ended.
        """
        session = self._sessions.get(key)
        if session is None:
            return
        work = session.work
        while work is not None and session.work == work:
            await self._tell(key)
            await asyncio.sleep(_AGAIN)

    async def _tell(self, key: bytes) -> None:
        reader, writer = await asyncio.open_connection(HOST, self._port)
        writer.write(messages.cancel(key))
        await writer.drain()
        await reader.read()  # PostgreSQL closes when it has told the session
        writer.close()
