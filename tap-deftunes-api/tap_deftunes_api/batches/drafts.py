"""Files that are being written: hidden until they are whole, and removed if their writer dies."""

from __future__ import annotations

import fcntl
import glob
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

_OLD_SECONDS = 60
"""By then, who made a draft has locked it."""


@contextmanager
def shown_when_whole(path: Path) -> Iterator[Any]:
    """A file to write to that appears at a path when the block ends well, and else is gone.

    Its writer holds a lock on it, which ends with the process however that ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as owned:
            fcntl.flock(owned, fcntl.LOCK_EX)
            with pa.OSFile(str(draft), "wb") as sink:
                yield sink
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def remove_abandoned(path: Path) -> None:
    """Remove drafts of files whose names begin like a path, where nobody writes them any more.

    Args:
        path: Folder, and beginning of a file's name.
    """
    old = time.time() - _OLD_SECONDS
    for draft in path.parent.glob(f".{glob.escape(path.name)}*.part"):
        # it may be finished, locked by its writer, or another user's
        with suppress(OSError), draft.open("rb") as abandoned:
            fcntl.flock(abandoned, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if draft.stat().st_mtime < old:
                draft.unlink()
