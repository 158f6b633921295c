"""One lake that both engines read, and what each of them builds of it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import psycopg
import yaml
from psycopg.rows import dict_row

from deftunes_redshift.address import RedshiftAddress
from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.emulated import Emulated
from tests.parity.comparison import Contents, gold, in_duckdb, in_redshift
from tests.parity.days import Day, World
from tests.parity.messages import purchases_of, songs_of
from tests.project import ROOT
from tests.transform.dbt import dbt_command, run_dbt

NATIVE = "native"
"""The database whose tables target-redshift loads, on the same stand-in."""
_EVERYTHING = "?start_date=2000-01-01&end_date=2100-01-01"


def settings(songs: int, users: int, sessions_per_day: int) -> SandboxSettings:
    """The sandbox's settings for a world of some size, on free ports."""
    return SandboxSettings(
        api_port=0,
        songs_port=0,
        emulated=True,
        aws_port=0,
        redshift_port=0,
        songs=songs,
        users=users,
        sessions_per_day=sessions_per_day,
    )


@dataclass
class Parity:
    """A lake in a folder, registered in Glue as well, two warehouses over it, and one without it.

    Attributes:
        folder: For all that is made.
        world: What the sources hold.
        address: Where the Redshift stand-in is.
        aws: The emulated AWS, as environment variables.
    """

    folder: Path
    world: World
    address: RedshiftAddress
    aws: dict[str, str]
    _version: int = 0

    def load(self, day: Day) -> None:
        """Load a day by both targets as the project has them set; tell Glue where tables are."""
        self._version += 1
        said = [purchases_of(day)]
        if day.songs is not None:
            said.append(songs_of(day, self._version))
        self._local.mkdir(exist_ok=True)
        lake = {"lake_url": (self._local / "lake").as_uri()}
        for number, messages in enumerate(said):
            run = {"run_id": f"day-{self._version}-{number}"}
            self._target("target-s3", "load", messages, run | lake)
            self._target("target-redshift", "warehouse", messages, run | self._native)
        self._register()

    def build(self) -> None:
        """Build both warehouses over the lake."""
        for done in (run_dbt("run", folder=self._local), self._dbt_on_redshift("run")):
            assert done.returncode == 0, done.stdout + done.stderr

    def build_native(self) -> None:
        """Build the one without a lake."""
        native = {"REDSHIFT_DATABASE": NATIVE, "REDSHIFT_SOURCES": "native"}
        done = self._dbt_on_redshift("run", **native)
        assert done.returncode == 0, done.stdout + done.stderr

    def contents(self) -> tuple[dict[str, Contents], dict[str, Contents]]:
        """Every gold table and view, of DuckDB and of Redshift."""
        tables = gold(self._local / "target/manifest.json")
        return (
            in_duckdb(self._local / "warehouse.duckdb", tables),
            in_redshift(self.address.url(), tables),
        )

    def native_contents(self) -> dict[str, Contents]:
        """The same of the warehouse without a lake."""
        tables = gold(self._local / "target/manifest.json")
        return in_redshift(replace(self.address, database=NATIVE).url(), tables)

    @property
    def _local(self) -> Path:
        return self.folder / "local"

    @property
    def _native(self) -> dict[str, Any]:
        keywords = {**self.address.keywords(), "database": NATIVE, "sslmode": "disable"}
        del keywords["ssl"]
        return {**keywords, "staging_url": "s3://deftunes-lake/staging"}

    def _dbt_on_redshift(
        self, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        folder = self.folder / "redshift" / variables.get("REDSHIFT_DATABASE", "")
        folder.mkdir(parents=True, exist_ok=True)
        warehouse = {
            "DBT_TARGET": "emulated",
            "REDSHIFT_HOST": self.address.host,
            "REDSHIFT_PORT": str(self.address.port),
            "REDSHIFT_DATABASE": self.address.database,
            "REDSHIFT_USER": self.address.user,
            "REDSHIFT_PASSWORD": self.address.password,
            "REDSHIFT_SSLMODE": "disable",
        }
        return dbt_command(*arguments, folder=folder, **warehouse | variables)

    def _target(self, name: str, file: str, messages: bytes, settings: dict[str, Any]) -> None:
        config = self.folder / f"{name}.json"
        config.write_text(json.dumps(_shipped(file) | settings))
        command = [str(ROOT / ".venv/bin" / name), "--config", str(config)]
        environment = {**os.environ, **self.aws} if name == "target-redshift" else None
        done = subprocess.run(
            command, input=messages, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def _register(self) -> None:
        """Let Glue name the very metadata files that the lake's own catalog names."""
        with closing(sqlite3.connect(self._local / "lake/catalog.db")) as catalog:
            rows = catalog.execute(
                "select table_namespace, table_name, metadata_location from iceberg_tables"
            ).fetchall()
        glue = boto3.client("glue", **_keywords(self.aws))
        known = {database["Name"] for database in glue.get_databases()["DatabaseList"]}
        for namespace in {namespace for namespace, _, _ in rows} - known:
            glue.create_database(DatabaseInput={"Name": namespace})
        for namespace, table, location in rows:
            there = glue.get_tables(DatabaseName=namespace)["TableList"]
            has_it = table in {each["Name"] for each in there}
            put = glue.update_table if has_it else glue.create_table
            parameters = {"table_type": "ICEBERG", "metadata_location": location}
            described = {"TableType": "EXTERNAL_TABLE", "Parameters": parameters}
            put(DatabaseName=namespace, TableInput={"Name": table, **described})


@contextmanager
def parity(size: SandboxSettings, folder: Path) -> Iterator[Parity]:
    """Start what it takes.

    Args:
        size: Of the world; see `settings`.
        folder: For all that is made.
    """
    with Sandbox(size) as sandbox:
        world = _world(sandbox)
    (folder / "aws").mkdir()
    with Emulated(size, folder / "aws") as emulated:
        _, aws = emulated.aws
        _, port = emulated.redshift
        address = RedshiftAddress(port)
        with psycopg.connect(address.url(), autocommit=True) as connection:
            connection.execute(f"create database {NATIVE}".encode())
        variables = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
        }
        yield Parity(folder, world, address, variables)


def _keywords(aws: dict[str, str]) -> dict[str, str]:
    """Arguments of a client of boto3."""
    return {
        "endpoint_url": aws["AWS_ENDPOINT_URL"],
        "region_name": aws["AWS_REGION"],
        "aws_access_key_id": aws["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": aws["AWS_SECRET_ACCESS_KEY"],
    }


def _world(sandbox: Sandbox) -> World:
    """What the sandbox's sources say, straight off the wire."""
    users, sessions = (
        _answer(sandbox.api_url + path) for path in ("/users", f"/sessions{_EVERYTHING}")
    )
    with psycopg.connect(**sandbox.songs_dsn, row_factory=dict_row) as database:  # type: ignore[arg-type]  # a dict of all
        songs = database.execute("select * from deftunes.songs order by track_id").fetchall()
    return World(
        {row["user_id"]: row for row in users},
        {row["session_id"]: row for row in sessions},
        {row["track_id"]: dict(row) for row in songs},
    )


def _answer(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.loads(answer.read(), parse_float=Decimal)


def _shipped(file: str) -> dict[str, Any]:
    """A target's settings as the project ships them; its rule files by their whole paths."""
    (loader,) = yaml.safe_load((ROOT / f"load/{file}.meltano.yml").read_text("utf-8"))["plugins"][
        "loaders"
    ]
    config = {each["name"]: each["value"] for each in loader["settings"] if "value" in each}
    config["rules"] = {table: str(ROOT / file) for table, file in config["rules"].items()}
    return config
