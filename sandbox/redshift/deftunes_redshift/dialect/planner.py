"""From a statement in Redshift's words to what PostgreSQL runs."""

from __future__ import annotations

from deftunes_redshift.backend import Aws, Backend, SessionState
from deftunes_redshift.dialect.plan import Plan


def split(text: str) -> list[str]:
    return [text]


async def plan(statement: str, backend: Backend, aws: Aws, session: SessionState) -> Plan:
    del backend, aws, session
    return Plan(statement)
