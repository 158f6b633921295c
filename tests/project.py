"""A copy of the project to run in, and what the sources say by themselves."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from pyiceberg.catalog import Catalog, load_catalog

from deftunes_sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
LOAD_COLUMNS = ("ingest_on", "processing_timestamp")
NAMESPACE = "deftunes_transform"
TABLES = ("users", "sessions", "session_items", "songs")

Row = dict[str, Any]


def copy_project(folder: Path, *, with_environment: bool = True) -> None:
    """The files of the work tree that git knows or would add; the environment is shared."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    if with_environment:
        (folder / ".venv").symlink_to(ROOT / ".venv")


@dataclass
class Project:
    """A project of its own, and the sandbox that its local environment reads.

    Attributes:
        folder: Where it is.
        sandbox: Its sources.
        has_songs: Whether the songs database is one of them.
    """

    folder: Path
    sandbox: Sandbox
    has_songs: bool = True

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if _is_kept(name)}
        songs = {"TAP_POSTGRES_PORT": str(self.sandbox.songs.port)} if self.has_songs else {}
        return {
            **kept,
            "HOME": str(self.folder / "home"),
            "NO_COLOR": "1",
            "TAP_DEFTUNES_API_API_URL": self.sandbox.api_url,
            **songs,
        }

    def meltano(
        self, *arguments: str, expect: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(self.folder / ".venv/bin/meltano"), *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if expect is not None:
            assert done.returncode == expect, done.stdout + done.stderr
        return done

    def killed_in(self, words: str, *arguments: str) -> None:
        """Start Meltano and kill it and all it started as soon as it says something."""
        process = subprocess.Popen(
            [str(self.folder / ".venv/bin/meltano"), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        with process:
            for line in process.stdout or ():
                if words in line:
                    os.killpg(process.pid, signal.SIGKILL)
                    break
            else:
                raise AssertionError(f"{words!r} was never said")
        assert process.returncode == -signal.SIGKILL

    def rows(self, table: str, namespace: str = NAMESPACE) -> list[Row]:
        """A table of the lake as pyiceberg reads it, the load's own columns aside."""
        with self._catalog() as catalog:
            rows = catalog.load_table((namespace, table)).scan().to_arrow().to_pylist()
        kept = [{name: row[name] for name in row if name not in LOAD_COLUMNS} for row in rows]
        return sorted(kept, key=repr)

    def columns(self, table: str, namespace: str = NAMESPACE) -> list[tuple[str, str]]:
        """Name and Iceberg type of a table's columns."""
        with self._catalog() as catalog:
            schema = catalog.load_table((namespace, table)).schema()
        return [(column.name, str(column.field_type)) for column in schema.fields]

    def snapshots(self, names: Sequence[str] = TABLES) -> dict[str, list[int]]:
        """The snapshots that readers have seen of each table, oldest first."""
        with self._catalog() as catalog:
            tables = {name: catalog.load_table((NAMESPACE, name)) for name in names}
        return {
            name: [entry.snapshot_id for entry in table.history()] for name, table in tables.items()
        }

    def warehouse(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "output/warehouse.duckdb"), read_only=True) as db:
            return db.execute(query).fetchall()

    def _catalog(self) -> Catalog:
        uri = f"sqlite:///{self.folder}/output/lake/catalog.db"
        return load_catalog("default", type="sql", uri=uri)


def _is_kept(name: str) -> bool:
    """Nothing of the caller's own configuration reaches the project."""
    prefixes = ("DEFTUNES_", "DBT_", "MELTANO_", "TAP_", "TARGET_", "PYTHON", "AWS_")
    return not name.startswith(prefixes)


def put_fault(sandbox: Sandbox, fault: str) -> None:
    """Put a fault in force for every client; an empty one ends it."""
    request = urllib.request.Request(
        f"{sandbox.api_url}/sandbox/fault", data=fault.encode(), method="PUT"
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["fault"] == fault


@dataclass(frozen=True)
class Answers:
    """What the API and the database say, computed without any code of ours."""

    users: list[Row]
    sessions: list[Row]
    tracks: set[str]

    @property
    def items(self) -> list[Row]:
        return [
            {"session": session, "index": index, **item}
            for session in self.sessions
            for index, item in enumerate(session["session_items"])
        ]

    @property
    def revenue(self) -> Decimal:
        return sum((item["price"] for item in self.items), Decimal(0))

    @property
    def revenue_by_country(self) -> dict[str | None, Decimal]:
        homes = {user["user_id"]: user["user_location"][3] for user in self.users}
        totals: defaultdict[str | None, Decimal] = defaultdict(Decimal)
        for item in self.items:
            totals[homes.get(item["session"]["user_id"])] += item["price"]
        return totals

    def item_rows(self) -> list[Row]:
        """The rows that `session_items` must hold."""
        rows = [
            {
                "session_id": item["session"]["session_id"],
                "item_index": item["index"],
                "user_id": item["session"]["user_id"],
                "session_start_time": dt.datetime.fromisoformat(
                    item["session"]["session_start_time"]
                ),
                "song_id": item["song_id"],
                "song_name": item["song_name"],
                "artist_id": item["artist_id"],
                "artist_name": item["artist_name"],
                "price": item["price"].quantize(Decimal("0.01")),
                "currency": item["currency"],
                "liked": item["liked"],
                "liked_since": item["liked_since"]
                and dt.datetime.fromisoformat(item["liked_since"]),
                "source_from": "purchase_api",
            }
            for item in self.items
        ]
        return sorted(rows, key=repr)


def ask(sandbox: Sandbox, tracks: set[str]) -> Answers:
    """Read both endpoints whole, straight off the wire."""
    everything = "?start_date=2000-01-01&end_date=2100-01-01"
    pages = []
    for path in ("/users", f"/sessions{everything}"):
        with urllib.request.urlopen(sandbox.api_url + path) as answer:
            pages.append(json.loads(answer.read(), parse_float=Decimal, parse_int=Decimal))
    return Answers(pages[0], pages[1], tracks)
