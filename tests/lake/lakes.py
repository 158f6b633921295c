"""A lake on S3 with Glue as its catalog, on the emulated AWS, and what a reader sees of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from deftunes_sandbox.aws import EmulatedAws
from target_s3.target import TargetS3

COMMAND = Path(sys.executable).with_name("target-s3")
LOADS_OWN = ("ingest_on", "processing_timestamp", "_quarantine_run_id", "_quarantined_at")

Message = dict[str, Any]
Row = dict[str, Any]


def schema(stream: str, properties: dict[str, Any], keys: Iterable[str] = ("id",)) -> Message:
    body = {"type": "object", "properties": properties}
    return {"type": "SCHEMA", "stream": stream, "schema": body, "key_properties": list(keys)}


def record(stream: str, **values: Any) -> Message:
    return {"type": "RECORD", "stream": stream, "record": values}


def state(value: Any) -> Message:
    return {"type": "STATE", "value": value}


def lines(messages: Iterable[Message]) -> bytes:
    return "".join(json.dumps(message) + "\n" for message in messages).encode()


@dataclass
class GlueLake:
    """A bucket, a Glue database, and the configuration that loads into them."""

    aws: EmulatedAws
    name: str
    folder: Path

    def __post_init__(self) -> None:
        boto3.client("s3").create_bucket(Bucket=self.name)

    @property
    def database(self) -> str:
        return self.name.replace("-", "_")

    def config(self, **options: Any) -> dict[str, Any]:
        return {
            "lake_url": f"s3://{self.name}/lake",
            "catalog": {"type": "glue"},
            "namespace": self.database,
            **options,
        }

    def load(self, *messages: Message, **options: Any) -> None:
        """Load within this process: faults raise."""
        target = TargetS3(config=self.config(**options))
        target.listen(io.BytesIO(lines(messages)))  # type: ignore[arg-type]

    def command(self, **options: Any) -> list[str]:
        """What loads as a process of its own."""
        file = self.folder / "config.json"
        file.write_text(json.dumps(self.config(**options)), encoding="utf-8")
        return [str(COMMAND), "--config", str(file)]

    def run(self, *messages: Message, **options: Any) -> tuple[int, bytes, str]:
        """Exit status, state and words of a load in a process of its own."""
        done = subprocess.run(
            self.command(**options), input=lines(messages), capture_output=True, check=False
        )
        return done.returncode, done.stdout, done.stderr.decode()

    @cached_property
    def reader(self) -> Catalog:
        where = {"s3.endpoint": self.aws.url, "s3.region": self.aws.environment["AWS_REGION"]}
        return load_catalog("reader", type="glue", **where)

    def rules(self, table: str, *texts: str) -> dict[str, Any]:
        """Settings with rules for a table; all rows may be set aside."""
        file = self.folder / f"{table}.dqdl"
        file.write_text(f"Rules = [{', '.join(texts)}]", encoding="utf-8")
        return {"rules": {table: str(file)}, "quarantine_limit": "100%"}

    def table(self, name: str) -> Table:
        return self.reader.load_table((self.database, name))

    def rows(self, name: str) -> list[Row]:
        """The table's rows but for the load's own columns, as pyiceberg alone reads them."""
        return self._rows(self.table(name))

    def quarantine(self, name: str) -> list[Row]:
        """The rows of a table that wait; none where there is no quarantine."""
        try:
            return self._rows(self.reader.load_table((f"{self.database}_quarantine", name)))
        except NoSuchTableError:
            return []

    @staticmethod
    def _rows(table: Table) -> list[Row]:
        found = table.scan().to_arrow().to_pylist()
        kept = [{key: row[key] for key in row if key not in LOADS_OWN} for row in found]
        return sorted(kept, key=repr)

    def journals(self) -> list[str]:
        """Keys of the publications that are not done; Arrow keeps an object for their folder."""
        return [key for key in self.files("/_publish/") if not key.endswith("/")]

    def files(self, part: str) -> list[str]:
        """Keys of the lake's objects that hold some text."""
        found = boto3.resource("s3").Bucket(self.name).objects.all()
        return [item.key for item in found if part in item.key]
