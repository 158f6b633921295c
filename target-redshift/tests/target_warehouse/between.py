"""What stands between a load and the warehouse, and does to one of its statements what worlds do.

Statements are told by how they begin; messages are those of PostgreSQL's extended protocol, as
redshift_connector sends them: Parse, Describe, Sync; then Bind, Execute, Sync.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from .warehouses import Warehouse

Deed = Literal["cut before", "cut after", "refuse", "hang"]


@dataclass
class Strike:
    """What happens to a statement.

    Attributes:
        statement: How it begins.
        deed: The connection is cut before the warehouse gets it, or after it has done it and
            before the answer; or it is refused by these fields; or never answered.
        fields: Of the refusal: `C` the code, `M` the message, `D` the detail.
        times: How often.
        meanwhile: What else happens, just before.
        happened: How often it has.
    """

    statement: str
    deed: Deed | None = None
    fields: dict[str, str] = field(default_factory=dict)
    times: int = 1
    meanwhile: Callable[[], object] = lambda: None
    happened: int = 0

    def is_due(self, statement: str) -> bool:
        """Whether it happens to this statement, which is counted."""
        if self.happened >= self.times or not statement.startswith(self.statement):
            return False
        self.happened += 1
        return True


@contextlib.contextmanager
def between(warehouse: Warehouse, *strikes: Strike) -> Iterator[int]:
    """Stand between; the port to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, warehouse, strikes), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, warehouse: Warehouse, strikes: tuple[Strike, ...]) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            upstream = socket.create_connection((warehouse.address.host, warehouse.address.port))
            for side in (client, upstream):
                # small messages are passed on at once: their answers are waited for
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = _Pair(client, upstream, strikes)
            threading.Thread(target=pair.forward, daemon=True).start()
            threading.Thread(target=pair.back, daemon=True).start()


@dataclass
class _Pair:
    """One connection, from both sides."""

    client: socket.socket
    upstream: socket.socket
    strikes: tuple[Strike, ...]
    silent: bool = False
    answered: threading.Event = field(default_factory=threading.Event)

    def forward(self) -> None:
        """Pass on what the client says, until something happens to it."""
        try:
            self._forward()
        except (OSError, EOFError):
            pass  # one of the two has gone
        finally:
            for side in (self.client, self.upstream):
                with contextlib.suppress(OSError):
                    # not closed alone: the other thread reads, which keeps it open
                    side.shutdown(socket.SHUT_RDWR)
                side.close()

    def _forward(self) -> None:
        self.upstream.sendall(_exactly(self.client, 4, with_rest=True))
        while True:
            kind, message = _message(self.client)
            strike = self._strike(message) if kind == b"P" else None
            if strike is None or strike.deed is None:
                self.upstream.sendall(message)
            elif strike.deed == "refuse":
                self._refuse(strike)
            else:
                self._end(strike, message)
                return

    def _strike(self, message: bytes) -> Strike | None:
        statement = message[5:].split(b"\0")[1].decode()
        strike = next((each for each in self.strikes if each.is_due(statement)), None)
        if strike is not None:
            strike.meanwhile()
        return strike

    def back(self) -> None:
        """Pass on what the warehouse answers."""
        with contextlib.suppress(OSError, EOFError):
            while True:
                kind, message = _message(self.upstream)
                silent = self.silent
                if kind == b"Z":
                    # before the client has it: what it says then is not answered yet
                    self.answered.set()
                if not silent:
                    self.client.sendall(message)

    def _refuse(self, strike: Strike) -> None:
        while _message(self.client)[0] != b"S":
            pass
        fields = {"S": "ERROR", **strike.fields}
        body = b"".join(f"{name}{text}".encode() + b"\0" for name, text in fields.items()) + b"\0"
        self.client.sendall(_framed(b"E", body) + _framed(b"Z", b"E"))

    def _end(self, strike: Strike, message: bytes) -> None:
        """Cut the connection, or say no more until the client goes."""
        if strike.deed == "cut after":
            self._let_through(message)
            self.silent = True
            self._let_through(b"")
        elif strike.deed == "hang":
            while self.client.recv(65_536):
                pass

    def _let_through(self, message: bytes) -> None:
        """Send a message, and those up to the next Sync; wait until they are answered."""
        self.answered.clear()
        self.upstream.sendall(message)
        kind = b""
        while kind != b"S":
            kind, message = _message(self.client)
            self.upstream.sendall(message)
        assert self.answered.wait(60)


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    kind = _exactly(source, 1)
    return kind, kind + _exactly(source, 4, with_rest=True)


def _exactly(source: socket.socket, size: int, *, with_rest: bool = False) -> bytes:
    """So many bytes; those are the length of a message, whose rest is wanted too."""
    read = bytearray()
    while len(read) < size:
        some = source.recv(size - len(read))
        if not some:
            raise EOFError
        read += some
    if with_rest:
        read += _exactly(source, struct.unpack("!I", read)[0] - 4)
    return bytes(read)


def _framed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body
