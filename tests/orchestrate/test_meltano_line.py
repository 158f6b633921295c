"""What a scheduler is told of a line: the status that Meltano hides, and the reason, last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.leftovers import processes_of
from tests.project import ROOT

LOGGED = "2026-11-21T23:48:07.445336Z [{:<9}] {:<12} {}"
BROKEN_RULE = 'Table songs: ColumnLength "song_id" = 18 (block): 1 of 1 rows fail.'
FAILED = "Block run completed            block_type=ExtractLoadBlocks duration_seconds=3.805 "

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a line in a project whose Meltano is a fake, a shell script: it has every end."""
    program = tmp_path / ".venv/bin/meltano"
    for folder in (program.parent, tmp_path / "scripts"):
        folder.mkdir(parents=True)
    for file in (ROOT / "scripts").glob("*.py"):
        (tmp_path / "scripts" / file.name).write_bytes(file.read_bytes())

    processes = []

    def started(script: str, *words: str, **settings: str) -> subprocess.Popen[str]:
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, str(tmp_path / "scripts/meltano_line.py"), *words],
            env={"PATH": os.environ["PATH"], **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.terminate()
        process.wait()


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    said, _ = process.communicate()
    return process.returncode, said.splitlines()


def saying(*lines: str, status: int) -> str:
    words = "\n".join(lines)
    return f"cat <<'END'\n{words}\nEND\nexit {status}"


@pytest.mark.parametrize(
    ("lines", "meltanos", "status", "last"),
    [
        (["all well"], 0, 0, "all well"),
        (
            [
                LOGGED.format("critical", "target-s3", BROKEN_RULE),
                LOGGED.format("error", "meltano", "Loader failed"),
                LOGGED.format(
                    "error", "meltano", FAILED + "exit_codes={<PluginType.LOADERS: 'loaders'>: 3}"
                ),
            ],
            1,
            3,
            f"target-s3: {BROKEN_RULE}",
        ),
        (
            [
                LOGGED.format("critical", "tap-x", "GET /users failed."),
                LOGGED.format(
                    "error",
                    "meltano",
                    FAILED + "exit_codes={<PluginType.EXTRACTORS: 'extractors'>: 3}",
                ),
            ],
            1,
            1,
            "tap-x: GET /users failed.",
        ),
        (["nobody knows"], 2, 2, "nobody knows"),
    ],
)
def test_a_rule_that_stopped_the_load_is_status_3_and_every_reason_comes_last(
    start: Start, lines: list[str], meltanos: int, status: int, last: str
) -> None:
    told, said = ended(start(saying(*lines, status=meltanos), "run", "tap-x", "target-s3"))
    assert (told, said[-1]) == (status, last)
    assert said[: len(lines)] == lines


@pytest.mark.parametrize("words", [["run", "tap-x"], ["meltano", "run", "tap-x"]])
def test_a_line_may_begin_with_its_program(start: Start, words: list[str]) -> None:
    assert ended(start('echo "$@"', *words)) == (0, ["run tap-x"])


def test_every_line_has_a_run_id(start: Start) -> None:
    (status, (run_id,)) = ended(start("echo $MELTANO_RUN_ID", "run"))
    assert status == 0
    assert len(run_id) == 36


def test_a_signal_ends_what_was_started_and_says_so(start: Start, tmp_path: Path) -> None:
    process = start("echo begun; sleep 600", "run", "tap-x")
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGTERM)
    status, said = ended(process)
    assert status == 128 + signal.SIGTERM
    assert said[-1].startswith("interrupted; what it had started is stopped.")
    assert processes_of(tmp_path, "no mark") == {}


@pytest.mark.slow
def test_a_line_ends_by_itself_after_its_limit(start: Start, tmp_path: Path) -> None:
    process = start("exec sleep 600", "run", "tap-x", DEFTUNES_LINE_SECONDS="1")
    status, said = ended(process)
    assert status == 128 + signal.SIGALRM
    (last,) = said
    assert last.startswith("it took more than 1 s (DEFTUNES_LINE_SECONDS); what it had started is")
    assert processes_of(tmp_path, "no mark") == {}


def test_a_limit_that_is_no_number_is_a_sentence(start: Start) -> None:
    told, said = ended(start("echo typed", "run", "tap-x", DEFTUNES_LINE_SECONDS="2h"))
    assert (told, said) == (
        1,
        ["DEFTUNES_LINE_SECONDS=2h is no number of seconds: set it to one, or not at all."],
    )


def test_a_killed_line_takes_meltano_with_it(start: Start, tmp_path: Path) -> None:
    # by exec: Linux tells Meltano, which tells what it has started
    process = start("echo begun; exec sleep 600", "run", "tap-x")
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while (left := processes_of(tmp_path, str(tmp_path))) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == {}


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_only_a_line_that_was_killed_is_forced_and_by_that_once(
    start: Start, signum: signal.Signals
) -> None:
    words = ("run", "--full-refresh", "tap-x", "target-s3")
    assert ended(start('echo "$@"; exit 1', *words))[1][0] == "run --full-refresh tap-x target-s3"
    killed = start("echo begun; exec sleep 600", *words)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "begun\n"
    killed.send_signal(signum)
    ended(killed)
    typed = [
        ended(start('echo "$@"', *line))[1][-1]
        for line in (("run", "tap-x", "other"), words, words)
    ]
    assert typed == [
        "run tap-x other",
        "run --force --full-refresh tap-x target-s3",
        "run --full-refresh tap-x target-s3",
    ]


def test_two_lines_of_one_extractor_run_one_after_the_other(start: Start, tmp_path: Path) -> None:
    order, go = tmp_path / "order", tmp_path / "go"
    script = f"echo begun; echo $2 >> {order}; read line < {go}; echo end >> {order}"
    os.mkfifo(go)
    first = start(script, "run", "tap-x")
    while not order.exists():
        time.sleep(0.01)
    second = start(script, "run", "--force", "tap-x")
    assert second.stdout is not None
    assert "another line runs tap-x: waiting for its end" in second.stdout.readline()
    for process in (first, second):
        go.write_text("go\n", "utf-8")
        assert ended(process)[0] == 0
    assert order.read_text("utf-8").split() == ["tap-x", "end", "--force", "end"]
