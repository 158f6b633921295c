"""How a file gets to its place: it appears there whole, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs

WHOLE_BYTES = 512 * 1024 * 1024
"""Up to here S3 shows all of a file or nothing; it is the larger of what lands at once.

What is being sent stays in memory, so a larger one, which can only be a data file that nothing
refers to yet, is sent piece by piece: whoever cuts that off leaves a part of it to maintenance.
"""

_PIECE = 64 * 1024 * 1024


def move(local: Path, target: Path, *, new: bool) -> bool:
    """Move a file on this machine.

    Args:
        local: The file; it is gone afterwards.
        target: Where it goes; its folder is made.
        new: Whether it must not replace another.

    Returns:
        False, and nothing has changed, if it must be new and there is one already.

    Raises:
        OSError: It cannot be done.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _move_here(local, target, new=new)
    except FileExistsError:
        if not new:
            raise
        return False
    except OSError as fault:
        if fault.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            shutil.copyfile(local, beside)
            return move(beside, target, new=new)
        finally:
            beside.unlink(missing_ok=True)
            if target.exists():
                local.unlink(missing_ok=True)
    return True


def _move_here(local: Path, target: Path, *, new: bool) -> None:
    """Move a file within one disk; of two that want to be new there, one is."""
    if new:
        target.hardlink_to(local)
        local.unlink()
    else:
        local.replace(target)


def upload(filesystem: pafs.FileSystem, local: Path, path: str) -> None:
    """Copy a file to S3.

    Arrow completes an upload when its stream is closed, whatever happened to it before, unless a
    part of it failed in the background. So the whole file is handed over in one call: an exception
    that passes through here, a signal's say, then finds no piece sent without the others.

    Args:
        filesystem: S3, writing in the background.
        local: The file.
        path: The object's bucket and key.

    Raises:
        OSError: It cannot be done.
    """
    with pa.memory_map(str(local)) as source:
        if source.size() <= WHOLE_BYTES:
            content = source.read_buffer()
            with filesystem.open_output_stream(path, compression=None) as sink:
                sink.write(content)
            return
        with filesystem.open_output_stream(path, compression=None) as sink:
            while piece := source.read_buffer(_PIECE):
                sink.write(piece)
                sink.flush()
