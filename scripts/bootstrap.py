"""Make `.venv` and install the hash-locked requirements and this workspace's packages.

Runs on a bare python3 (3.10 to 3.13, with venv): it imports nothing that is not in the standard
library, and says in one sentence what is missing. A second call costs a few milliseconds: a stamp
in `.venv` remembers what was installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from environment import LEVELS, Environment
from interruption import Interrupted, raise_interruptions
from lock_file import held
from prerequisites import full_disk, unfit_python, untested_system

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Install what is not yet installed.

    Returns:
        The exit status: 0 when the environment is ready, 1 otherwise, 128 and the signal's number
        when interrupted.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level", nargs="?", default="runtime", choices=LEVELS, help="how much")
    level = parser.parse_args().level
    raise_interruptions()
    try:
        fault = unfit_python() or _bootstrap(level)
    except subprocess.CalledProcessError as failure:
        fault = (
            f"the installation stopped at `{' '.join(failure.cmd[:4])}` (exit status "
            f"{failure.returncode}, its own words are above): see that the package index is in "
            "reach and the disk has room, and run the same command again."
        )
    except OSError as error:
        fault = (
            f"{error.filename or ROOT} cannot be used ({error.strerror or error}): make room on "
            "the disk, or make the project a folder of yours, and run the same command again."
        )
    except Interrupted as interruption:
        _say("the installation was interrupted; the same command goes on with it.")
        return interruption.status
    if fault:
        _say(fault)
        return 1
    return 0


def _bootstrap(level: str) -> str | None:
    environment = Environment(ROOT, _cache())
    if environment.installed() == environment.wanted(level):
        return None
    lock = ROOT / ".cache" / "install.lock"
    waiting = "another installation is under way in this folder: waiting for it ..."
    with held(lock, tell_waiting=lambda: _say(waiting)):
        wanted = environment.wanted(level)
        if environment.installed() == wanted:
            return None  # by the one that we waited for
        fault = None if environment.installed() else full_disk(ROOT)
        if fault:
            return fault
        note = untested_system()
        if note:
            _say(note)
        started = time.monotonic()
        print("deftunes: installing into .venv ...", flush=True)
        environment.install(wanted)
        print(f"deftunes: installed in {time.monotonic() - started:.1f} s", flush=True)
    return None


def _cache() -> Path | None:
    """Where uv is to keep its downloads when the usual place will not do (no home, say)."""
    if "UV_CACHE_DIR" in os.environ:
        return None
    try:
        usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv"
        usual.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=usual):
            return None
    except (OSError, RuntimeError):  # the latter: no home is known at all
        return ROOT / ".cache" / "uv"


def _say(sentence: str) -> None:
    print(f"deftunes: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
