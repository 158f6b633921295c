"""One session of the warehouse: statements one after the other, transactions around them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from columnar_target.errors import TargetError
from target_redshift.warehouse.understanding import (
    ConflictError,
    LostError,
    logging_in,
    understood,
)


class Session:
    """Runs statements; all of them go through `run`.

    Args:
        connect: Opens a connection.
        where: The warehouse, for messages.
    """

    def __init__(self, connect: Callable[[], Any], where: str) -> None:
        self._connect = connect
        self._where = where
        self._connection: Any = None

    def run(self, statement: str, doing: str) -> list[tuple[Any, ...]]:
        """Run one statement.

        Args:
            statement: Its SQL.
            doing: What it does, for messages, such as `copy into table orders`.

        Returns:
            The rows it gives, if any.

        Raises:
            ConflictError: Another transaction was in the way.
            LostError: The connection broke.
            RefusedError: The warehouse refused it.
        """
        connection = self._opened()
        with understood(doing, self._where):
            cursor = connection.cursor()
            # no mark in a statement stands for a value: names and texts may hold any letter
            cursor.paramstyle = "qmark"
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else ()
            return [tuple(row) for row in rows]

    def count(self, relation: str, doing: str) -> int:
        """How many rows a relation has."""
        return int(self.run(f"select count(*) from {relation}", doing)[0][0])

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A block of statements that take place together, or not at all.

        Raises:
            LostError: The connection broke; at the commit, nobody knows what became of it.
        """
        self.run("begin", "begin a transaction")
        try:
            yield
        except Exception:
            self._give_up()
            raise
        except BaseException:
            # told to stop: what is under way is not waited for
            self.close()
            raise
        try:
            self.run("commit", "commit")
        except LostError as fault:
            raise LostError(str(fault), at_commit=True) from fault

    def close(self) -> None:
        """Hang up; a statement that comes later opens another connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _give_up(self) -> None:
        """Undo what is not committed, if the connection still says anything."""
        if self._connection is not None:
            with contextlib.suppress(ConflictError, LostError, TargetError):
                self.run("rollback", "roll back")

    def _opened(self) -> Any:
        if self._connection is None:
            with logging_in(self._where):
                self._connection = self._connect()
        return self._connection
