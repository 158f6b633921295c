"""Writing a file so that a reader sees the old or the new one, never a half."""

from __future__ import annotations

import tempfile
from pathlib import Path

from deftunes_report.errors import ReportError


def write_atomically(file: Path, text: str) -> None:
    """Replace a file in one step, making its folder if need be.

    Raises:
        ReportError: The disk is full, or the folder may not be written to.
    """
    temporary: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}-", delete=False
        ) as handle:
            temporary = Path(handle.name)
            handle.write(text)
        temporary.chmod(0o644)
        temporary.replace(file)
    except OSError as error:
        raise ReportError(
            f"{file} cannot be written ({error.strerror}): free some space or choose another "
            "folder with --output"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
