"""Up, down, status, reset: what a person does with the sandbox of a folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from deftunes_sandbox.api_server import HEALTH
from deftunes_sandbox.binaries import server_user
from deftunes_sandbox.cluster import place_of, remove_cluster, stop_leftover
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.http_server import is_healthy
from deftunes_sandbox.ports import HOST
from deftunes_sandbox.processes import ProcessId, bound_to_us
from deftunes_sandbox.settings import SandboxSettings, env_of
from deftunes_sandbox.songs_address import SongsAddress
from deftunes_sandbox.songs_table import SCHEMA, TABLE, count_songs
from deftunes_sandbox.state import Service, State, read_state, state_file
from deftunes_sandbox.supervisor import READY

STOP_SECONDS = 30.0


def up(
    settings: SandboxSettings, directory: Path, *, ends_with_us: bool = False
) -> tuple[State, bool]:
    """Start the sources, unless they are up.

    Args:
        settings: What to serve.
        directory: The sandbox's folder.
        ends_with_us: Whether sources that are started now stop when the calling thread dies.

    Returns:
        What runs, and whether it was started now.

    Raises:
        SandboxError: If they cannot be started; nothing is left running then.
    """
    state = read_state(directory)
    if state is not None and state.is_up():
        return state, False
    down(directory)
    binding = bound_to_us(signal.SIGTERM) if ends_with_us else []
    _start_supervisor(settings, directory, binding)
    state = read_state(directory)
    if state is None:
        raise SandboxError(f"The sandbox ended at once: read {directory / 'supervisor.log'}.")
    return state, True


def down(directory: Path) -> bool:
    """Stop the sources, and what a killed supervisor left; tell whether there was anything."""
    state = read_state(directory)
    if state is not None:
        state.supervisor.stop(signal.SIGTERM, STOP_SECONDS)
        for service in state.services():
            service.process.stop(signal.SIGINT, STOP_SECONDS)
        state_file(directory).unlink(missing_ok=True)
    if directory.is_dir():
        stop_leftover(place_of(directory, server_user()) / "data")
    return state is not None


def reset(settings: SandboxSettings, directory: Path) -> State | None:
    """Remove the songs data; when the sandbox was up, bring it up anew."""
    was_up = down(directory)
    if directory.is_dir():
        remove_cluster(directory)
    return up(settings, directory)[0] if was_up else None


def status(settings: SandboxSettings, directory: Path) -> dict[str, Any]:
    """Describe what runs; `up` is true when all of it does."""
    state = read_state(directory)
    api = _status_of(state.api if state else None)
    songs = _status_of(state.songs if state else None)
    if api["running"]:
        api |= {"running": is_healthy(api["port"], HEALTH), "url": f"http://{HOST}:{api['port']}"}
    if songs["running"]:
        address = SongsAddress(songs["port"])
        count = _count(address)
        songs |= {"running": count is not None, "url": address.url(), "songs": count}
        songs |= {"table": f"{SCHEMA}.{TABLE}"}
    services = {"api": api, "songs": songs}
    if state is not None and state.settings.emulated:
        services |= {"aws": _status_of(state.aws), "redshift": _status_of(state.redshift)}
    return {
        "up": all(service["running"] for service in services.values()),
        **services,
        "settings": json.loads((state.settings if state else settings).to_json()),
    }


def _status_of(service: Service | None) -> dict[str, Any]:
    if service is None or not service.process.is_alive():
        return {"running": False}
    return {
        "running": True,
        "port": service.port,
        "pid": service.process.pid,
        "seconds_up": service.process.seconds_up(),
    }


def _count(address: SongsAddress) -> int | None:
    try:
        with address.connect() as connection:
            return count_songs(connection)
    except psycopg.Error:
        return None


def _start_supervisor(settings: SandboxSettings, directory: Path, binding: list[str]) -> None:
    """Start the supervisor and wait for its word; interrupted, take it back."""
    reading, writing = os.pipe()
    log = directory / "supervisor.log"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        output = log.open("ab")
    except OSError as error:
        raise SandboxError(
            f"The sandbox's folder {directory} cannot be used ({error.strerror}): "
            f"make room there or set {env_of('directory')} to another."
        ) from error
    with output:
        process = subprocess.Popen(
            [
                *binding, sys.executable, "-m", "deftunes_sandbox.supervisor",
                str(writing), settings.to_json(),
            ],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=[writing],
            start_new_session=True, cwd="/",
        )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as report:
            word = report.readline().strip()
    except BaseException:
        ProcessId.of(process.pid).stop(signal.SIGTERM, STOP_SECONDS)
        process.wait()
        raise
    if word != READY:
        process.wait()
        raise SandboxError(word or f"The sandbox's supervisor ended: read {log}.")
    process.returncode = 0  # it stays: not ours to wait for
