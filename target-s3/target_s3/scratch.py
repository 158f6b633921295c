"""A folder for files under way, which outlives neither its load nor a killed one for long."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from target_s3.storage import Storage

_LOCK = "lock"


class Scratch:
    """A folder of this load's own: beside the lake's files if local, so that a move is free.

    It is removed with the object, by `close`, or at the end of the process. What a killed load
    left is removed by the next one: its lock went with it.
    """

    def __init__(self, storage: Storage, name: str) -> None:
        parent = _parent(storage)
        parent.mkdir(parents=True, exist_ok=True)
        for left in parent.iterdir():
            _remove_if_left(left)
        self.path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
        lock = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._remove = weakref.finalize(self, _discard, self.path, lock)

    def close(self) -> None:
        """Remove the folder."""
        self._remove()


def _discard(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def _parent(storage: Storage) -> Path:
    if storage.is_local:
        return Path(storage.path_of(storage.lake_url)) / "_staging"
    return Path(tempfile.gettempdir()) / f"target-s3-{os.getuid()}"


def _remove_if_left(folder: Path) -> None:
    """Remove a folder whose load is gone; one that is just being made has no lock file yet."""
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except (FileNotFoundError, NotADirectoryError, BlockingIOError):
        return
