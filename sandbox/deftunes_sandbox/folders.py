"""The folder of what we start: the one that was named, or a temporary one that goes with it."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from deftunes_sandbox.cluster import SONGS, Kind, remove_cluster
from deftunes_sandbox.errors import SandboxError


def working_folder(
    named: Path | None, what: str, variable: str, cleanup: ExitStack, kind: Kind = SONGS
) -> Path:
    """Make the folder, unless it is there.

    Args:
        named: Where it shall be; None: a temporary one, which goes with its cluster.
        what: Whose folder it is, in one word.
        variable: The environment variable that names another, for the sentence.
        cleanup: Where the end of a temporary one is put.
        kind: The PostgreSQL cluster that will lie there.

    Raises:
        SandboxError: It cannot be used.
    """
    try:
        if named is not None:
            named.mkdir(parents=True, exist_ok=True)
            return named
        folder = Path(tempfile.mkdtemp(prefix=f"deftunes-{what}-"))
        folder.chmod(0o755)  # PostgreSQL's user has to pass through
    except OSError as error:
        raise SandboxError(
            f"The {what}'s folder {named or tempfile.gettempdir()} cannot be used "
            f"({error.strerror}): set {variable} to another."
        ) from error
    cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
    cleanup.callback(remove_cluster, folder, kind)
    return folder
