"""The README's first command, in a clean clone with an empty home."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.project import ROOT, copy_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git would hand out of this work tree, and nothing else."""
    folder = tmp_path_factory.mktemp("clone")
    copy_project(folder, with_environment=False)
    return folder


def make(clone: Path, target: str, **environment: str) -> subprocess.CompletedProcess[str]:
    home = clone.parent / "home"
    home.mkdir(exist_ok=True)
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "SSL_CERT_FILE") if name in os.environ
    }
    kept |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))}
    # downloads may be shared with the project's own environment; nothing else is
    cache = subprocess.run(
        [ROOT / ".venv/bin/uv", "cache", "dir"], capture_output=True, text=True, check=True
    )
    kept["UV_CACHE_DIR"] = cache.stdout.strip()
    return subprocess.run(
        ["make", target],
        cwd=clone,
        env={**kept, "HOME": str(home), **PORTS, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


PORTS = {"DEFTUNES_API_PORT": str(_free_port()), "DEFTUNES_SONGS_PORT": str(_free_port())}


def test_make_demo_reports_right_totals_and_leaves_nothing_running(clone: Path) -> None:
    done = make(clone, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((clone / "output/summary.json").read_bytes())

    # the fact, summed straight from its table, is what report, summary and screen say
    with duckdb.connect(str(clone / "output/warehouse.duckdb"), read_only=True) as warehouse:
        fact = warehouse.execute(
            "select count(*), sum(price) from deftunes_serving.fact_session"
        ).fetchone()
    assert fact is not None
    assert (summary["totals"]["items"], Decimal(summary["totals"]["revenue"])) == fact
    assert f"{fact[0]:,} songs sold for ${fact[1]:,.2f}" in done.stdout
    assert f"${fact[1]:,.2f}" in (clone / "output/report.html").read_text(encoding="utf-8")
    assert set(summary["snapshots"]) == {"users", "sessions", "session_items", "songs"}

    for step in ("sources up", "songs", "sessions", "warehouse", "report", "all of it"):
        assert re.search(rf"{step}.*\d+\.\d s", done.stdout), step
    for port in PORTS.values():
        _assert_closed(int(port))

    again = make(clone, "demo")
    assert again.returncode == 0, again.stdout + again.stderr
    second = json.loads((clone / "output/summary.json").read_bytes())
    assert second["totals"] == summary["totals"]
    assert second["snapshots"] == summary["snapshots"]


def test_a_taken_port_is_one_sentence_and_a_failure(clone: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = make(clone, "demo", DEFTUNES_API_PORT=str(port))
    assert done.returncode != 0
    (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("demo: ")]
    assert str(port) in sentence
    assert "DEFTUNES_API_PORT" in sentence
    assert "Traceback" not in done.stderr


def test_sandbox_up_and_down_keep_the_sources_for_meltano(clone: Path) -> None:
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


def _assert_closed(port: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError(f"something still listens on port {port}")
