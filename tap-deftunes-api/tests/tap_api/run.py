"""Running the tap: as a process, or in this one where a clock has to be set."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from tap_deftunes_api.errors import TapError
from tap_deftunes_api.tap import TapDeftunesApi

Message = dict[str, Any]

COMMAND = Path(sys.executable).with_name("tap-deftunes-api")


@dataclass(frozen=True)
class Run:
    """What a run wrote, and how it ended."""

    messages: list[Message]
    error: str = ""
    status: int = 0
    output: str = ""

    def records(self, stream: str) -> list[Message]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and _of(m) == stream]

    def ids(self, stream: str = "sessions", key: str = "session_id") -> list[str]:
        return [record[key] for record in self.records(stream)]

    @property
    def states(self) -> list[Message]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    def bookmarks(self, stream: str) -> list[str]:
        return [
            state["bookmarks"][stream]["replication_key_value"]
            for state in self.states
            if state["bookmarks"].get(stream)
        ]


def _of(message: Message) -> str:
    return str(message["stream"])


def parse(output: str) -> list[Message]:
    # not splitlines: within JSON's texts there may be other ends of lines, such as U+0085
    return [json.loads(line, parse_float=Decimal) for line in output.split("\n") if line]


def sync(
    config: dict[str, Any],
    state: dict[str, Any] | None = None,
    catalog: dict[str, Any] | None = None,
    now: str = "2024-01-01T12:00:00",
) -> Run:
    """Sync in this process, at a time of the test's choosing. A foreseen error ends the run."""
    clock = datetime.fromisoformat(now).replace(tzinfo=timezone.utc)
    written = io.BytesIO()
    out = io.TextIOWrapper(written, encoding="utf-8")
    error = ""
    try:
        with redirect_stdout(out):
            tap = TapDeftunesApi(
                config=dict(config), state=state, catalog=catalog, clock=lambda: clock
            )
            tap.sync_all()
    except TapError as failure:
        error = str(failure)
    out.flush()
    output = written.getvalue().decode()
    return Run(parse(output), error, 1 if error else 0, output)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process: nothing that would configure the tap, but for `changes`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TAP_", "PYTHON", "LOGLEVEL"))}
    return kept | changes


def command(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the real command to its end."""
    return subprocess.run(
        [str(COMMAND), *arguments],
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(tmp_path: Path, config: dict[str, Any], *arguments: str, **changes: str) -> Run:
    """Run the real command on a configuration, and read its messages."""
    done = command("--config", write(tmp_path / "config.json", config), *arguments, **changes)
    return Run(parse(done.stdout), done.stderr, done.returncode, done.stdout)


def write(path: Path, content: dict[str, Any]) -> str:
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def catalog_of(*selected: str, nested_items: bool | None = None) -> dict[str, Any]:
    """The tap's own catalog with only these streams selected."""
    tap = TapDeftunesApi(config={}, validate_config=False, setup_mapper=False)
    catalog = json.loads(tap.catalog_json_text)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == []:
                entry["metadata"]["selected"] = stream["stream"] in selected
            if entry["breadcrumb"] == ["properties", "session_items"] and nested_items is not None:
                entry["metadata"]["selected"] = nested_items
    return dict(catalog)
