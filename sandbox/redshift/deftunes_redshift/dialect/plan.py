"""What becomes of a statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState

Handler = Callable[[Backend, Aws, SessionState], Awaitable[Outcome]]


@dataclass(frozen=True)
class Plan:
    """What PostgreSQL runs for a statement.

    Attributes:
        sql: The statement in PostgreSQL's words; empty when a handler does it all.
        handler: What does what PostgreSQL cannot.
        reads: Relations that it reads and that may be others at the next execution.
        tag: The tag that the client is told; empty: PostgreSQL's.
    """

    sql: str
    handler: Handler | None = None
    reads: tuple[str, ...] = ()
    tag: str = ""
