"""What a machine must have before anything is made, and the sentence when it has not."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 10), (3, 13)
"""The Pythons that the lock is made for."""
NEEDED_BYTES = 3 * 1024**3
"""A cold install takes 0.9 GB, its package cache as much again; the data some MB."""


def unfit_python() -> str | None:
    """Say why this interpreter will not do; None when it will."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return (
            f"Python 3.10 to 3.13 is needed, this is {platform.python_version()}: "
            "name another one with `make PYTHON=python3.11 ...`."
        )
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        return (
            f"{sys.executable} comes without venv: install it (on Debian and Ubuntu: "
            f"`apt-get install python3-venv`) or name another with `make PYTHON=...`."
        )
    return None


def full_disk(root: Path) -> str | None:
    """Say that an installation will not fit; None when it will."""
    free = shutil.disk_usage(root).free
    if free < NEEDED_BYTES:
        return (
            f"the disk of {root} has {free / 1e9:.1f} GB free and the installation needs "
            f"{NEEDED_BYTES / 1e9:.0f} GB: make room and run the same command again."
        )
    return None


def untested_system() -> str | None:
    """Say that nobody has tried this kind of machine; None when it is tested."""
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return None
    return f"note: tested on Linux x86-64, this is {platform.system()} {platform.machine()}."
