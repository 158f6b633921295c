"""The conformance cases that need files on S3: COPY, UNLOAD, and what becomes of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from .cases import Case

FOLDER = Path(__file__).parent / "transfers"
_TYPES = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "decimal(10,2)": pa.decimal128(10, 2),
    "decimal(38,20)": pa.decimal128(38, 20),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamp(ns)": pa.timestamp("ns"),
    "list": pa.list_(pa.int64()),
}


@dataclass(frozen=True)
class Place:
    """Where a case keeps its files, and the role that may read them.

    Attributes:
        s3: A client of S3.
        bucket: The bucket.
        prefix: What the case's keys begin with.
        role: The role's ARN.
    """

    s3: Any
    bucket: str
    prefix: str
    role: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def put(self, files: dict[str, Any]) -> None:
        for name, content in files.items():
            is_text = isinstance(content, str)
            body = self.filled(content).encode() if is_text else _parquet(content)
            self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}{name}", Body=body)

    def clear(self) -> None:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix)
        for item in found.get("Contents", []):
            self.s3.delete_object(Bucket=self.bucket, Key=item["Key"])

    def filled(self, text: str) -> str:
        """A statement, or a manifest, with what is the place's own."""
        role = f"iam_role '{self.role}'"
        return text.replace("{files}", self.url).replace("{role}", role)

    def case(self, stored: StoredCase) -> Case:
        """The case as one that needs no more than its files."""
        told = {name: value for name, value in vars(stored).items() if name != "files"}
        told["run"] = self.filled(stored.run)
        told["setup"] = [self.filled(statement) for statement in stored.setup]
        told["refused"] = None if stored.refused is None else self.filled(stored.refused)
        return Case(**told)


@dataclass(frozen=True)
class StoredCase(Case):
    """A case with files.

    Attributes:
        files: Content by name: a text, or of Parquet the type and the values of each column.
            `{files}` in texts and statements is where they are, `{role}` the authorization.
    """

    files: dict[str, Any] = field(default_factory=dict)


def stored_cases() -> Iterator[StoredCase]:
    """Give every case."""
    for file in sorted(FOLDER.glob("*.yml")):
        for item in yaml.safe_load(file.read_text("utf-8")):
            yield StoredCase(**item)


def _parquet(columns: dict[str, Any]) -> bytes:
    arrays = {name: _array(kind, values) for name, (kind, values) in columns.items()}
    file = io.BytesIO()
    pq.write_table(pa.table(arrays), file)
    return file.getvalue()


def _array(kind: str, values: list[Any]) -> pa.Array:
    if kind.startswith("decimal"):
        values = [Decimal(value) for value in values]
    return pa.array(values, _TYPES[kind])
