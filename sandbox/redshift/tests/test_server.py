"""The stand-in comes and goes as a whole, and keeps what was written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_redshift.warehouse import KIND
from deftunes_sandbox.binaries import server_user
from deftunes_sandbox.cluster import place_of, remove_cluster
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.processes import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="redshift-test-"))
    folder.chmod(0o755)
    yield folder
    remove_cluster(folder, KIND)
    shutil.rmtree(folder)


def processes(folder: Path) -> list[str]:
    """The command lines of all processes that serve a folder."""
    marks = {str(folder), str(place_of(folder, server_user(), KIND))}
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if any(mark in line for mark in marks):
            found.append(line)
    return found


def test_a_user_may_have_no_password(redshift: Redshift) -> None:
    """As those have who log in by a role (r_CREATE_USER)."""
    with psycopg.connect(redshift.address.url()) as connection:
        connection.execute('create user "IAMR:builder" password disable')
        found = connection.execute("select passwd from pg_shadow where usename = 'iamr:builder'")
        assert found.fetchone() == (None,)
        connection.rollback()


@pytest.mark.slow
@pytest.mark.xdist_group("redshift")
def test_what_was_written_outlives_the_process(folder: Path) -> None:
    settings = RedshiftSettings(directory=folder, port=0)
    with Redshift(settings) as redshift, psycopg.connect(redshift.address.url()) as connection:
        connection.execute("create table t as select 7 as a")
    assert processes(folder) == []
    with Redshift(settings) as redshift, psycopg.connect(redshift.address.url()) as connection:
        assert connection.execute("select a from t").fetchone() == (7,)


@pytest.mark.slow
@pytest.mark.xdist_group("redshift")
def test_the_command_serves_until_it_is_told_to_end(folder: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "deftunes_redshift"],
        env={**os.environ, "DEFTUNES_REDSHIFT_DIR": str(folder), "DEFTUNES_REDSHIFT_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout
    with command.stdout:
        url = command.stdout.readline().strip().removeprefix("redshift: ")
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        command.send_signal(signal.SIGTERM)
        assert command.wait(30) == 0
    assert wait_until(lambda: processes(folder) == [], 10)


@pytest.mark.slow
@pytest.mark.xdist_group("redshift")
def test_a_killed_process_takes_postgresql_with_it(folder: Path) -> None:
    with Redshift(RedshiftSettings(directory=folder, port=0)) as redshift:
        os.kill(redshift.id.pid, signal.SIGKILL)
        assert wait_until(lambda: processes(folder) == [], 20)


def test_a_port_that_cannot_be_is_named() -> None:
    with pytest.raises(SandboxError, match="DEFTUNES_REDSHIFT_PORT is 70000"):
        RedshiftSettings(port=70_000)


def test_a_port_that_is_no_number_is_named() -> None:
    with pytest.raises(SandboxError, match="DEFTUNES_REDSHIFT_PORT is 'x'"):
        RedshiftSettings.from_env({"DEFTUNES_REDSHIFT_PORT": "x"})


def test_settings_come_from_the_environment_and_go_to_the_process(tmp_path: Path) -> None:
    settings = RedshiftSettings.from_env(
        {
            "DEFTUNES_REDSHIFT_DIR": str(tmp_path),
            "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
            "AWS_REGION": "",
        }
    )
    wanted = RedshiftSettings(directory=tmp_path, aws_endpoint="http://127.0.0.1:5000")
    assert settings == wanted
    assert RedshiftSettings.from_json(settings.to_json()) == settings
