"""The environment of Singer programs that others wrote: their pins fit no environment of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.project import ROOT


def strangers() -> Path:
    """The folder of the strangers' commands, installed anew when their lock has changed."""
    command = [sys.executable, str(ROOT / "scripts/locked_environment.py"), "strangers"]
    uncompiled = {**os.environ, "UV_COMPILE_BYTECODE": "0"}  # most of it is never used
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=uncompiled)
    return Path(made.stdout.strip()) / "bin"
