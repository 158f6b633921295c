"""One session of the warehouse: statements one after the other, and faults in a sentence each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from columnar_target.errors import StorageError, TargetError

_CONFLICTS = ("40001", "40P01")
_CONFLICT_WORDS = ("1023", "Serializable isolation violation", "deadlock detected")
_LOST = ("57P01", "57P02", "57P03", "08000", "08003", "08006")
_OF_VALUES = "22"
"""The class of faults whose words quote values."""

_LOG_IN = ("28000", "28P01")


class ConflictError(Exception):
    """Another transaction was in the way; the same once more may succeed."""


class LostError(Exception):
    """The connection broke: what became of the statement under way is not known."""


class RefusedError(StorageError):
    """The warehouse refused a statement.

    Attributes:
        code: Its SQLSTATE.
    """

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


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
        with self._told(doing):
            cursor = self._opened().cursor()
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
            LostError: The connection broke; if at the commit, nobody knows what became of it.
        """
        self.run("begin", "begin a transaction")
        try:
            yield
        except BaseException:
            self.give_up()
            raise
        self.run("commit", "commit")

    def give_up(self) -> None:
        """Undo what is not committed, if the connection still says anything."""
        with contextlib.suppress(ConflictError, LostError, TargetError):
            if self._connection is not None:
                self.run("rollback", "roll back")

    def reopen(self) -> None:
        """Begin anew with another connection."""
        self.close()

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _opened(self) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    @contextlib.contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        # loaded by then; not before the first statement
        from redshift_connector import Error, InterfaceError, OperationalError  # noqa: PLC0415

        try:
            yield
        except Error as fault:
            said = fault.args[0] if fault.args and isinstance(fault.args[0], dict) else {}
            code, words = str(said.get("C", "")), str(said.get("M", "") or fault)
            if code in _CONFLICTS or any(word in words for word in _CONFLICT_WORDS):
                raise ConflictError(words) from fault
            if code in _LOG_IN or self._connection is None:
                raise RefusedError(_not_in(self._where, words), code) from fault
            if code in _LOST or (
                not code and isinstance(fault, (InterfaceError, OperationalError))
            ):
                raise LostError(words) from fault
            raise RefusedError(_refused(doing, self._where, code, words), code) from fault
        except (OSError, EOFError) as fault:
            if self._connection is None:
                raise RefusedError(_not_in(self._where, _short(fault)), "") from fault
            raise LostError(_short(fault)) from fault


def _not_in(where: str, words: str) -> str:
    return (
        f"Could not log in to {where} ({_first(words)}): see that host, port, database and login "
        "are right and that the network lets you through. Nothing is loaded, and no state is "
        "written."
    )


def _refused(doing: str, where: str, code: str, words: str) -> str:
    said = f"a value does not fit, SQLSTATE {code}" if code.startswith(_OF_VALUES) else words
    return (
        f"Could not {doing} in {where} ({_first(said)}). Nothing of this load is there, and no "
        "state is written: mend that, and run again."
    )


def _first(words: str) -> str:
    return next(iter(words.strip().splitlines()), "no reason given").strip().rstrip(".")


def _short(fault: BaseException) -> str:
    return _first(str(fault) or type(fault).__name__)
