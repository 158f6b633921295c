"""What the client is told."""

from __future__ import annotations

import asyncio
import struct

from deftunes_redshift.wire import messages
from deftunes_redshift.wire.faults import notice_body, redshift_fields

SERVER_VERSION = "8.0.2"
SUPER = 4000
_JSONB = 3802
_TYPE_PLACE = 6  # bytes after a column's name: table (4) and number (2)
_AFTER_NAME = 18
_HIDDEN = {"in_hot_standby", "scram_iterations", "default_transaction_read_only", "search_path"}
_MOST_BUFFERED = 1 << 20  # bytes


class Answers:
    """Tells a client what PostgreSQL says, as Redshift would say it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting = bytearray()

    def tell(self, kind: bytes, body: bytes) -> None:
        """Tell one of PostgreSQL's messages."""
        if kind in b"EN":
            body = messages.with_fields(redshift_fields(body))
        elif kind == b"T":
            body = _with_super(body)
        elif kind == b"S":
            name, place = messages.read_text(body)
            if name in _HIDDEN:
                return
            if name == "server_version":
                body = body[:place] + messages.text(SERVER_VERSION)
        self.tell_fields(kind, body)

    def tell_fields(self, kind: bytes, body: bytes) -> None:
        """Tell a message that is Redshift's already."""
        self._waiting += messages.message(kind, body)

    def notice(self, sentence: str) -> None:
        """Tell an INFO line."""
        self.tell_fields(b"N", notice_body(sentence))

    def ready(self, status: bytes) -> None:
        """Tell that the next statement may come."""
        self.tell_fields(b"Z", status)

    async def keep_up(self) -> None:
        """Wait for a slow client, when much is waiting for it."""
        if len(self._waiting) >= _MOST_BUFFERED:
            await self.flush()

    async def flush(self) -> None:
        """Send what is waiting."""
        self._writer.write(bytes(self._waiting))
        self._waiting.clear()
        await self._writer.drain()


def _with_super(body: bytes) -> bytes:
    """Name SUPER's own type where PostgreSQL has jsonb."""
    changed = bytearray(body)
    place = 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        place = body.index(b"\0", place) + 1
        if struct.unpack_from("!I", body, place + _TYPE_PLACE)[0] == _JSONB:
            struct.pack_into("!I", changed, place + _TYPE_PLACE, SUPER)
        place += _AFTER_NAME
    return bytes(changed)
