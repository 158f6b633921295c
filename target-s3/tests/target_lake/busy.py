"""What other processes do to a lake while it is maintained: `python -m target_lake.busy`.

    busy beside LAKE    load songs, maintain and read the lake in six processes at once
    busy killed LAKE    kill maintenance before and after each of its writes

The lake holds songs 1, 2 and 3, one file and one snapshot each. This process imports everything
and does nothing itself but fork: so its children start at once, and no thread is forked.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from columnar_target.errors import ConcurrentWriteError
from columnar_target.storage.storage import Storage
from target_s3.iceberg.local_catalog import LocalCatalog

from .lakes import Lake
from .upkeep import DAY, HOUR, data_files, files_of, grow_older, load_songs, maintain, songs

FIRST = [1, 2, 3]
LOADED = [100, 101, 102, 200, 201, 202]


def beside(lake: Lake) -> None:
    """Two loads, two runs of maintenance and a reader until the loads are done."""
    others = [fork(work) for work in (keep_maintaining, keep_maintaining, keep_reading)]
    while not (lake.folder / "seen").exists():
        time.sleep(0.01)
    loads = [fork(load, LOADED[:3]), fork(load, LOADED[3:])]
    assert [ended(process) for process in loads] == [0, 0]
    (lake.folder / "done").touch()
    assert [ended(process) for process in others] == [0, 0, 0]


def load(lake: Lake, numbers: list[int]) -> None:
    """One load for each song."""
    for number in numbers:
        try:
            load_songs(lake, number)
        except ConcurrentWriteError:  # its sentence says: run again
            load_songs(lake, number)


def keep_maintaining(lake: Lake) -> None:
    while not (lake.folder / "done").exists():
        maintain(lake, older_than=0 * HOUR)


def keep_reading(lake: Lake) -> None:
    """Read what was there at first, and what is there now, which only grows."""
    table = lake.table("songs")
    known = lake.rows("songs")
    (lake.folder / "seen").touch()
    while not (lake.folder / "done").exists():
        first = table.scan(selected_fields=("id",)).to_arrow()
        assert sorted(first["id"].to_pylist()) == FIRST
        rows = lake.rows("songs")
        assert [row for row in known if row not in rows] == []
        known = rows


def killed(lake: Lake) -> None:
    """Maintain copies of a lake, each killed a write later than the one before."""
    original = lake.folder.with_name("original")
    lake.folder.rename(original)
    for at in itertools.count(1):
        shutil.copytree(original, lake.folder)
        status = ended(fork(_maintain_until, at))
        # to bring it to its end takes longer than to look at it
        assert ended(fork(_complete if at % 5 == 0 or status == 0 else _read)) == 0
        if status == 0:
            sys.stdout.write(f"{at - 1}\n")
            return
        assert status == -signal.SIGKILL
        shutil.rmtree(lake.folder)


def _maintain_until(lake: Lake, at: int) -> None:
    writes = itertools.count(1)

    def kill() -> None:
        if next(writes) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, name in (
        (Storage, "put"),
        (Storage, "remove"),
        (LocalCatalog, "_write_metadata"),
        (LocalCatalog, "commit_table"),
    ):
        setattr(owner, name, _watched(getattr(owner, name), kill))
    maintain(lake)


def _watched(real: Callable[..., Any], happens: Callable[[], None]) -> Callable[..., Any]:
    def watched(*args: Any, **kwargs: Any) -> Any:
        happens()
        result = real(*args, **kwargs)
        happens()
        return result

    # the catalog calls one of them without an instance
    return staticmethod(watched) if real.__name__ == "_write_metadata" else watched


def _read(lake: Lake) -> None:
    assert lake.rows("songs") == songs(*FIRST)


def _complete(lake: Lake) -> None:
    """Later maintenance brings the table to where it would have been."""
    for _ in range(2):
        maintain(lake)
        grow_older(lake, 2 * DAY)
    maintain(lake)
    assert lake.rows("songs") == songs(*FIRST)
    assert len(lake.snapshots("songs")) == 1
    assert files_of(lake, "tables/songs/data") == data_files(lake.table("songs"))
    assert len(data_files(lake.table("songs"))) == 1
    assert files_of(lake, "_staging") == []


def fork(act: Callable[..., None], *arguments: Any) -> int:
    """Have something done to the lake by a process of its own; returns its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        act(Lake(Path(sys.argv[2])), *arguments)
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        os._exit(status)


def ended(child: int) -> int:
    """Wait for a process; returns its status, negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    {"beside": beside, "killed": killed}[sys.argv[1]](Lake(Path(sys.argv[2])))
