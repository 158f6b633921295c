"""Make an environment beside `.venv`, of a lock of its own: for programs whose pins fit no other.

    python scripts/locked_environment.py bench    # .cache/bench, of requirements/bench.txt

Prints the folder. A second call costs a few milliseconds: a stamp remembers what was installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
_UNCOMPILED = {"UV_COMPILE_BYTECODE": "0"}


def fitting_python(oldest: str, before: str) -> Path | None:
    """Find a Python for an environment: this one, or another of this machine.

    Args:
        oldest: The oldest version that fits, such as 3.10.
        before: The first one that is too new.

    Returns:
        Its executable; None if there is none.
    """
    running = sys.version_info[:2]
    if _parts(oldest) <= running < _parts(before):
        return Path(sys.executable)
    wanted = f">={oldest},<{before}"
    find = [str(UV), "python", "find", "--system", "--no-python-downloads", wanted]
    done = subprocess.run(find, capture_output=True, text=True, check=False)
    return None if done.returncode else Path(done.stdout.strip())


def locked_environment(
    name: str, *, compiled: bool = True, python: Path = Path(sys.executable)
) -> Path:
    """Install what is locked under a name, unless it is there.

    Args:
        name: `requirements/<name>.txt` is the lock, `.cache/<name>` the environment.
        compiled: Whether all of it is compiled at once, unless `UV_COMPILE_BYTECODE` says
            otherwise; else each module is when it is imported first: less work by far where most
            of what is installed is never imported.
        python: What runs in it.

    Returns:
        The environment's folder; its commands are in `bin`.

    Raises:
        subprocess.CalledProcessError: uv could not install it; its own words are above.
    """
    folder, lock = ROOT / ".cache" / name, ROOT / "requirements" / f"{name}.txt"
    # its commands name the folder, so they work where it was made: there, or where a link leads
    own = sys.version if python == Path(sys.executable) else python
    made_for = f"{own} {folder.resolve()}".encode() + lock.read_bytes()
    wanted = hashlib.sha256(made_for).hexdigest()
    stamp = folder / "installed.txt"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
            _install(folder, lock, python, compiled=compiled)
            stamp.write_text(wanted, encoding="ascii")
    return folder


def _install(folder: Path, lock: Path, base: Path, *, compiled: bool) -> None:
    if folder.is_symlink():
        folder.unlink()  # what it leads to is another project's
    elif folder.exists():
        shutil.rmtree(folder)
    python = folder / "bin" / "python"
    subprocess.run([UV, "venv", "--quiet", "--python", base, folder], check=True)
    # Some may be no wheels: what builds them is locked as well.
    hashes: list[str | Path] = ["--require-hashes", "--build-constraints", lock, lock]
    subprocess.run(
        [UV, "pip", "sync", "--quiet", "--python", python, *hashes],
        check=True,
        env={"UV_COMPILE_BYTECODE": "1", **os.environ, **({} if compiled else _UNCOMPILED)},
    )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


if __name__ == "__main__":
    try:
        print(locked_environment(sys.argv[1]))
    except subprocess.CalledProcessError as failure:
        sys.exit(
            f"deftunes: the environment {sys.argv[1]} could not be installed (uv's exit status "
            f"{failure.returncode}, its own words are above): see that the package index is in "
            "reach and the disk has room, and run the same command again."
        )
