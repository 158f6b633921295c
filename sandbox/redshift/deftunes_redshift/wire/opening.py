"""How a session begins: start-up parameters and authentication; or the wish to cancel another's."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from functools import partial

from deftunes_redshift.backend import SessionState
from deftunes_redshift.errors import RedshiftError
from deftunes_redshift.settings import PASSWORD, USER
from deftunes_redshift.wire import messages
from deftunes_redshift.wire.answers import Answers
from deftunes_redshift.wire.faults import error_body, error_of
from deftunes_redshift.wire.postgres import Postgres
from deftunes_sandbox.ports import HOST

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

PASSED_ON = ("user", "database", "application_name", "client_encoding")
"""The start-up parameters that PostgreSQL is told; Redshift's drivers send many more."""

_AUTHENTICATED = 0
_WAITS_FOR_CLIENT = (3, 5, 10, 11)  # password, MD5, SASL and its continuation


@dataclass(frozen=True)
class Opened:
    """A session that is authenticated and ready; with its key another client may cancel it."""

    postgres: Postgres
    answers: Answers
    state: SessionState
    key: bytes


@dataclass(frozen=True)
class Cancel:
    """The wish to cancel what another session does; its key says which."""

    key: bytes


async def open_session(client: Streams, port: int) -> Opened | Cancel | None:
    """Open a session, unless the client came to cancel another's statement.

    Args:
        client: The client's streams.
        port: Where PostgreSQL listens.

    Returns:
        The session or what to cancel; None if it is neither, and the connection can be closed.
    """
    reader, writer = client
    while True:
        code, body = await messages.receive_startup(reader)
        if code not in (messages.SSL_REQUEST, messages.GSS_REQUEST):
            break
        writer.write(b"N")
    if code == messages.CANCEL_REQUEST:
        return Cancel(body)
    if code != messages.PROTOCOL:
        error = RedshiftError(f"unsupported frontend protocol {code >> 16}", "0A000")
        writer.write(messages.message(b"E", error_body(error)))
        await writer.drain()
        return None
    words = [word.decode() for word in body.split(b"\0")]
    given = dict(zip(words[::2], words[1::2], strict=False))
    passed = {name: given[name] for name in PASSED_ON if given.get(name)}
    postgres = await asyncio.open_connection(HOST, port)
    try:
        opened = await _authenticate(client, postgres, passed, port)
    except BaseException:
        postgres[1].close()
        raise
    if opened is None:
        postgres[1].close()
    return opened


async def _authenticate(
    client: Streams, postgres: Streams, parameters: dict[str, str], port: int
) -> Opened | None:
    """Let PostgreSQL and the client settle who it is; both speak for themselves."""
    answers = Answers(client[1])
    state = SessionState(parameters.get("user", ""), parameters.get("database", ""))
    postgres[1].write(messages.startup(parameters))
    key = b""
    while True:
        kind, body = await messages.receive(postgres[0])
        answers.tell(kind, body)
        if kind == b"E":
            await answers.flush()
            return None
        if kind == b"K":
            key, state.process = body, struct.unpack_from("!I", body)[0]
        if kind == b"R" and struct.unpack_from("!I", body)[0] in _WAITS_FOR_CLIENT:
            await answers.flush()
            reply, content = await messages.receive(client[0])
            postgres[1].write(messages.message(reply, content))
        if kind == b"Z":
            await answers.flush()
            state.database = state.database or state.user
            beside = partial(connect_as_owner, port, state.database)
            return Opened(Postgres(postgres, answers.tell, beside), answers, state, key)


async def connect_as_owner(port: int, database: str) -> Postgres:
    """Open a connection of our own, beside a session's.

    Args:
        port: Where PostgreSQL listens.
        database: The database.

    Raises:
        RedshiftError: If PostgreSQL takes no more connections.
    """
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(messages.startup({"user": USER, "database": database}))
    while True:
        kind, body = await messages.receive(reader)
        if kind == b"E":
            writer.close()
            raise error_of(body)
        if kind == b"R" and struct.unpack_from("!I", body)[0] in _WAITS_FOR_CLIENT:
            writer.write(messages.message(b"p", messages.text(PASSWORD)))
        if kind == b"Z":
            beside = partial(connect_as_owner, port, database)
            return Postgres((reader, writer), lambda _kind, _body: None, beside)
