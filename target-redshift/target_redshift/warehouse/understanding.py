"""What the driver raises, understood: a conflict, a broken connection, a refusal."""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator
from typing import Any

from columnar_target.errors import StorageError

_CONFLICTS = ("40001", "40P01")
_CONFLICT_NUMBERS = ("1018", "1023")
"""Numbers that Redshift says for a message: a table came or changed beside the transaction."""

_CONFLICT_WORDS = (
    "Serializable isolation violation",
    "deadlock detected",
    "could not open relation with OID",
    "conflict with concurrent transaction",
)
_MADE_TWICE = ("23505", "42P06", "42P07")
"""`create … if not exists` of two at once: one of them is told that it is there."""

_LOST = ("57P01", "57P02", "57P03", "08000", "08003", "08006")
_OF_VALUES = "22"
"""The class of faults whose words quote values."""

_LONGEST_CONTEXT = 300


class ConflictError(Exception):
    """Another transaction was in the way; the same once more may succeed."""


class LostError(Exception):
    """The connection broke: what became of the statement under way is not known.

    Attributes:
        at_commit: Whether that statement was the commit.
    """

    def __init__(self, words: str, *, at_commit: bool = False) -> None:
        super().__init__(words)
        self.at_commit = at_commit


class RefusedError(StorageError):
    """The warehouse refused a statement, or to be logged in to.

    Attributes:
        code: Its SQLSTATE; empty if nobody is logged in.
    """

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


@contextlib.contextmanager
def understood(doing: str, where: str) -> Iterator[None]:
    """Tell apart what may become of a statement.

    Args:
        doing: What it does, for messages.
        where: The warehouse, for messages.

    Raises:
        ConflictError: Another transaction was in the way.
        LostError: The connection broke.
        RefusedError: The warehouse refused it.
    """
    # loaded by then; not before the first statement
    from redshift_connector import Error, InterfaceError, OperationalError  # noqa: PLC0415

    try:
        yield
    except Error as fault:
        said = _said(fault)
        code, words = said.get("C", ""), said.get("M", "") or _words(fault)
        if _is_conflict(code, words, said.get("D", "")):
            raise ConflictError(first_line(f"{words} {said.get('D', '')}")) from fault
        if code in _LOST or (not code and isinstance(fault, (InterfaceError, OperationalError))):
            raise LostError(first_line(words)) from fault
        told = _without_values(code, first_line(words), said.get("D", ""))
        raise RefusedError(
            f"Could not {doing} in {where} ({told}). Nothing of this load is there, and no state "
            "is written: mend that, and run again.",
            code,
        ) from fault
    except _CUT_OFF as fault:
        raise LostError(_words(fault)) from fault


@contextlib.contextmanager
def logging_in(where: str) -> Iterator[None]:
    """Say what kept us from logging in.

    Args:
        where: The warehouse, for messages.

    Raises:
        RefusedError: In place of what the driver raises.
    """
    from redshift_connector import Error  # noqa: PLC0415

    try:
        yield
    except (Error, *_CUT_OFF) as fault:
        words = _said(fault).get("M", "") or _words(fault)
        raise RefusedError(
            f"Could not log in to {where} ({first_line(words)}): see that host, port, database and "
            "login are right, that the warehouse is not paused, and that the network lets you "
            "through. Nothing is loaded, and no state is written."
        ) from fault


_CUT_OFF = (OSError, EOFError, struct.error, LookupError)
"""What the driver raises amid an answer that ends, or that no warehouse gives."""


def first_line(words: str) -> str:
    """The first line of what was said, without its full stop."""
    return next(iter(words.strip().splitlines()), "no reason given").strip().rstrip(".")


def without_texts(words: str) -> str:
    """What was said of a value, without the value."""
    # up to the last mark: a value may hold one itself
    return re.sub(r"'.*'|\".*\"", "'…'", words)


def _said(fault: BaseException) -> dict[str, Any]:
    """The fields of the warehouse's own message, if it is one."""
    return fault.args[0] if fault.args and isinstance(fault.args[0], dict) else {}


def _words(fault: BaseException) -> str:
    if isinstance(fault, (struct.error, LookupError)):
        return "the answer breaks off, or is none of a warehouse"
    parts = [
        _words(part) if isinstance(part, BaseException) else str(part)
        for part in fault.args
        if not isinstance(part, int)  # an error's number
    ]
    return first_line(": ".join(parts) or type(fault).__name__)


def _is_conflict(code: str, words: str, detail: str) -> bool:
    return (
        code in (*_CONFLICTS, *_MADE_TWICE)
        or words.strip() in _CONFLICT_NUMBERS
        or any(sign in words or sign in detail for sign in _CONFLICT_WORDS)
    )


def _without_values(code: str, words: str, detail: str) -> str:
    if code.startswith(_OF_VALUES):
        return f"a value does not fit, SQLSTATE {code}"
    # of a COPY, the engine says there what a scan of its files met
    context = re.search(r"^\s*context:\s*(.+)$", detail, re.MULTILINE)
    return f"{words}: {without_texts(context[1])[:_LONGEST_CONTEXT].strip()}" if context else words
