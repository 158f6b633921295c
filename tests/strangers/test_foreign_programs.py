"""The tap's output pleases programs that know nothing of it: a checker and two targets."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.strangers.expected import Row, in_order
from tests.strangers.tap import Output, environment, run_tap, write

STREAMS = ("users", "sessions", "session_items")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("strangers")]


def feed(output: Output, folder: Path, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Give the output to a program that runs in a folder."""
    return subprocess.run(
        command, input=output.stdout, cwd=folder, env=environment(), capture_output=True, check=True
    )


def test_the_tap_writes_what_the_api_answers(output: Output, answers: dict[str, list[Row]]) -> None:
    assert output.status == 0
    for stream in STREAMS:
        assert in_order(output.records(stream)) == in_order(answers[stream])


def test_singer_check_tap_has_no_complaint_from_the_start_or_from_a_state(
    programs: Path,
    config: Row,
    output: Output,
    answers: dict[str, list[Row]],
    tmp_path: Path,
) -> None:
    # It can also run the tap itself, but then forgets to wait until it has read everything.
    checker = programs / "singer-check-tap"
    verdict = feed(output, tmp_path, checker).stdout.decode()
    assert "The output is valid." in verdict
    for stream in STREAMS:
        assert f"| {stream:<13} | {len(answers[stream]):<7} | 1       |" in verdict
    resumed = run_tap(tmp_path, config, state=output.last_state)
    verdict = feed(resumed, tmp_path, checker).stdout.decode()
    assert "The output is valid." in verdict
    assert "| users         | 0       | 1       |" in verdict


def test_target_jsonl_takes_every_stream_value_by_value(
    programs: Path, output: Output, answers: dict[str, list[Row]], tmp_path: Path
) -> None:
    settings = {"destination_path": str(tmp_path), "do_timestamp_file": False}
    target = programs / "target-jsonl"
    done = feed(output, tmp_path, target, "--config", write(tmp_path / "c.json", settings))
    assert json.loads(done.stdout) == output.last_state
    for stream in STREAMS:
        lines = (tmp_path / f"{stream}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line, parse_float=Decimal) for line in lines]
        assert in_order(rows) == in_order(answers[stream])


def test_target_csv_takes_every_stream_value_by_value(
    output: Output, answers: dict[str, list[Row]], tmp_path: Path
) -> None:
    settings = {"output_path": str(tmp_path), "file_naming_scheme": "{stream_name}.csv"}
    target = Path(sys.executable).with_name("target-csv")
    done = feed(output, tmp_path, target, "--config", write(tmp_path / "c.json", settings))
    assert json.loads(done.stdout.splitlines()[-1]) == output.last_state
    for stream in STREAMS:
        with (tmp_path / f"{stream}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert in_order(rows) == in_order([as_csv(row) for row in answers[stream]])


def as_csv(row: Row) -> dict[str, str]:
    """A row as Python spells it; the target reads times, and has no way to spell null."""
    return {name: _text(name, value) for name, value in row.items()}


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if name in {"user_since", "session_start_time", "liked_since"}:
        return str(datetime.fromisoformat(str(value)))
    return str(value)
