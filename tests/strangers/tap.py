"""The tap as a process, as any Singer user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, Any]

TAP = Path(sys.executable).with_name("tap-deftunes-api")


def environment() -> dict[str, str]:
    """The caller's, without what would configure a Singer program or slow down a process."""
    strange = ("TAP_", "TARGET_", "PYTHON", "LOGLEVEL")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)}


@dataclass(frozen=True)
class Output:
    """What the tap wrote and said, and how it ended."""

    stdout: bytes
    stderr: str
    status: int

    @cached_property
    def messages(self) -> list[Row]:
        return [json.loads(line, parse_float=Decimal) for line in self.stdout.splitlines()]

    def records(self, stream: str) -> list[Row]:
        records = (m for m in self.messages if m["type"] == "RECORD")
        return [message["record"] for message in records if message["stream"] == stream]

    @property
    def last_state(self) -> Row:
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        state: Row = states[-1]
        return state

    def said(self, level: str) -> list[str]:
        """What was logged at a level, without time and name."""
        lines = (line.split(" | ", 3) for line in self.stderr.splitlines())
        return [parts[3] for parts in lines if len(parts) == 4 and parts[1].strip() == level]


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def run_tap(folder: Path, config: Row, **files: Any) -> Output:
    """Run the tap to its end; `files` are what other options name, such as `state={…}`."""
    options: list[str | Path] = ["--config", write(folder / "config.json", config)]
    for name, content in files.items():
        options += [f"--{name}", write(folder / f"{name}.json", content)]
    done = subprocess.run([TAP, *options], env=environment(), capture_output=True, check=False)
    return Output(done.stdout, done.stderr.decode(), done.returncode)
