"""A failure is told in the words of whoever knows; what Meltano started ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.leftovers import assert_none_left
from tests.scripts import load_script

LOGGED = "2026-11-20T12:47:17.867942Z [{:<9}] {:<12} {}"
BLOCK_FAILED = LOGGED.format("error", "meltano", "Block run completed  success=False")


def follow(monkeypatch: pytest.MonkeyPatch, root: Path, *lines: str, status: int) -> list[float]:
    """Follow a Meltano that says these lines; the seconds of its blocks."""
    module = load_script("meltano_process", monkeypatch)
    program = root / ".venv/bin/meltano"
    program.parent.mkdir(parents=True)
    words = "\n".join(lines)
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{words}\nEND\nexit {status}\n", "utf-8")
    program.chmod(0o755)
    with (root / "demo.log").open("w") as log:
        arguments = ["run", "tap", "target"]
        with closing(module.follow(root, arguments, os.environ, log)) as blocks:
            return list(blocks)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            [
                LOGGED.format("critical", "tap-x", "GET /users failed: see that the API is well."),
                LOGGED.format("info", "target-s3", "nothing to commit"),
                LOGGED.format("error", "meltano", "Extractor failed"),
                BLOCK_FAILED,
            ],
            "tap-x: GET /users failed: see that the API is well.",
        ),
        (
            [
                LOGGED.format("error", "meltano", "Cannot start plugin"),
                "Traceback (most recent call last):",
                '  File "x.py", line 1, in f',
                "sqlalchemy.exc.OperationalError: connection refused",
                "\tIs the server running?",
                BLOCK_FAILED,
            ],
            "sqlalchemy.exc.OperationalError: connection refused",
        ),
        (
            [
                LOGGED.format("info", "target-s3", "ModuleNotFoundError: No module named 'x'"),
                "BrokenPipeError",
                BLOCK_FAILED,
            ],
            "ModuleNotFoundError: No module named 'x'",
        ),
        (
            [LOGGED.format("error", "meltano", "Another pipeline is running"), BLOCK_FAILED],
            "Another pipeline is running",
        ),
        (
            [
                LOGGED.format("info", "dbt", "Database Error"),
                LOGGED.format("info", "dbt", "  the warehouse is open in another program"),
                BLOCK_FAILED,
                LOGGED.format("info", "meltano", "Run completed  duration_seconds=9.6"),
            ],
            "the warehouse is open in another program",
        ),
        (
            [
                LOGGED.format("info", "dbt", "14:10:54  Failure in test prices (tests/prices.sql)"),
                LOGGED.format("info", "dbt", "14:10:54    Got 78 results, configured to fail"),
                BLOCK_FAILED,
            ],
            "Failure in test prices (tests/prices.sql): Got 78 results, configured to fail",
        ),
        (["Error reading meltano.yml", ""], "Error reading meltano.yml"),
        ([], "Meltano said nothing."),
    ],
)
def test_a_failure_is_told_by_the_line_that_explains_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: list[str], reason: str
) -> None:
    with pytest.raises(load_script("meltano_process", monkeypatch).MeltanoError) as caught:
        follow(monkeypatch, tmp_path, *lines, status=1)
    first, second = str(caught.value).splitlines()
    assert first == reason
    assert "ended with exit status 1; all of its words are in demo.log" in second


def test_blocks_that_succeed_are_told_with_their_seconds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = "Block run completed  block_type=B duration_seconds={} success=True"
    lines = [LOGGED.format("info", "meltano", done.format(taken)) for taken in ("2.5", "0.25")]
    assert follow(monkeypatch, tmp_path, *lines, status=0) == [2.5, 0.25]
    assert (tmp_path / "demo.log").read_text("utf-8").splitlines() == lines


def test_a_child_that_ignores_gentle_signals_ends_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = load_script("process_group", monkeypatch)
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    mark = uuid.uuid4().hex
    stubborn = "trap '' INT TERM; sleep 600 & echo begun; wait"
    with module.process_group(
        ["/bin/sh", "-c", stubborn],
        cwd=tmp_path,
        env={**os.environ, "MARK": mark},
        gently=signal.SIGINT,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == "begun\n"
    assert process.wait() == -signal.SIGKILL
    assert_none_left(tmp_path, mark)
