"""One session's PostgreSQL connection, driven one message at a time.

Every message of the client is followed by a Flush and its answer awaited, so that at any moment we
may put statements of our own between, in the same transaction: also amid a sequence of the
extended protocol, whose implicit transaction lasts until its Sync.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.wire import messages
from deftunes_redshift.wire.faults import error_of
from deftunes_redshift.wire.values import read_value, write_value

Sink = Callable[[bytes, bytes], None]

_FLUSH, _SYNC = messages.message(b"H"), messages.message(b"S")
_ASYNCHRONOUS = b"SNA"  # parameter status, notice, notification: may come at any time
_CHUNK = 1 << 20
_BLOCKS = {b"BEGIN": True, b"START": True, b"COMMIT": False, b"ROLLBACK": False}


class Postgres:
    """A connection, open and authenticated; it is a `Backend`.

    Args:
        streams: The connection's.
        sink: Gets what PostgreSQL says unasked, such as notices.
        beside: Opens a connection beside this one, as the database's owner.

    Attributes:
        in_block: Whether a BEGIN is open, also one since the last Sync.
        failed: An error came since the last Sync: PostgreSQL ignores everything until the next.
    """

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        sink: Sink,
        beside: Callable[[], Awaitable[Postgres]],
    ) -> None:
        self._reader, self._writer = streams
        self._sink = sink
        self._beside = beside
        self._names = itertools.count(1)
        self._amid = False
        self.in_block = False
        self.failed = False

    async def step(
        self, kind: bytes, body: bytes, ends: bytes
    ) -> AsyncIterator[tuple[bytes, bytes]]:
        """Send one message of the extended protocol and give its answers.

        Args:
            kind: The message's kind.
            body: Its body.
            ends: Kinds of answers of which the first is the last one; an error always is.
        """
        await self._send((kind, body))
        async for answer in self._answers(ends):
            yield answer

    async def _send(self, *steps: tuple[bytes, bytes]) -> None:
        self._amid = True
        written = b"".join(messages.message(kind, body) for kind, body in steps)
        self._writer.write(written + _FLUSH)
        await self._writer.drain()

    async def _answers(self, ends: bytes) -> AsyncIterator[tuple[bytes, bytes]]:
        while True:
            answer, content = await self._receive()
            self.failed = self.failed or answer == b"E"
            if answer == b"C":
                self.in_block = _BLOCKS.get(content.split(b" ")[0].rstrip(b"\0"), self.in_block)
            yield answer, content
            if answer == b"E" or answer in ends:
                return

    async def sync(self) -> bytes:
        """End the sequence, and with it an implicit transaction; give the status' body.

        An error may come here, too: what is deferred fails at the commit.
        """
        self._writer.write(_SYNC)
        await self._writer.drain()
        while True:
            kind, body = await self._receive()
            if kind == b"Z":
                self._amid = self.failed = False
                self.in_block = body != b"I"
                return body
            self._sink(kind, body)

    async def describe(self, sql: str) -> list[tuple[str, int, int]]:
        """Tell the columns of a query without running it: name, type, type modifier."""
        async with _Turn(self):
            name = self._name()
            _, answers, _ = await self._all(
                (b"P", messages.parse(name, sql), b"1"),
                (b"D", b"S" + messages.text(name), b"Tn"),
                (b"C", b"S" + messages.text(name), b"3"),
            )
            return [c for kind, body in answers if kind == b"T" for c in messages.described(body)]

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """See `Backend.rows`."""
        return (await self._query(sql, values))[0]

    async def run(self, sql: str) -> str:
        """See `Backend.run`."""
        return (await self._query(sql, ()))[1]

    async def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """See `Backend.copy_in`."""
        async with _Turn(self):
            name = await self._begin(sql)
            await self._expect(b"E", messages.text(name) + bytes(4), b"G")
            try:
                await self._send_all(iter(chunks))
            except BaseException:
                # PostgreSQL waits for more: it must be told that none will come
                await self._expect_error(b"f", messages.text("the rows cannot be had"))
                raise
            answers = await self._expect(b"c", b"", b"C")
            await self._end(name)
            return int(messages.read_text(answers[-1][1])[0].split()[-1])

    async def copy_out(self, sql: str) -> AsyncIterator[bytes]:
        """See `Backend.copy_out`."""
        async with _Turn(self):
            name = await self._begin(sql)
            async for kind, body in self.step(b"E", messages.text(name) + bytes(4), b"C"):
                if kind == b"E":
                    raise error_of(body)
                if kind == b"d":
                    yield body
            await self._end(name)

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[Postgres]:
        """See `Backend.aside`."""
        beside = await self._beside()
        try:
            await beside.run("begin")
            yield beside
            await beside.run("commit")
        finally:
            beside.close()

    async def fail(self, sql: str, values: Sequence[str]) -> bytes:
        """Run a statement that fails, within the client's own sequence; give its error."""
        steps = ((b"P", messages.parse("", sql), b"1"), (b"B", messages.bind("", "", values), b"2"))
        for kind, body, ends in (*steps, (b"E", messages.text("") + bytes(4), b"C")):
            async for answer, content in self.step(kind, body, ends):
                if answer == b"E":
                    return content
        raise RuntimeError("a statement that was to fail did not")

    def close(self) -> None:
        """Hang up; what was not committed is undone."""
        self._writer.close()

    async def _query(self, sql: str, values: Sequence[object]) -> tuple[list[tuple[Any, ...]], str]:
        async with _Turn(self):
            name = self._name()
            written = [write_value(value) for value in values]
            _, _, described, answers, *_ = await self._all(
                (b"P", messages.parse(name, sql), b"1"),
                (b"B", messages.bind(name, name, written), b"2"),
                (b"D", b"P" + messages.text(name), b"Tn"),
                (b"E", messages.text(name) + bytes(4), b"CI"),
                *_closing(name),
            )
            types = [
                oid for kind, body in described if kind == b"T"
                for _, oid, _ in messages.described(body)
            ]  # fmt: skip
        rows = [
            tuple(
                read_value(oid, value) for oid, value in zip(types, messages.row(body), strict=True)
            )
            for kind, body in answers
            if kind == b"D"
        ]
        return rows, messages.read_text(answers[-1][1])[0] if answers[-1][0] == b"C" else ""

    async def _send_all(self, chunks: Iterator[bytes]) -> None:
        # making a chunk may mean to wait for S3, which other sessions need not
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            for start in range(0, len(chunk), _CHUNK):
                self._writer.write(messages.message(b"d", chunk[start : start + _CHUNK]))
                await self._writer.drain()

    async def _expect_error(self, kind: bytes, body: bytes) -> None:
        async for _ in self.step(kind, body, b"E"):
            pass

    async def _begin(self, sql: str) -> str:
        """Make a statement ready to run; the client's own may wait beside it, without a name."""
        name = self._name()
        await self._all(
            (b"P", messages.parse(name, sql), b"1"), (b"B", messages.bind(name, name, ()), b"2")
        )
        return name

    async def _end(self, name: str) -> None:
        await self._all(*_closing(name))

    async def _all(self, *steps: tuple[bytes, bytes, bytes]) -> list[list[tuple[bytes, bytes]]]:
        """Send messages at once, each in a step's words, and give the answers of each.

        It takes one wait where steps take one each. After a message that fails, PostgreSQL ignores
        all until the next Sync.
        """
        await self._send(*((kind, body) for kind, body, _ in steps))
        return [await _whole(self._answers(ends)) for _, _, ends in steps]

    async def _expect(self, kind: bytes, body: bytes, ends: bytes) -> list[tuple[bytes, bytes]]:
        return await _whole(self.step(kind, body, ends))

    async def _receive(self) -> tuple[bytes, bytes]:
        while True:
            kind, body = await messages.receive(self._reader)
            if kind not in _ASYNCHRONOUS:
                return kind, body
            self._sink(kind, body)

    def _name(self) -> str:
        return f"rs {next(self._names)}"


async def _whole(answers: AsyncIterator[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    found = [answer async for answer in answers]
    if found[-1][0] == b"E":
        raise error_of(found[-1][1])
    return found


def _closing(name: str) -> tuple[tuple[bytes, bytes, bytes], ...]:
    return tuple((b"C", kind + messages.text(name), b"3") for kind in (b"S", b"P"))


class _Turn:
    """A sequence of our own: ended by a Sync, unless it lies within one of the client's."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._ours = not postgres._amid  # noqa: SLF001 - a part of it

    async def __aenter__(self) -> None:
        if self._postgres.failed:
            raise RedshiftError("current transaction is aborted", "25P02")

    async def __aexit__(self, *_: object) -> None:
        if self._ours:
            await self._postgres.sync()
