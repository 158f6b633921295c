"""A lake in a folder, messages for it, and what readers see of its tables."""

from __future__ import annotations

import atexit
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.table import Table

from deftunes_sandbox.forks import Forks
from deftunes_sandbox.taps.modes import MODE, Batches, Mode
from target_s3.target import TargetS3

LOAD_COLUMNS = ("ingest_on", "processing_timestamp", "source_from")
COMMAND = Path(sys.executable).with_name("target-s3")

Message = dict[str, Any]


def schema(
    stream: str, properties: dict[str, Any], keys: Iterable[str] = ("id",), **more: Any
) -> Message:
    body = {"type": "object", "properties": properties, **more}
    return {"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": list(keys)}


def record(stream: str, **values: Any) -> Message:
    return {"type": "RECORD", "stream": stream, "record": values}


def state(**bookmarks: Any) -> Message:
    return {"type": "STATE", "value": {"bookmarks": bookmarks}}


def lines(messages: Iterable[Message | str]) -> bytes:
    texts = (item if isinstance(item, str) else json.dumps(item) for item in messages)
    return "".join(text + "\n" for text in texts).encode()


@cache
def _forks() -> Forks:
    """Has the target's imports, which take longer than most loads; for as long as we."""
    folder = tempfile.TemporaryDirectory(prefix="target-forks-")
    forks = Forks(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(forks.close)
    return forks


@dataclass
class Lake:
    """One lake and the configuration that loads into it.

    Attributes:
        folder: Where it is, or its catalog.
        config: The target's configuration.
        mode: How RECORDs are sent: as such, or in BATCHes.
    """

    folder: Path
    config: dict[str, Any] = field(default_factory=dict)
    mode: Mode = MODE

    def __post_init__(self) -> None:
        self.config.setdefault("lake_url", f"file://{self.folder}")

    def load(self, *messages: Message | str, **config: Any) -> None:
        """Load within this process: faults raise."""
        target = TargetS3(config={**self.config, **config})
        batches = self._batches()
        target.listen(io.BytesIO(batches.of(lines(messages))))  # type: ignore[arg-type]
        assert not [file for file in batches.files if file.exists()], "what is loaded goes"

    def run(self, *messages: Message | str, **config: Any) -> subprocess.CompletedProcess[bytes]:
        """Load as a process of its own: state, exit status and words as a user sees them."""
        file = self.folder.parent / "config.json"
        file.write_text(json.dumps({**self.config, **config}), encoding="utf-8")
        command = [str(COMMAND), "--config", str(file)]
        sent = self._batches().of(lines(messages))
        ended = _forks().run(command, sent, os.environ)
        return subprocess.CompletedProcess(command, ended.status, ended.out, ended.err)

    def _batches(self) -> Batches:
        return Batches(self.folder.with_name(f"{self.folder.name}-batches"), self.mode)

    @cached_property
    def catalog(self) -> Catalog:
        properties = {"type": "sql", "uri": f"sqlite:///{self.folder}/catalog.db"}
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        if endpoint:
            properties["s3.endpoint"] = endpoint
            # without it, pyiceberg asks AWS itself, and waits
            properties["s3.region"] = os.environ["AWS_REGION"]
        return load_catalog("default", **properties)

    def close(self) -> None:
        """Let go of the catalog, if it was looked at."""
        if "catalog" in self.__dict__:
            self.catalog.close()

    def table(self, name: str) -> Table:
        return self.catalog.load_table(("default", name))

    def rows(self, name: str, *, load_columns: bool = False) -> list[dict[str, Any]]:
        """The table's rows as pyiceberg reads them, in the order of their text."""
        rows = self.table(name).scan().to_arrow().to_pylist()
        if not load_columns:
            rows = [
                {key: value for key, value in row.items() if key not in LOAD_COLUMNS}
                for row in rows
            ]
        return sorted(rows, key=repr)

    def snapshots(self, name: str) -> list[int]:
        return [snapshot.snapshot_id for snapshot in self.table(name).snapshots()]

    def landed(self, pattern: str = "**/*") -> list[Path]:
        return sorted(path for path in (self.folder / "landing_zone").glob(pattern))

    def outcomes(self) -> list[dict[str, Any]]:
        """All loads that were recorded, oldest first."""
        records = (json.loads(path.read_bytes()) for path in self.landed("_runs/*.json"))
        loads = [load for record in records for load in record["loads"]]
        return sorted(loads, key=lambda load: str(load["started"]))
