"""The records of the real sources that were published: golden samples."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Any

import orjson

Record = dict[str, Any]


@functools.cache
def published(name: str) -> tuple[Record, ...]:
    """Read the published records: `users`, `sessions` or `songs`."""
    return tuple(orjson.loads(files(__package__).joinpath(f"{name}.json").read_bytes()))
