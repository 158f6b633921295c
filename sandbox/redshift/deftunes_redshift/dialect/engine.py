"""What the dialect asks of PostgreSQL, beyond what a handler does."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from deftunes_redshift.backend import Backend


class Engine(Backend, Protocol):
    """A `Backend` that also tells what a query would give."""

    async def describe(self, sql: str) -> list[tuple[str, int, int]]:
        """Tell the columns of a query without running it: name, type and type modifier."""
        ...

    def aside(self) -> AbstractAsyncContextManager[Engine]:
        """See `Backend.aside`."""
        ...
