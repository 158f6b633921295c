"""The same on S3: a real S3 protocol, served on this machine."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

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
