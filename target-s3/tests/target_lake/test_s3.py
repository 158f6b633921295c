"""The same on S3: a real S3 protocol, served on this machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from .lakes import Lake, record, schema, state

pytestmark = pytest.mark.slow

LINES = schema(
    "lines",
    {
        "order_id": {"type": "string"},
        "line": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
    },
    keys=["order_id", "line"],
)
OPTIONS = {"streams": {"lines": {"partition_by": ["month(at)"], "replace_by": ["order_id"]}}}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3 = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1")
    bucket = s3.Bucket(tmp_path.name.replace("_", "-").lower())
    bucket.create()
    return bucket


@pytest.fixture
def s3_lake(bucket: Any, tmp_path: Path) -> Iterator[Lake]:
    folder = tmp_path / "catalog"
    folder.mkdir()
    catalog = {"type": "sql", "uri": f"sqlite:///{folder}/catalog.db"}
    lake = Lake(folder, {"lake_url": f"s3://{bucket.name}/lake", "catalog": catalog})
    yield lake
    lake.close()


def line(order: str, number: int, month: int) -> dict[str, Any]:
    return record("lines", order_id=order, line=number, at=f"2020-{month:02}-01T00:00:00Z")


def found(lake: Lake) -> set[tuple[str, int]]:
    return {(row["order_id"], row["line"]) for row in lake.rows("lines")}


def test_a_lake_on_s3_behaves_as_one_in_a_folder(s3_lake: Lake, bucket: Any) -> None:
    first = [LINES, line("a", 0, 1), line("a", 1, 2), line("b", 0, 2), state(lines=1)]
    assert s3_lake.run(*first, **OPTIONS).stdout == b'{"bookmarks":{"lines":1}}\n'
    assert found(s3_lake) == {("a", 0), ("a", 1), ("b", 0)}
    s3_lake.load(*first, **OPTIONS)
    assert len(s3_lake.snapshots("lines")) == 1
    s3_lake.load(LINES, line("a", 0, 1), **OPTIONS)
    assert found(s3_lake) == {("a", 0), ("b", 0)}

    keys = [item.key for item in bucket.objects.all()]
    landed = [key for key in keys if key.startswith("lake/landing_zone/lines/ingest_on=")]
    assert len(landed) == 3
    assert len([key for key in keys if key.startswith("lake/landing_zone/_runs/")]) == 3
    assert not [key for key in keys if not key.startswith("lake/")]


def test_a_bucket_that_is_not_there_ends_in_one_sentence(s3_lake: Lake) -> None:
    done: subprocess.CompletedProcess[bytes] = s3_lake.run(
        LINES, line("a", 0, 1), state(lines=1), lake_url="s3://nobodys-bucket/lake"
    )
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    (sentence,) = [line for line in done.stderr.splitlines() if b"CRITICAL" in line]
    assert b"s3://nobodys-bucket/lake" in sentence
