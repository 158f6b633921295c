"""Where loads work before anything of them is in the lake."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from columnar_target.storage.storage import Storage


def workplace(storage: Storage) -> Path:
    """The folder of the loads' own folders: beside a local lake's files, so that a move is free."""
    if storage.is_local:
        return Path(storage.path_of(storage.root_url)) / "_staging"
    return Path(tempfile.gettempdir()) / f"target-s3-{os.getuid()}"
