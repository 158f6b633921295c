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
        OutputError: Terraform is not here, cannot run there, or was not applied so far.
    """
    program = shutil.which("terraform")
    if program is None:
        raise OutputError("terraform is not installed here: terraform/README.md says which one.")
    command = [program, f"-chdir={folder}", "output", "-no-color", "-json", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OutputError(_reason(name, folder, done.stderr))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _reason(name: str, folder: Path, said: str) -> str:
    """Say why there is no output: of what is not there Terraform says so, all else is its own."""
    faults = [line.partition("Error: ")[2] for line in said.splitlines() if "Error: " in line]
    if not faults or "not found" in faults[0]:
        return (
            f"Terraform has no output {name} in {folder.name}/: apply first, in the order of "
            "terraform/README.md, and in the workspace and with the backend that you mean."
        )
    return (
        f"Terraform could not be asked in {folder.name}/: {faults[0].rstrip('.')}. "
        "`terraform init` there says more."
    )
