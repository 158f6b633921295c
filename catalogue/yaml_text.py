"""YAML as it lies in the project's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# the first is ten times as fast, and not in every build of the library
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(file: Path) -> Any:
    """What a file holds."""
    return parse_yaml(file.read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """What a text holds."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe
