"""Make `.venv` and install the hash-locked requirements and this workspace's packages.

Runs on a bare python3 (3.10 or newer, with venv): it imports nothing that is not in the
standard library, and says in one sentence what is missing. A second call costs a few
milliseconds: a stamp in `.venv` remembers what was installed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "deftunes-installed.txt"
PACKAGES = ("tap-deftunes-api", "target-s3", "sandbox", "analyze")
NEEDED_BYTES = 3 * 1024**3
"""A cold install takes 0.9 GB, its package cache as much again; the data some MB."""


def main() -> int:
    """Install what is not yet installed.

    Returns:
        The exit status: 0 when the environment is ready, 1 otherwise.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    want_dev = parser.parse_args().dev

    missing = _missing_prerequisite()
    if missing:
        print(f"deftunes: {missing}", file=sys.stderr)
        return 1

    installed = STAMP.read_text(encoding="utf-8").splitlines() if STAMP.exists() else []
    # The development environment holds the runtime one: do not take tools away again.
    dev = want_dev or "dev" in installed
    wanted = ["dev" if dev else "runtime", _fingerprint(dev=dev)]
    if installed == wanted:
        return 0

    started = time.monotonic()
    print("deftunes: installing into .venv ...", flush=True)
    try:
        _install(dev=dev)
    except subprocess.CalledProcessError as failure:
        print(
            f"deftunes: the installation stopped at `{_shown(failure.cmd)}` (exit status "
            f"{failure.returncode}, its own words are above). Is the package index in reach? "
            "Running the same command again goes on where it stopped.",
            file=sys.stderr,
        )
        return 1
    STAMP.write_text("\n".join(wanted), encoding="utf-8")
    print(f"deftunes: installed in {time.monotonic() - started:.1f} s", flush=True)
    return 0


def _missing_prerequisite() -> str | None:
    if sys.version_info < (3, 10):
        return (
            f"Python 3.10 or newer is needed, this is {platform.python_version()}: "
            "name another one with `make PYTHON=python3.11 ...`."
        )
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        return (
            f"{sys.executable} comes without venv: install it (on Debian and Ubuntu: "
            f"`apt-get install python3-venv`) or name another with `make PYTHON=...`."
        )
    free = shutil.disk_usage(ROOT).free
    if not STAMP.exists() and free < NEEDED_BYTES:
        return (
            f"the disk of {ROOT} has {free / 1e9:.1f} GB free and the installation needs "
            f"{NEEDED_BYTES / 1e9:.0f} GB: make room and run the same command again."
        )
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        print(
            f"deftunes: note: tested on Linux x86-64, this is {platform.system()} "
            f"{platform.machine()}.",
            file=sys.stderr,
        )
    return None


def _fingerprint(*, dev: bool) -> str:
    """What decides the environment: the interpreter, the lock, our packages' metadata."""
    files = [_lock(dev=dev), *(ROOT / package / "pyproject.toml" for package in PACKAGES)]
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _lock(*, dev: bool) -> Path:
    return ROOT / "requirements" / ("dev.txt" if dev else "runtime.txt")


def _install(*, dev: bool) -> None:
    STAMP.unlink(missing_ok=True)
    python = VENV / "bin" / "python"
    uv = VENV / "bin" / "uv"
    if not _usable(python):
        shutil.rmtree(VENV, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(VENV)])
    if not uv.exists():
        # pip installs uv, uv the rest: ten seconds against half a minute
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "uv.txt")])
    environment = ["--python", str(python)]
    _run([str(uv), "pip", "sync", "-q", *environment, "--require-hashes", str(_lock(dev=dev))])
    editable = [argument for package in PACKAGES for argument in ("-e", str(ROOT / package))]
    offline = ["--no-deps", "--no-build-isolation", "--offline"]
    _run([str(uv), "pip", "install", "-q", *environment, *offline, *editable])


def _usable(python: Path) -> bool:
    """Whether `.venv` is there and of the interpreter that runs this script."""
    if not python.exists():
        return False
    code = "import sys; print(sys.version_info[:2])"
    asked = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return asked.returncode == 0 and asked.stdout.strip() == str(sys.version_info[:2])


def _run(command: list[str]) -> None:
    environment = {**os.environ, "UV_COMPILE_BYTECODE": "1"}
    subprocess.run(command, check=True, cwd=ROOT, env=environment)


def _shown(command: list[str]) -> str:
    return " ".join(command[:4])


if __name__ == "__main__":
    sys.exit(main())
