"""Airflow on this machine: `meltano invoke airflow:init`, `airflow:ui`, `airflow:down`.

Meltano hands over Airflow's settings as environment variables; this starts Airflow's processes as
one group on 127.0.0.1, and ends all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from functools import partial
from pathlib import Path

from airflow_home import ROOT, USER, AirflowError, AirflowHome
from dies_with_parent import die_with
from interruption import Interrupted, raise_interruptions
from process_group import process_group

_PATIENCE = 120.0
"""Seconds until all of Airflow must be up."""
_POLL = 0.2


def main() -> int:
    """Run a command.

    Returns:
        The exit status: 0 when it is done, or what ran was stopped; 1 when it failed; 128 and the
        signal's number when what was to be made was interrupted.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["init", "up", "down"])
    command = parser.parse_args().command
    raise_interruptions()
    try:
        if command == "up":
            die_with(os.getppid())  # which Meltano, when it is interrupted, does not see to
        home = AirflowHome.found(os.environ)
        if command == "down":
            _stop(home)
        else:
            _make(home)
        if command == "up":
            _run(home)
    except AirflowError as fault:
        return _fail(f"{fault}")
    except subprocess.CalledProcessError as failure:
        return _fail(
            f"it could not be installed (uv's exit status {failure.returncode}, its own words are "
            "above): see that the package index is in reach and the disk has room."
        )
    except Interrupted as interruption:
        _say("stopped.")
        return 0 if command == "up" else interruption.status
    return 0


def _make(home: AirflowHome) -> None:
    started = time.monotonic()
    password = home.make()
    if password:
        _say(f"log in as {USER} with the password {password}; it is not shown again,")
        _say(f"and kept in {home.password_file}")
    _say(f"made ({time.monotonic() - started:.1f} s)")


def _run(home: AirflowHome) -> None:
    """Run it until this process is interrupted; then nothing of it is left.

    Raises:
        AirflowError: Its port is taken, it did not come up, or it ended by itself.
    """
    _refuse_taken_port(home.port)
    log, pid_file = home.folder / "airflow.log", _pid_file(home)
    with (
        log.open("w", encoding="utf-8") as words,
        process_group(
            ["airflow", "standalone"],
            cwd=ROOT,
            env=home.environment,
            gently=signal.SIGINT,
            stdout=words.fileno(),
            stderr=subprocess.STDOUT,
            begin=partial(die_with, os.getpid()),
        ) as process,
    ):
        pid_file.write_text(f"{os.getpid()}", encoding="ascii")
        try:
            _await_health(home, process, log)
            _say(f"{home.url}, user {USER}; Ctrl-C or `make airflow-down` stops it.")
            status = process.wait()
        finally:
            pid_file.unlink(missing_ok=True)
    raise AirflowError(f"it ended by itself, with exit status {status}: {log} says why.")


def _stop(home: AirflowHome) -> None:
    """Stop one that runs in this folder, if any does, and wait for its end."""
    pid = _running(home)
    if pid is None:
        _say("nothing to stop.")
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    while _is_ours(pid):
        time.sleep(_POLL)
    _say("stopped.")


def _pid_file(home: AirflowHome) -> Path:
    return home.folder / "up.pid"


def _running(home: AirflowHome) -> int | None:
    """The process that runs Airflow here."""
    try:
        pid = int(_pid_file(home).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
    return pid if _is_ours(pid) else None


def _is_ours(pid: int) -> bool:
    """Whether a process is such a one as this; its number may be another's by now."""
    try:
        return Path(__file__).name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _refuse_taken_port(port: int) -> None:
    """Refuse before a second Airflow talks to whatever is there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            raise AirflowError(
                f"port {port} is taken: stop what listens there (an Airflow of this folder by "
                "`make airflow-down`), or set AIRFLOW_PORT to another."
            ) from fault


def _await_health(home: AirflowHome, process: subprocess.Popen[str], log: Path) -> None:
    started = time.monotonic()
    while time.monotonic() - started < _PATIENCE:
        if process.poll() is not None:
            raise AirflowError(f"it ended before it was up: {log} says why.")
        if _is_healthy(home):
            _say(f"up ({time.monotonic() - started:.1f} s)")
            return
        time.sleep(_POLL)
    raise AirflowError(f"it was not up after {_PATIENCE:.0f} s: {log} says how far it came.")


def _is_healthy(home: AirflowHome) -> bool:
    try:
        with urllib.request.urlopen(f"{home.url}/api/v2/monitor/health") as answer:  # noqa: S310 - ours
            parts = json.load(answer)
    except (OSError, ValueError):
        return False
    needed = ("metadatabase", "scheduler", "dag_processor", "triggerer")
    return all((parts.get(part) or {}).get("status") == "healthy" for part in needed)


def _say(sentence: str) -> None:
    print(f"airflow: {sentence}", flush=True)


def _fail(sentence: str) -> int:
    print(f"airflow: {sentence}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
