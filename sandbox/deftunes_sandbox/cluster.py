"""A PostgreSQL server's files: made once by initdb, kept while they fit, removed on request."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deftunes_sandbox.binaries import MAJOR, can_enter, programs, server_user, shared_folder
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.processes import ProcessId
from deftunes_sandbox.settings import env_of
from deftunes_sandbox.songs_address import PASSWORD, USER

STOP_SECONDS = 20.0
_REASON = re.compile(r"(?:FATAL|PANIC|error): +(?P<reason>.+)")
ENVIRON = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # no PG* setting of a person's


@dataclass(frozen=True)
class Kind:
    """What a cluster is for.

    Attributes:
        name: Its folder's name.
        what: What it is, for sentences, such as `songs database`.
        data: What it holds, for sentences, such as `songs data`.
        user: The superuser that initdb makes.
        password: That user's.
        variable: The environment variable that puts its folder elsewhere.
        auth: How clients authenticate, as initdb names it.
    """

    name: str
    what: str
    data: str
    user: str
    password: str
    variable: str
    auth: str = "scram-sha-256"


SONGS = Kind("songs", "songs database", "songs data", USER, PASSWORD, env_of("directory"))


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL data folder, the programs that serve it and the user that they run as."""

    data: Path
    programs: Path
    user: int | None


def place_of(directory: Path, user: int | None, kind: Kind = SONGS) -> Path:
    """Tell where the data lie: in the sandbox's folder, or where the server's user can reach."""
    if user is None or can_enter(directory, user):
        return directory / kind.name
    name = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:16]
    return shared_folder(user) / f"{kind.name}-{name}"


def ensure_cluster(directory: Path, log: Path, kind: Kind = SONGS) -> Cluster:
    """Make the data folder, unless there is one that fits.

    Args:
        directory: The sandbox's folder; it exists.
        log: File for the output of initdb.
        kind: What it is for.

    Raises:
        SandboxError: If it cannot be made.
    """
    user = server_user()
    folder = place_of(directory, user, kind)
    cluster = Cluster(folder / "data", programs(user), user)
    stop_leftover(cluster.data)
    try:
        if not _fits(cluster.data):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            _initialise(cluster, kind, log)
    except OSError as error:
        raise SandboxError(
            f"The {kind.data} in {folder} cannot be written ({error.strerror}): "
            f"make room or give us the folder, or set {kind.variable} to another."
        ) from error
    return cluster


def remove_cluster(directory: Path, kind: Kind = SONGS) -> None:
    """Remove the data folder, if there is one; its server, if any, is stopped first."""
    folder = place_of(directory, server_user(), kind)
    stop_leftover(folder / "data")
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SandboxError(
            f"The {kind.data} in {folder} cannot be removed ({error.strerror}): remove them."
        ) from error


def stop_leftover(data: Path) -> None:
    """Stop a server of this data folder that outlived its supervisor."""
    try:
        pid = int((data / "postmaster.pid").read_text("ascii").split()[0])
        process = ProcessId.of(pid)
        theirs = Path(f"/proc/{pid}/cwd").readlink()
    except (OSError, ValueError, IndexError):
        return  # no such file, no such process, or not ours to look at
    if theirs == data.resolve():
        process.stop(signal.SIGINT, STOP_SECONDS)


def _fits(data: Path) -> bool:
    try:
        return (data / "PG_VERSION").read_text("ascii").strip() == str(MAJOR)
    except FileNotFoundError:
        return False


def _initialise(cluster: Cluster, kind: Kind, log: Path) -> None:
    folder = cluster.data.parent
    draft = folder / "draft"
    password = folder / "password"
    password.write_text(kind.password, "ascii")
    if cluster.user is not None:
        for path in (folder, password):
            os.chown(path, cluster.user, cluster.user)
    command = [
        str(cluster.programs / "initdb"), f"--pgdata={draft}", f"--username={kind.user}",
        f"--pwfile={password}", f"--auth={kind.auth}", "--encoding=UTF8", "--locale=C",
        "--no-sync",
    ]  # fmt: skip
    done = subprocess.run(
        command, user=cluster.user, group=cluster.user, cwd="/", env=ENVIRON, text=True,
        extra_groups=None if cluster.user is None else [], capture_output=True, check=False,
    )  # fmt: skip
    with log.open("a") as output:
        output.write(done.stdout + done.stderr)
    password.unlink()
    if done.returncode != 0:
        found = _REASON.search(done.stdout + done.stderr)
        reason = found["reason"] if found else f"initdb ended with {done.returncode}"
        raise SandboxError(
            f"The {kind.what} could not be made in {folder} ({reason}): "
            f"make room or set {kind.variable} to another folder; see {log}."
        )
    draft.rename(cluster.data)
