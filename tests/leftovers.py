"""Which processes belong to a project's folder, found by what the kernel knows of them."""

from __future__ import annotations

import os
import time
from pathlib import Path

SECONDS = 10.0


def processes_of(folder: Path, mark: str) -> dict[int, str]:
    """Command lines by pid: whatever runs in or from a folder, or has a mark in its environment.

    A mark alone would miss PostgreSQL, which writes over its environment.
    """
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
            places = [(entry / name).readlink() for name in ("exe", "cwd")]
        except OSError:
            continue  # it ended, or is not ours
        ours = mark.encode() in environment or os.fsencode(folder) in words
        if ours or any(place.is_relative_to(folder) for place in places):
            found[int(entry.name)] = os.fsdecode(words).replace("\0", " ")
    return found


def assert_none_left(folder: Path, mark: str) -> None:
    """Wait for what was told to end; fail if something stays."""
    deadline = time.monotonic() + SECONDS
    while (left := processes_of(folder, mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left
