"""What becomes of a statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from deftunes_redshift.backend import Aws, Backend, Outcome, SessionState
from deftunes_redshift.dialect.names import Name

Handler = Callable[[Backend, Aws, SessionState], Awaitable[Outcome]]


@dataclass(frozen=True)
class Plan:
    """What PostgreSQL runs for a statement.

    Attributes:
        sql: The statement in PostgreSQL's words; empty when a handler does it all.
        handler: What does what PostgreSQL cannot.
        lasting: Whether it is the same at every execution: it reads nothing that may change.
        basis: Tells the external tables that it reads from what they were before.
        reads: The relations that it reads, also through views.
        defines: Whether a name may mean something else once it has run.
    """

    sql: str
    handler: Handler | None = None
    lasting: bool = True
    basis: str = ""
    reads: Sequence[Name] = ()
    defines: bool = True
