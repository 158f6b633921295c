"""The tap's command against the sandbox's database."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from deftunes_sandbox.forks import Forks

_EXACT = msgspec.json.Encoder(decimal_format="number")
COMMAND = str(Path(sys.executable).with_name("deftunes-tap-postgres"))


@dataclass(frozen=True)
class Run:
    """What a run of the tap said and did."""

    status: int
    out: bytes
    words: str

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line, parse_float=Decimal) for line in self.out.splitlines()]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def kinds(self) -> list[str]:
        """The messages' types in order, each stretch of one type once."""
        types = [message["type"] for message in self.messages]
        return [kind for at, kind in enumerate(types) if at == 0 or types[at - 1] != kind]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [message["record"] for message in self.of_type("RECORD")]

    def records_of(self, stream: str) -> list[dict[str, Any]]:
        return [each["record"] for each in self.of_type("RECORD") if each["stream"] == stream]

    def table_of(self, stream: str) -> pa.Table:
        return pa.concat_tables(
            table_in(path_of(url))
            for message in self.of_type("BATCH")
            if message["stream"] == stream
            for url in message["manifest"]
        )

    @property
    def states(self) -> list[Any]:
        return [message["value"] for message in self.of_type("STATE")]

    @property
    def files(self) -> list[Path]:
        return [path_of(url) for each in self.of_type("BATCH") for url in each["manifest"]]

    @property
    def tables(self) -> list[pa.Table]:
        return [table_in(file) for file in self.files]

    @property
    def table(self) -> pa.Table:
        return pa.concat_tables(self.tables)


def path_of(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))


def table_in(file: Path) -> pa.Table:
    if file.suffix == ".parquet":
        return pq.ParquetFile(file).read()
    with pa.OSFile(str(file)) as source:
        return pa.ipc.open_file(source).read_all()


class Tap:
    """Runs the command on tables of one schema of the database.

    Args:
        forks: Has the tap's imports.
        folder: For configuration, catalogs and, in `files`, batch files.
        dsn: Where the database is.
        schema: The schema of which tables are read.
    """

    def __init__(self, forks: Forks, folder: Path, dsn: Mapping[str, Any], schema: str) -> None:
        self.forks = forks
        self.folder = folder
        self.schema = schema
        self.files = folder / "files"
        self._address = {
            **{name: dsn[name] for name in ("host", "user", "password")},
            "port": int(dsn["port"]),
            "database": dsn["dbname"],
            "filter_schemas": [schema],
        }

    def batches(self, file_format: str = "arrow", **more: Any) -> dict[str, Any]:
        """The setting for batches; `compression` and `batch_size` may be given."""
        encoding = {"format": file_format}
        if "compression" in more:
            encoding["compression"] = more.pop("compression")
        storage = {"root": self.files.as_uri()}
        return {"batch_config": {"encoding": encoding, "storage": storage, **more}}

    def config(self, **settings: Any) -> Path:
        return self._written("tap.json", {**self._address, **settings})

    def discovered(self) -> dict[str, Any]:
        found = self.forks.run([COMMAND, "--config", str(self.config()), "--discover"])
        assert found.status == 0, found.err.decode()
        catalog: dict[str, Any] = json.loads(found.out)
        return catalog

    def command(
        self,
        *,
        catalog: Mapping[str, Any] | None = None,
        without: Collection[str | None] = (),
        keys: Mapping[str, str] | None = None,
        state: Any = None,
        **settings: Any,
    ) -> list[str]:
        """The command that reads every table, after what it needs is written.

        Args:
            catalog: As discovered; by default it is discovered now.
            without: Columns that are not selected.
            keys: Replication keys by table, which make their reads incremental.
            state: That of an earlier run.
            settings: The tap's, beside where the database is.
        """
        chosen = json.loads(json.dumps(catalog or self.discovered()))
        for stream in chosen["streams"]:
            root = {"replication-method": "FULL_TABLE"}
            if key := (keys or {}).get(stream["table_name"]):
                root = {"replication-method": "INCREMENTAL", "replication-key": key}
                stream |= {"replication_method": "INCREMENTAL", "replication_key": key}
            for entry in stream["metadata"]:
                name = entry["breadcrumb"][-1] if entry["breadcrumb"] else None
                entry["metadata"] |= {"selected": name not in without, **({} if name else root)}
        config = self.config(**settings)
        given = [COMMAND, "--config", str(config), "--catalog"]
        given.append(str(self._written("catalog.json", chosen)))
        return given if state is None else [*given, "--state", str(self._written("state", state))]

    def run(self, *, expect: int = 0, env: Mapping[str, str] | None = None, **options: Any) -> Run:
        """Read every table to the end; `options` are those of `command`."""
        done = self.forks.run(self.command(**options), env=env)
        assert done.status == expect, done.err.decode()
        return Run(done.status, done.out, done.err.decode())

    def _written(self, name: str, content: Any) -> Path:
        file = self.folder / name
        file.write_bytes(_EXACT.encode(content))
        return file
