"""The environment of Singer programs that others wrote: their pins fit no environment of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.project import ROOT


def strangers() -> Path:
    """The folder of the strangers' commands, installed anew when their lock has changed."""
    command = [sys.executable, str(ROOT / "scripts/locked_environment.py"), "strangers"]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip()) / "bin"
