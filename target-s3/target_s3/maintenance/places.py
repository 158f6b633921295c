"""Where a file is, written so that all spellings of one place are equal.

One engine writes `s3a://`, another `s3://`; one quotes a blank in a path, another does not. Whoever
decides that nothing refers to a file has to see through that. Where two files become one here,
both are kept: that costs some bytes, the opposite costs data.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

from columnar_target.storage.storage import Storage

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://([^/]*))?(.*)", re.DOTALL)


def place(storage: Storage, location: str) -> str:
    """The place of a URL as metadata holds it, or of a path as the lake lists it.

    Args:
        storage: The lake.
        location: Such as `s3a://bucket/key`, `bucket/key`, `file:/folder/name` or `/folder/name`.
    """
    match = _URL.fullmatch(location)
    host, path = (match[1] or "", match[2]) if match else ("", location)
    if storage.is_local:  # whatever the host is, the file is on this machine
        folder, _, name = path.rstrip("/").rpartition("/")
        found = f"{_real(folder)}/{name}"
    else:
        found = host + path
    collapsed = re.sub("/+", "/", found).rstrip("/")
    return unicodedata.normalize("NFC", _plain(collapsed))


def is_below(inner: str, outer: str) -> bool:
    """Whether a place lies within a folder's place; no folder lies within itself."""
    return inner.startswith(f"{outer}/")


def _plain(path: str) -> str:
    """A path with nothing quoted: `%20` in a name is written `%2520` by those who quote."""
    while (unquoted := unquote(path)) != path:
        path = unquoted
    return path


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    """A folder without symbolic links: the same file may be reached by two names."""
    return os.path.realpath(folder or "/")
