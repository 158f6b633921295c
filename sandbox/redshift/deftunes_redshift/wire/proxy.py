"""Listens, and serves each client in a task of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket

from deftunes_redshift.backend import Aws
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.wire import messages
from deftunes_redshift.wire.cancelling import Cancelling
from deftunes_redshift.wire.faults import error_body
from deftunes_redshift.wire.opening import Cancel, Opened, Streams, open_session
from deftunes_redshift.wire.session import Definitions, Session

_LOG = logging.getLogger(__name__)
_READ_AHEAD = 64  # messages
_GONE = (asyncio.IncompleteReadError, ConnectionError)


class Proxy:
    """Takes clients for as long as it is served.

    Args:
        postgres_port: Where PostgreSQL listens on 127.0.0.1.
        aws: Where S3 and Glue are.
    """

    def __init__(self, postgres_port: int, aws: Aws) -> None:
        self._port = postgres_port
        self._aws = aws
        self._cancelling = Cancelling(postgres_port)
        self._definitions = Definitions()

    async def serve(self, listener: socket.socket) -> None:
        """Serve clients until cancelled; their sessions end with it."""
        server = await asyncio.start_server(self._client, sock=listener)
        async with server:
            await server.serve_forever()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            opened = await open_session((reader, writer), self._port)
            if isinstance(opened, Cancel):
                await self._cancelling.cancel(opened.key)
            elif opened is not None:
                await self._session((reader, writer), opened)
        except (*_GONE, asyncio.CancelledError):
            pass  # nobody is there to be told, or we end
        finally:
            writer.close()

    async def _session(self, client: Streams, opened: Opened) -> None:
        """Serve a session; when its client is gone, end it whatever it does."""
        queue: asyncio.Queue[tuple[bytes, bytes] | None] = asyncio.Queue(_READ_AHEAD)
        session = Session(
            opened.postgres, opened.answers, self._aws, opened.state, self._definitions
        )
        serving = asyncio.create_task(session.serve(queue))
        reading = asyncio.create_task(_read(client[0], queue))
        try:
            with self._cancelling.of(opened.key, session):
                await asyncio.wait((serving, reading), return_when=asyncio.FIRST_COMPLETED)
                if not serving.done():
                    serving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await serving
        except _GONE:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the client is told and others go on
            _LOG.exception("a session failed")
            told = RedshiftError(f"the stand-in failed ({type(error).__name__}): see its log")
            opened.answers.tell_fields(b"E", error_body(told))
            await opened.answers.flush()
        finally:
            reading.cancel()
            serving.cancel()
            # PostgreSQL looks for us once a second (client_connection_check_interval).
            opened.postgres.close()


async def _read(
    reader: asyncio.StreamReader, queue: asyncio.Queue[tuple[bytes, bytes] | None]
) -> None:
    """Read ahead: only so the end of a client is noticed while a statement runs."""
    with contextlib.suppress(*_GONE):
        while True:
            await queue.put(await messages.receive(reader))
