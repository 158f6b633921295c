"""What clients read and call: system views and functions, as SQL files in this folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

_FILES = sorted(Path(__file__).parent.glob("*.sql"))


def definition() -> list[str]:
    """Give the scripts that make the catalog in a database, in their order."""
    return [file.read_text("utf-8") for file in _FILES]


def fingerprint() -> str:
    """Tell this version of the catalog from every other."""
    return hashlib.sha256("\n".join(definition()).encode()).hexdigest()
