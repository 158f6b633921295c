"""A folder for files under way, which outlives neither its load nor a killed one for long."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

_LOCK = "lock"
_IN_USE = (NotADirectoryError, BlockingIOError)


class Scratch:
    """A folder of this load's own.

    It is removed with the object, by `close`, or at the end of the process. What a killed load
    left is removed by the next one: its lock went with it.

    Args:
        parent: Where it is made, beside those of other loads.
        name: What its name begins with.
    """

    def __init__(self, parent: Path, name: str) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(parent):
            for left in parent.iterdir():
                with contextlib.suppress(*_IN_USE), _left(left):
                    shutil.rmtree(left, ignore_errors=True)
            self.path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
            lock = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX)
        self._remove = weakref.finalize(self, _discard, self.path, lock)

    def close(self) -> None:
        """Remove the folder."""
        self._remove()


def left_behind(parent: Path) -> list[Path]:
    """The folders of loads that are gone, which the next `Scratch` removes."""
    found: list[Path] = []
    if parent.is_dir():
        with _alone_in(parent):
            for folder in sorted(parent.iterdir()):
                with contextlib.suppress(*_IN_USE), _left(folder):
                    found.append(folder)
    return found


def _discard(folder: Path, lock: int) -> None:
    # a signal has told what it stops; at the end of the process nothing is left to be stopped
    with contextlib.suppress(SystemExit):
        shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


@contextlib.contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """One load at a time makes its folder, or looks which ones are left behind."""
    held = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


@contextlib.contextmanager
def _left(folder: Path) -> Iterator[Path]:
    """Hold a folder whose load is gone; nobody makes one meanwhile.

    Raises:
        BlockingIOError: Its load is at work.
        NotADirectoryError: It is no folder.
    """
    try:
        lock = (folder / _LOCK).open("r+")
    except FileNotFoundError:  # killed while it made its folder, or while it removed it
        yield folder
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
