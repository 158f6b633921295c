"""The README's first command, in a clean clone with an empty home."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.leftovers import assert_none_left, processes_of
from tests.project import ROOT, copy_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git would hand out of this work tree, and nothing else, in a folder of any name."""
    folder = tmp_path_factory.mktemp("clone") / "Käufe und Lieder"
    copy_project(folder, with_environment=False)
    return folder


@pytest.fixture(scope="module")
def installed(clone: Path) -> Path:
    """The clone after two people typed `make install` at once; nothing there to start from."""
    both = [start(clone, "install"), start(clone, "install")]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    return clone


@pytest.fixture(scope="module")
def ran(installed: Path) -> subprocess.CompletedProcess[str]:
    """The README's first command."""
    return make(installed, "demo", MARK=MARK)


def start(clone: Path, *targets: str, **environment: str) -> subprocess.Popen[str]:
    """Type `make` with no locale and an empty home, as on a machine where nothing is set up."""
    home = clone.parent / "home"
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "SSL_CERT_FILE") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
    # downloads may be shared with the project's own environment; nothing else is
    cache = subprocess.run(
        [ROOT / ".venv/bin/uv", "cache", "dir"], capture_output=True, text=True, check=True
    )
    kept["UV_CACHE_DIR"] = cache.stdout.strip()
    kept["UV_COMPILE_BYTECODE"] = "0"  # most of it is never used here
    return subprocess.Popen(
        ["make", *targets],
        cwd=clone,
        env={**kept, "LC_ALL": "C", "HOME": str(home), **PORTS, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def make(clone: Path, target: str, **environment: str) -> subprocess.CompletedProcess[str]:
    process = start(clone, target, **environment)
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed demo says: the reason in a line, and at most one about the log."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    words = [line for line in done.stderr.splitlines() if line and not line.startswith("make")]
    assert 1 <= len(words) <= 2, done.stderr
    assert words[0].startswith("demo: ")
    return words[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


MARK = uuid.uuid4().hex
PORTS = {"DEFTUNES_API_PORT": str(_free_port()), "DEFTUNES_SONGS_PORT": str(_free_port())}


@contextmanager
def demo_in_a_block(clone: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo without make around it, whose Meltano is at work, and the mark of its processes."""
    mark = uuid.uuid4().hex
    log = clone / "output/demo.log"
    log.unlink(missing_ok=True)
    previous = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a child must not ignore it
    try:
        demo = subprocess.Popen(
            [clone / ".venv/bin/python", "scripts/demo.py"],
            cwd=clone,
            env={"PATH": os.environ["PATH"], "HOME": "/dev/null", "MARK": mark, **PORTS},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, previous)
    with demo:
        while not (log.exists() and "Running catalog discovery" in log.read_text("utf-8")):
            assert demo.poll() is None, demo.communicate()
            time.sleep(0.05)
        running = " ".join(processes_of(clone, mark).values())
        assert all(each in running for each in ("supervisor", "postgres", "meltano run"))
        yield demo, mark


@pytest.mark.parametrize(
    "signum",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.heavy),
        pytest.param(signal.SIGHUP, marks=pytest.mark.heavy),
    ],
)
def test_an_interrupted_demo_leaves_nothing_running(
    installed: Path, signum: signal.Signals
) -> None:
    with demo_in_a_block(installed) as (demo, mark):
        demo.send_signal(signum)
        words = demo.communicate()[1]
    assert demo.returncode == 128 + signum
    assert words.strip().startswith("demo: interrupted")
    assert_none_left(installed, mark)


@pytest.mark.heavy
def test_a_killed_demo_leaves_nothing_running_and_does_not_keep_the_next_waiting(
    installed: Path,
) -> None:
    with demo_in_a_block(installed) as (demo, mark):
        running = processes_of(installed, mark)
        (meltano,) = [pid for pid, words in running.items() if "meltano run" in words]
        for pid in (meltano, demo.pid):
            os.kill(pid, signal.SIGKILL)
    assert_none_left(installed, mark)
    # it would not come so far: Meltano refuses a state whose run seems to be alive
    with demo_in_a_block(installed) as (demo, mark):
        demo.terminate()
    assert_none_left(installed, mark)


def test_make_demo_reports_right_totals_and_leaves_nothing_running(
    installed: Path, ran: subprocess.CompletedProcess[str]
) -> None:
    clone, done = installed, ran
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((clone / "output/summary.json").read_bytes())

    # the fact, summed straight from its table, is what report, summary and screen say
    with duckdb.connect(str(clone / "output/warehouse.duckdb"), read_only=True) as warehouse:
        fact = warehouse.execute(
            "select count(*), sum(price) from deftunes_serving.fact_session"
        ).fetchone()
        verdicts = dict(
            warehouse.execute(
                "select verdict, count(*) from deftunes_serving.fact_quality_check group by verdict"
            ).fetchall()
        )
    assert fact is not None
    assert (summary["totals"]["items"], Decimal(summary["totals"]["revenue"])) == fact
    assert f"{fact[0]:,} songs sold for ${fact[1]:,.2f}" in done.stdout
    assert set(verdicts) == {"passed", "warned"}
    rules = f"{sum(verdicts.values())} rules, {verdicts['passed']} passed"
    assert f"\nQuality: {rules}, {verdicts['warned']} warned\n" in done.stdout
    assert f"${fact[1]:,.2f}" in (clone / "output/report.html").read_text(encoding="utf-8")
    assert set(summary["snapshots"]) == {"users", "sessions", "session_items", "songs"}

    for step in ("sources up", "songs", "sessions", "warehouse", "report", "all of it"):
        assert re.search(rf"{step}.*\d+\.\d s", done.stdout), step
    shown = dict(re.findall(r"^  (\S.*?) +(\d+\.\d) s$", done.stdout, re.MULTILINE))
    assert {step: f"{taken:.1f}" for step, taken in summary["seconds"].items()} == shown
    assert_none_left(clone, MARK)

    again = make(clone, "demo", HOME="/dev/null")  # and no home to write to
    assert again.returncode == 0, again.stdout + again.stderr
    second = json.loads((clone / "output/summary.json").read_bytes())
    assert second["totals"] == summary["totals"]
    assert second["snapshots"] == summary["snapshots"]


@pytest.mark.heavy
def test_a_demo_after_its_output_was_removed_tells_the_same(
    installed: Path, ran: subprocess.CompletedProcess[str]
) -> None:
    assert ran.returncode == 0
    summary = installed / "output/summary.json"
    totals = json.loads(summary.read_bytes())["totals"]
    shutil.rmtree(installed / "output")
    done = make(installed, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(summary.read_bytes())["totals"] == totals


def test_a_taken_port_is_one_sentence_and_a_failure(installed: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = told(make(installed, "demo", DEFTUNES_API_PORT=str(port)))
    assert str(port) in sentence
    assert "DEFTUNES_API_PORT" in sentence


def test_a_second_demo_at_once_is_one_sentence_and_a_failure(installed: Path) -> None:
    (installed / "output").mkdir(exist_ok=True)
    with (installed / "output/demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another demo runs in" in told(make(installed, "demo"))


def test_a_full_disk_is_one_sentence_and_a_failure(installed: Path) -> None:
    log = installed / "output/demo.log"
    log.parent.mkdir(exist_ok=True)
    log.unlink(missing_ok=True)
    log.symlink_to("/dev/full")
    try:
        sentence = told(make(installed, "demo"))
    finally:
        log.unlink()
    assert "No space left on device" in sentence
    assert "make room" in sentence


def test_a_source_that_refuses_us_is_told_in_its_own_words(installed: Path) -> None:
    assert "password authentication failed" in told(
        make(installed, "demo", TAP_POSTGRES_PASSWORD="wrong")
    )


@pytest.mark.heavy
def test_sandbox_up_and_down_keep_the_sources_for_meltano(installed: Path) -> None:
    clone = installed
    assert make(clone, "sandbox-up").returncode == 0
    try:
        done = subprocess.run(
            [".venv/bin/meltano", "run", "tap-deftunes-api", "target-s3", "dbt:run"],
            cwd=clone,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(clone.parent / "home"),
                "TAP_DEFTUNES_API_API_URL": f"http://127.0.0.1:{PORTS['DEFTUNES_API_PORT']}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    finally:
        assert make(clone, "sandbox-down").returncode == 0
    for port in PORTS.values():
        _assert_closed(int(port))


def test_make_alone_lists_the_commands_with_a_line_each(clone: Path) -> None:
    done = subprocess.run(["make"], cwd=clone, capture_output=True, text=True, check=True)
    told = {line.split()[1] for line in done.stdout.splitlines()}
    assert {"demo", "test", "check", "bench", "docs", "sandbox-up", "sandbox-down"} <= told
    assert all(len(line.split()) > 3 for line in done.stdout.splitlines())


@pytest.mark.heavy
def test_a_moved_project_works_once_its_lake_is_made_anew(
    installed: Path, ran: subprocess.CompletedProcess[str]
) -> None:
    assert ran.returncode == 0
    make(installed, "sandbox-down")
    moved = installed.rename(installed.with_name("moved"))
    try:
        sentence = told(make(moved, "demo"))
        assert str(installed / "output/lake") in sentence
        assert "`make clean`" in sentence
        # everything in .venv/bin runs from here again
        done = subprocess.run(
            [moved / ".venv/bin/meltano", "--version"], capture_output=True, check=False
        )
        assert done.returncode == 0
    finally:
        moved.rename(installed)


def _assert_closed(port: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError(f"something still listens on port {port}")
