"""The lake's own loader writes the tables, Spectrum's stand-in reads them."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from target_s3.target import TargetS3

from .bench import ROLE, Bench

COLUMNS = {
    "id": {"type": "integer"},
    "title": {"type": ["null", "string"]},
    "price": {"type": ["null", "number"]},
    "at": {"type": ["null", "string"], "format": "date-time"},
    "day": {"type": ["null", "string"], "format": "date"},
    "liked": {"type": ["null", "boolean"]},
    "length": {"type": ["null", "number"]},
    "tags": {"type": ["null", "array"], "items": {"type": "string"}},
}
STREAMS = {
    "songs": {
        "types": {"price": "decimal(10,2)", "length": "double", "at": "timestamp"},
        "partition_by": ["month(at)"],
    }
}
Load = Callable[..., None]


def schema(**more: Any) -> dict[str, Any]:
    body = {"type": "object", "properties": {**COLUMNS, **more}}
    return {"type": "SCHEMA", "stream": "songs", "schema": body, "key_properties": ["id"]}


def song(number: int, **values: Any) -> dict[str, Any]:
    record = {**dict.fromkeys(COLUMNS), "id": number, **values}
    return {"type": "RECORD", "stream": "songs", "record": record}


@pytest.fixture
def load(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load messages into the bench's lake, as `target-s3` does."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", bench.aws.endpoint)
    monkeypatch.setenv("AWS_REGION", bench.aws.region)
    monkeypatch.setenv("AWS_DEFAULT_REGION", bench.aws.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bench.aws.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bench.aws.secret_key)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def run(*messages: dict[str, Any]) -> None:
        config = {
            "lake_url": f"s3://{bench.bucket}/lake",
            "catalog": {"type": "glue"},
            "namespace": "deftunes_transform",
            "streams": STREAMS,
        }
        sent = "".join(json.dumps(message) + "\n" for message in messages)
        TargetS3(config=config).listen(io.BytesIO(sent.encode()))  # type: ignore[arg-type]

    return run


@pytest.mark.slow
def test_what_target_s3_loads_is_read_value_by_value(bench: Bench, load: Load) -> None:
    load(
        schema(),
        song(1, title="Ünal's \"best\"", price=1.10, at="2020-01-31T23:59:59.999999Z",
             day="2020-02-29", liked=True, length=0.1, tags=["a", "b"]),
        song(2, title="", price=0.29, at="2020-02-01T00:00:00Z", liked=False),
        song(3),
    )  # fmt: skip
    bench.create_external(
        "create external schema spectrum from data catalog database 'deftunes_transform' "
        f"{ROLE} region 'us-east-1'"
    )
    songs = ("spectrum", "songs")
    query = "select {} from spectrum.songs order by id"
    columns = "id, title, price, at, day, liked, length, tags"
    bench.refresh(songs)
    first = (
        1, "Ünal's \"best\"", Decimal("1.10"),
        dt.datetime.fromisoformat("2020-01-31T23:59:59.999999"),
        dt.date(2020, 2, 29), True, 0.1, '["a","b"]',
    )  # fmt: skip
    february = dt.datetime.fromisoformat("2020-02-01")
    second = (2, "", Decimal("0.29"), february, None, False, None, None)
    assert bench.sql(query.format(columns)) == [first, second, (3, *[None] * 7)]

    load(
        schema(note={"type": ["null", "string"]}),
        song(2, title="two", price=0.30, at="2020-02-01T00:00:00Z", liked=False, note="dearer"),
        song(4, price=99_999_999.99, note="new"),
    )
    bench.refresh(songs)
    assert bench.sql(query.format("id, title, price, note")) == [
        (1, 'Ünal\'s "best"', Decimal("1.10"), None),
        (2, "two", Decimal("0.30"), "dearer"),
        (3, None, None, None),
        (4, None, Decimal("99999999.99"), "new"),
    ]
    shown = bench.sql(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'spectrum.songs'::regclass and attname = any(array['price', 'at', "
        "'title', 'ingest_on', 'processing_timestamp', 'id']) order by attname"
    )
    assert shown == [
        ("at", "timestamp without time zone"),
        ("id", "bigint"),
        ("ingest_on", "date"),
        ("price", "numeric(10,2)"),
        ("processing_timestamp", "timestamp without time zone"),
        ("title", "character varying(16384)"),
    ]
