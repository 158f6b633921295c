"""One client's session: its messages, statement by statement, in the order they came."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from deftunes_redshift.backend import Aws, RedshiftError, SessionState
from deftunes_redshift.dialect.plan import Plan
from deftunes_redshift.dialect.planner import plan, split
from deftunes_redshift.external import refresh
from deftunes_redshift.wire import messages
from deftunes_redshift.wire.answers import Answers
from deftunes_redshift.wire.faults import error_body, error_of
from deftunes_redshift.wire.postgres import Postgres

_STATEMENTS = itertools.count(1)  # of all sessions
LONGEST_STATEMENT = 16 << 20  # bytes
_REFUSE = "select rs_catalog.refuse($1, $2, $3, $4)"
_ABORTED = "25P02"
_STRAY = (b"d", b"c", b"f")  # of a COPY that is over: to be passed over
_ENDS = {b"B": b"2", b"C": b"3", b"D": b"Tn", b"E": b"CIs"}


@dataclass
class Prepared:
    """A statement that a client prepared.

    Attributes:
        statement: As it was written.
        types: The types of its parameters, as they came.
        plan: What became of it.
        names: How often names had been given another meaning when it was planned.
    """

    statement: str
    types: bytes
    plan: Plan
    names: int


@dataclass
class Definitions:
    """What names mean to the sessions of a warehouse.

    Attributes:
        changes: How often a statement, of any session, may have given one another meaning.
    """

    changes: int = 0


class Session:
    """Serves one client until it goes.

    Args:
        postgres: The session's connection.
        answers: What the client is told goes there.
        aws: Where S3 and Glue are.
        state: Who and where.
        definitions: What all sessions of the warehouse have in common.

    Attributes:
        work: The number of what it works at; None while it waits for its client. Messages up to
            a Sync that came together are one work.
    """

    def __init__(
        self,
        postgres: Postgres,
        answers: Answers,
        aws: Aws,
        state: SessionState,
        definitions: Definitions,
    ) -> None:
        self._postgres = postgres
        self._answers = answers
        self._aws = aws
        self._state = state
        self._definitions = definitions
        self._several = False
        self._works = itertools.count(1)
        self.work: int | None = None
        self._prepared: dict[str, Prepared] = {}
        self._portals: dict[str, Prepared] = {}

    async def serve(self, queue: asyncio.Queue[tuple[bytes, bytes] | None]) -> None:
        """Answer messages until the client says good-bye (`X`) or is gone (None)."""
        while True:
            if queue.empty():
                self.work = None
            item = await queue.get()
            if item is None or item[0] == b"X":
                return
            self.work = self.work or next(self._works)
            kind, body = item
            if kind in _STRAY:
                continue
            if kind == b"Q" and not self._postgres.failed:
                await self._simple(body)
            elif kind == b"S":
                await self._sync()
            elif kind == b"H":
                await self._answers.flush()
            elif not self._postgres.failed:
                await self._extended(kind, body)

    async def _simple(self, body: bytes) -> None:
        """Run a query string: one implicit transaction, however many statements."""
        try:
            statements = split(messages.read_text(body)[0])
        except RedshiftError as error:
            await self._refuse(error)
            statements = []
        else:
            if not statements:
                self._answers.tell(b"I", b"")
        self._several = len(statements) > 1
        for statement in statements:
            if not await self._run_simply(statement):
                break
        self._several = False
        await self._sync()

    async def _run_simply(self, statement: str) -> bool:
        try:
            ready = await self._plan(statement)
            steps: Sequence[tuple[bytes, bytes]] = (
                (b"P", messages.parse("", ready.sql)),
                (b"B", messages.bind("", "", ())),
                (b"D", b"P" + messages.text("")),
            )
            for kind, body in steps:
                ends = {b"P": b"1"}.get(kind) or _ENDS[kind]
                async for answer, content in self._postgres.step(kind, body, ends):
                    if answer in b"TE":
                        self._answers.tell(answer, content)
                if self._postgres.failed:
                    return False
            await self._execute(messages.text("") + bytes(4), ready)
        except RedshiftError as error:
            await self._refuse(error)
        return not self._postgres.failed

    async def _extended(self, kind: bytes, body: bytes) -> None:
        try:
            if kind == b"P":
                await self._parse(body)
            elif kind == b"B":
                await self._bind(body)
            elif kind == b"E":
                portal, _ = messages.read_text(body)
                prepared = self._portals.get(portal)
                await self._execute(body, prepared.plan if prepared else None)
            elif kind in _ENDS:
                await self._pass(kind, body)
            else:
                await self._refuse(
                    RedshiftError(f"invalid frontend message type {kind[0]}", "08P01")
                )
        except RedshiftError as error:
            await self._refuse(error)

    async def _parse(self, body: bytes) -> None:
        name, place = messages.read_text(body)
        text, place = messages.read_text(body, place)
        statements = split(text)
        if len(statements) > 1:
            raise RedshiftError(
                "cannot insert multiple commands into a prepared statement", "42601"
            )
        names = self._definitions.changes
        ready = await self._plan(statements[0]) if statements else Plan("")
        prepared = Prepared(statements[0] if statements else "", body[place:], ready, names)
        if await self._pass(b"P", messages.parse(name, ready.sql, prepared.types), b"1"):
            self._prepared[name] = prepared

    async def _bind(self, body: bytes) -> None:
        portal, place = messages.read_text(body)
        name, _ = messages.read_text(body, place)
        prepared = self._prepared.get(name)
        if prepared is not None and not await self._still_holds(prepared):
            names = self._definitions.changes
            ready = await self._plan(prepared.statement)
            if (ready.sql, ready.basis) != (prepared.plan.sql, prepared.plan.basis):
                await self._prepare_anew(name, prepared, ready)
            prepared.plan, prepared.names = ready, names
        if await self._pass(b"B", body) and prepared is not None:
            self._portals[portal] = prepared

    async def _still_holds(self, prepared: Prepared) -> bool:
        """A driver prepares once and runs for hours: what it reads may be another by now."""
        known = prepared.plan
        if known.lasting:
            return True
        if known.handler or prepared.names != self._definitions.changes:
            return False
        return await refresh(known.reads, self._postgres, self._aws) == known.basis

    async def _prepare_anew(self, name: str, prepared: Prepared, ready: Plan) -> None:
        close, parse = b"S" + messages.text(name), messages.parse(name, ready.sql, prepared.types)
        for kind, body, ends in ((b"C", close, b"3"), (b"P", parse, b"1")):
            async for answer, content in self._postgres.step(kind, body, ends):
                if answer == b"E":
                    raise error_of(content)

    async def _pass(self, kind: bytes, body: bytes, ends: bytes = b"") -> bool:
        async for answer, content in self._postgres.step(kind, body, ends or _ENDS[kind]):
            self._answers.tell(answer, content)
        return not self._postgres.failed

    async def _execute(self, body: bytes, ready: Plan | None) -> None:
        """Run a portal; names may mean something else from the moment it begins or ends."""
        changes = ready is not None and ready.defines
        self._definitions.changes += changes
        try:
            await self._run(body, ready)
        finally:
            self._definitions.changes += changes

    async def _run(self, body: bytes, ready: Plan | None) -> None:
        """Run a portal; a handler does its work first, and its tag is told for it."""
        if ready is not None and ready.handler is not None:
            outcome = await ready.handler(self._postgres, self._aws, self._state)
            for sentence in outcome.notices:
                self._answers.notice(sentence)
            self._answers.tell(b"C", messages.text(outcome.tag))
            return
        async for answer, content in self._postgres.step(b"E", body, _ENDS[b"E"]):
            if answer in b"GH":
                raise ConnectionError("a COPY with the client, which Redshift does not know")
            self._answers.tell(answer, content)
            await self._answers.keep_up()

    async def _plan(self, statement: str) -> Plan:
        self._state.last_statement = self._state.statement
        self._state.statement = next(_STATEMENTS)
        self._state.in_block = self._several or self._postgres.in_block
        if len(statement) > LONGEST_STATEMENT:
            size = len(statement.encode())
            raise RedshiftError(
                f"Statement is too large. Statement Size: {size} bytes. "
                f"Maximum Allowed: {LONGEST_STATEMENT} bytes",
                "54000",
            )
        try:
            return await plan(statement, self._postgres, self._aws, self._state)
        except RecursionError as error:
            raise RedshiftError("stack depth limit exceeded", "54001") from error

    async def _refuse(self, error: RedshiftError) -> None:
        """Tell an error, and let PostgreSQL fail as well: an open transaction is aborted by it."""
        if not self._postgres.failed:
            told = (error.sqlstate, error.message, error.detail, error.hint)
            body = await self._postgres.fail(_REFUSE, told)
            if messages.fields_of(body)["C"] == _ABORTED:
                self._answers.tell(b"E", body)  # it was aborted before
                return
        self._answers.tell_fields(b"E", error_body(error))

    async def _sync(self) -> None:
        self._answers.ready(await self._postgres.sync())
        self.work = None
        self._portals.clear()
        await self._answers.flush()
