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
from pyiceberg.table import Table

from deftunes_sandbox.aws import EmulatedAws
from target_s3.target import TargetS3

COMMAND = Path(sys.executable).with_name("target-s3")
LOADS_OWN = ("ingest_on", "processing_timestamp")

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

    def start(self, **options: Any) -> subprocess.Popen[bytes]:
        """Start a load as a process of its own, which waits for its input."""
        file = self.folder / "config.json"
        file.write_text(json.dumps(self.config(**options)), encoding="utf-8")
        return subprocess.Popen(
            [str(COMMAND), "--config", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *messages: Message, **options: Any) -> tuple[int, bytes, str]:
        """Exit status, state and words of a load in a process of its own."""
        with self.start(**options) as process:
            out, err = process.communicate(lines(messages))
        return process.returncode, out, err.decode()

    @cached_property
    def reader(self) -> Catalog:
        where = {"s3.endpoint": self.aws.url, "s3.region": self.aws.environment["AWS_REGION"]}
        return load_catalog("reader", type="glue", **where)

    def table(self, name: str) -> Table:
        return self.reader.load_table((self.database, name))

    def rows(self, name: str) -> list[Row]:
        """The table's rows but for the load's own columns, as pyiceberg alone reads them."""
        found = self.table(name).scan().to_arrow().to_pylist()
        kept = [{key: row[key] for key in row if key not in LOADS_OWN} for row in found]
        return sorted(kept, key=repr)

    def files(self, part: str) -> list[str]:
        """Keys of the lake's objects that hold some text."""
        found = boto3.resource("s3").Bucket(self.name).objects.all()
        return [item.key for item in found if part in item.key]
