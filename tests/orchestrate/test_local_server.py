"""A server of the project on this machine: one in a folder, and nothing left when it has ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.leftovers import assert_none_left
from tests.project import ROOT

SERVER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from local_server import LocalServer, ServerError

folder = Path(sys.argv[2])
server = LocalServer(Path(__file__), folder, int(sys.argv[3]), "PORT", "make down", folder / "log")
command = [sys.executable, "-c", sys.argv[4], str(folder)]
up = folder / "begun"
up.unlink(missing_ok=True)
say = lambda: print("up", flush=True)
try:
    with server.alone():
        server.run(command, os.environ, gently=signal.SIGINT, is_healthy=up.exists, up=say)
except ServerError as fault:
    print(fault)
"""
FAKE = """
import pathlib, signal, subprocess, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
try:
    pathlib.Path(sys.argv[1], "begun").touch()
    child.wait()
except KeyboardInterrupt:
    child.kill()
"""
"""Stands for Airflow's `standalone`: what it has started is ended by it on Ctrl-C only."""

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the script of a server whose program is a fake."""
    script = tmp_path / "fake_server.py"
    script.write_text(SERVER, "utf-8")
    folder = tmp_path / "home"
    folder.mkdir()
    processes = []

    def started() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(script), str(ROOT / "scripts"), str(folder), "0", FAKE],
            env={**os.environ, "MARK": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process

    yield started
    for process in processes:
        with process:
            process.kill()


def test_a_killed_server_leaves_nothing_that_it_had_started(start: Start, tmp_path: Path) -> None:
    server = start()
    assert server.stdout is not None
    assert server.stdout.readline() == "up\n"
    server.kill()
    server.wait()
    assert_none_left(tmp_path, str(tmp_path))


@pytest.mark.slow
def test_a_second_server_in_a_folder_is_refused_whatever_its_port_and_the_first_stays(
    start: Start, tmp_path: Path
) -> None:
    first = start()
    assert first.stdout is not None
    assert first.stdout.readline() == "up\n"
    pid_file = tmp_path / "home/up.pid"
    assert pid_file.read_text("ascii") == f"{first.pid}"
    said, _ = start().communicate()
    assert said == (
        f"another one runs in {tmp_path}/home, or is just made there: `make down` stops it.\n"
    )
    assert pid_file.read_text("ascii") == f"{first.pid}"
    assert first.poll() is None
    first.kill()
    first.wait()
    assert_none_left(tmp_path, str(tmp_path))
    third = start()
    assert third.stdout is not None
    assert third.stdout.readline() == "up\n", "a lock ends with whoever held it"
