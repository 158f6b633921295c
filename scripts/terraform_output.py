"""What Terraform says of the platform that it has made."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "terraform"


class OutputError(Exception):
    """There is nothing to read; the text says why, and what to do."""


def read_output(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Read one of Terraform's outputs.

    Args:
        name: Of the output.
        folder: Where Terraform was applied.

    Raises:
        OutputError: Terraform is not here, or was never applied as a whole.
    """
    program = shutil.which("terraform")
    if program is None:
        raise OutputError("terraform is not installed here: terraform/README.md says which one.")
    command = [program, f"-chdir={folder}", "output", "-no-color", "-json", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OutputError(
            f"Terraform has no output {name} in {folder.name}/: apply all of it first "
            "(terraform/README.md), in the workspace and with the backend that you mean."
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
