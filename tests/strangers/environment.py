"""The environment of Singer programs that others wrote: their pins fit no environment of ours."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.project import ROOT

LOCK = ROOT / "requirements" / "strangers.txt"
UV = Path(sys.executable).with_name("uv")


def strangers() -> Path:
    """The folder of the strangers' commands, installed anew when their lock has changed."""
    folder = ROOT / ".cache" / "strangers"
    wanted = hashlib.sha256(f"{sys.version} {folder}".encode() + LOCK.read_bytes()).hexdigest()
    stamp = folder / "installed.txt"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
            _install(folder)
            stamp.write_text(wanted, encoding="ascii")
    return folder / "bin"


def _install(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    python = folder / "bin" / "python"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    # Some are no wheels: what builds them is locked as well.
    lock: list[str | Path] = ["--require-hashes", "--build-constraints", LOCK, LOCK]
    subprocess.run([UV, "pip", "sync", "--quiet", "--python", python, *lock], check=True)
