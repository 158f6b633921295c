"""A file that one process at a time holds; the lock ends with whoever holds it, even killed."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def held(file: Path, tell_waiting: Callable[[], None]) -> Iterator[TextIO]:
    """Hold a lock file, once nobody else does.

    Args:
        file: It is made, if need be, and its folder.
        tell_waiting: Called when somebody else holds it, before the wait.

    Yields:
        The file, open at its beginning. A child that inherits it holds the lock as well.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    with file.open("r+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell_waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
