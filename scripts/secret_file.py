"""Secrets that are made once, in a file of their own."""

from __future__ import annotations

import os
from pathlib import Path


def write_secret(file: Path, text: str) -> bool:
    """Write a file that only its owner may read, whole or not at all, unless it is there.

    Returns:
        Whether it was written.
    """
    if file.exists():
        return False
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="ascii")
    unfinished.replace(file)
    return True
