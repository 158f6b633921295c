"""`sandbox up`, `down`, `status`, `reset`, as a person types them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deftunes_sandbox.processes import ProcessId, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sandbox-command")]


def pids(command: Any) -> dict[str, int]:
    state = json.loads((command.directory / "state.json").read_text())
    return {
        "supervisor": state["supervisor"]["pid"],
        "api": state["api"]["process"]["pid"],
        "songs": state["songs"]["process"]["pid"],
    }


def test_up_starts_both_sources_says_where_and_stays(command: Any) -> None:
    up = command.run("up")
    assert (up.returncode, up.stderr) == (0, "")
    api, songs = up.stdout.splitlines()
    status = command.status()
    assert status["api"]["url"] in api
    assert status["songs"]["url"] in songs
    assert (status["up"], status["songs"]["songs"]) == (True, 500)
    with psycopg.connect(status["songs"]["url"]) as connection:
        assert connection.execute("select count(*) from deftunes.songs").fetchone() == (500,)


def test_a_second_up_starts_nothing_and_says_so(running: Any) -> None:
    before = pids(running)
    again = running.run("up", DEFTUNES_SONGS="600")
    assert again.returncode == 0
    assert "up already" in again.stdout
    assert "DEFTUNES_SONGS is 500 there, not 600" in again.stdout
    assert pids(running) == before


def test_up_with_aws_beside_sources_that_run_without_it_is_no_success(running: Any) -> None:
    before = pids(running)
    again = running.run("up", DEFTUNES_EMULATED="1")
    assert again.returncode != 0
    assert "`make sandbox-down`, then `make sandbox-up EMULATED=1`" in again.stderr
    assert pids(running) == before


def test_status_tells_what_runs_where_and_how_it_is_set(running: Any) -> None:
    told = running.run("status")
    status = json.loads(told.stdout)
    assert told.returncode == 0
    assert status["up"] is True
    assert {name: status[name]["pid"] for name in ("api", "songs")} == {
        name: pid for name, pid in pids(running).items() if name != "supervisor"
    }
    assert status["songs"]["songs"] == status["settings"]["songs"] == 500
    assert all(status[name]["seconds_up"] >= 0 for name in ("api", "songs"))


def test_down_stops_everything_and_a_second_down_is_content(command: Any) -> None:
    command.run("up")
    assert command.run("down").returncode == 0
    assert command.processes() == []
    again = command.run("down")
    assert (again.returncode, again.stdout) == (0, "The sandbox was not up: nothing to stop.\n")


def test_status_before_any_up_is_json_and_exit_status_3(command: Any) -> None:
    status = command.run("status")
    assert status.returncode == 3
    assert json.loads(status.stdout)["api"] == {"running": False}
    assert json.loads(status.stdout)["settings"]["songs"] == 500


def test_reset_makes_the_songs_anew_and_brings_an_up_sandbox_up_again(command: Any) -> None:
    command.run("up")
    with psycopg.connect(command.status()["songs"]["url"]) as connection:
        connection.execute("delete from deftunes.songs")
    reset = command.run("reset")
    assert reset.returncode == 0
    assert command.status()["songs"]["songs"] == 500


@pytest.mark.parametrize("variable", ["DEFTUNES_API_PORT", "DEFTUNES_SONGS_PORT"])
def test_a_taken_port_is_told_in_one_sentence_and_nothing_is_left(
    command: Any, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        up = command.run("up", **{variable: port})
    assert up.returncode == 1
    assert up.stdout == ""
    [sentence] = up.stderr.splitlines()
    assert f"Port {port}" in sentence
    assert variable in sentence
    assert command.leaves_nothing()


def test_a_setting_that_cannot_be_read_is_told_in_one_sentence(command: Any) -> None:
    up = command.run("up", DEFTUNES_SONGS="many")
    assert (up.returncode, up.stderr) == (
        1, "sandbox: DEFTUNES_SONGS is 'many': write a whole number.\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "signum"), [("api.log", signal.SIGTERM), ("songs.log", signal.SIGINT)]
)
def test_an_interrupted_up_leaves_nothing(command: Any, moment: str, signum: int) -> None:
    up = subprocess.Popen(
        command.line("up"), env=command.environ, start_new_session=True, stderr=subprocess.DEVNULL
    )
    assert wait_until((command.directory / moment).exists, 20)
    os.killpg(up.pid, signum)
    assert up.wait(30) == 130
    assert command.processes() == []
    assert not (command.directory / "state.json").exists()


def test_a_killed_supervisor_takes_its_children_along(command: Any) -> None:
    command.run("up")
    os.kill(pids(command)["supervisor"], signal.SIGKILL)
    assert command.leaves_nothing()
    assert command.run("status").returncode == 3


@pytest.mark.heavy
def test_up_right_after_a_kill_does_not_trip_over_what_is_still_ending(command: Any) -> None:
    command.run("up")
    os.kill(pids(command)["supervisor"], signal.SIGKILL)
    up = command.run("up")
    assert (up.returncode, up.stderr, "already" in up.stdout) == (0, "", False)
    assert command.status()["up"] is True


def test_when_a_source_dies_the_other_is_stopped_and_the_log_says_so(command: Any) -> None:
    command.run("up")
    os.kill(pids(command)["api"], signal.SIGKILL)
    assert command.leaves_nothing()
    assert "because api ended" in (command.directory / "supervisor.log").read_text()
    assert not (command.directory / "state.json").exists()


def test_a_pid_that_is_someone_elses_by_now_is_neither_believed_nor_killed(command: Any) -> None:
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    try:
        process = {"pid": bystander.pid, "started": ProcessId.of(bystander.pid).started - 1}
        service = {"process": process, "port": 1}
        settings = command.status()["settings"]
        (command.directory / "state.json").write_text(
            json.dumps(
                {"supervisor": process, "settings": settings, "api": service, "songs": service}
            )
        )
        assert command.run("status").returncode == 3
        assert command.run("down").returncode == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_what_a_crash_left_running_is_stopped_by_down(command: Any) -> None:
    leftover = subprocess.Popen(["/bin/sleep", "60"])
    try:
        gone = {"pid": leftover.pid, "started": 0}
        service = {"process": vars(ProcessId.of(leftover.pid)), "port": 1}
        settings = command.status()["settings"]
        (command.directory / "state.json").write_text(
            json.dumps({"supervisor": gone, "settings": settings, "api": service, "songs": None})
        )
        command.run("down")
        assert leftover.wait(5) == -signal.SIGINT
    finally:
        leftover.kill()
        leftover.wait()


def test_a_state_file_in_pieces_is_told_in_one_sentence(command: Any) -> None:
    (command.directory / "state.json").write_text("{")
    for name in ("up", "down"):
        told = command.run(name)
        assert told.returncode == 1
        assert len(told.stderr.splitlines()) == 1
        assert "state.json" in told.stderr


def test_it_works_as_a_normal_user_and_as_root(command: Any) -> None:
    """The other tests run as whoever runs them; this one as someone else, when that is root."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        pytest.skip("LOUD: only root with setpriv can try the sandbox as another user")
    # The interpreter may lie in root's home: this user may read what root reads, not write it.
    normal = [
        setpriv, "--reuid=65534", "--regid=65534", "--clear-groups",
        "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
        "--bounding-set=-all,+dac_read_search",
    ]  # fmt: skip
    os.chown(command.directory, 65534, 65534)
    up = subprocess.run(
        [*normal, *command.line("up")], env=command.environ, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert (up.returncode, up.stderr) == (0, "")
    for pid in pids(command).values():
        assert Path(f"/proc/{pid}").stat().st_uid == 65534
    down = subprocess.run([*normal, *command.line("down")], env=command.environ, check=False)
    assert down.returncode == 0
    assert command.processes() == []


def test_help_names_every_command_and_setting(running: Any) -> None:
    told = running.run("--help").stdout
    for word in ("up", "down", "status", "reset", "DEFTUNES_API_PORT", "DEFTUNES_SONGS"):
        assert word in told


@pytest.mark.parametrize("size", ["4k", "8m", pytest.param("50m", marks=pytest.mark.heavy)])
def test_a_full_disk_is_told_in_one_sentence(command: Any, size: str) -> None:
    """At the state folder, while the database is made, while the songs are loaded."""
    unshare = shutil.which("unshare")
    tiny = f"mount -t tmpfs -o size={size} tmpfs {command.directory}"
    if unshare is None or subprocess.run([unshare, "--mount", "true"], check=False).returncode:
        pytest.skip("LOUD: a small disk needs the right to mount one")
    up = subprocess.run(
        [unshare, "--mount", "sh", "-c", f'{tiny} && exec "$@"', "sh",
         *command.line("up")],
        env=command.environ | {"DEFTUNES_SONGS": "200000"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert up.returncode == 1
    [sentence] = up.stderr.splitlines()
    assert "No space left on device" in sentence
    assert "DEFTUNES_SANDBOX_DIR" in sentence
    assert command.leaves_nothing()
