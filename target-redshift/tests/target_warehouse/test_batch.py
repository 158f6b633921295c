"""BATCH: a tap's Parquet goes to COPY as it is if its columns fit, all else as records would."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from target_redshift.warehouse.copying import Copying

from .messages import MOMENT, TEXT, WHOLE, Message, record, schema
from .warehouses import BUCKET, Warehouse

MONEY = {"type": ["null", "string"], "format": "singer.decimal", "precision": 12, "scale": 2}
DAY = {"type": ["null", "string"], "format": "date"}
STREAM = schema("s", {"id": WHOLE, "v": TEXT, "m": MONEY, "d": DAY, "at": MOMENT})
COLUMNS = {
    "id": pa.array([1, 2], pa.int64()),
    "v": pa.array(["a ", None], pa.string()),
    "m": pa.array([Decimal("1.10"), None], pa.decimal128(12, 2)),
    "d": pa.array([dt.date(2020, 2, 29), None], pa.date32()),
    "at": pa.array(
        [dt.datetime(2020, 2, 29, 1, 2, 3, 4, tzinfo=dt.timezone.utc), None],
        pa.timestamp("us", "UTC"),
    ),
}
EXPECTED = [
    {
        "id": 1,
        "v": "a ",
        "m": Decimal("1.10"),
        "d": dt.date(2020, 2, 29),
        "at": dt.datetime(2020, 2, 29, 1, 2, 3, 4, tzinfo=dt.timezone.utc),
    },
    {"id": 2, "v": None, "m": None, "d": None, "at": None},
]


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that COPY is told to read, as they are on S3 when it is."""
    real = Copying.copy
    found: list[bytes] = []

    def copy(self: Copying, relation: str, manifest_url: str, *args: Any, **more: Any) -> None:
        manifest = json.loads(_object(manifest_url))
        found.extend(_object(entry["url"]) for entry in manifest["entries"])
        real(self, relation, manifest_url, *args, **more)

    monkeypatch.setattr(Copying, "copy", copy)
    return found


def _object(url: str) -> bytes:
    place = urlsplit(url)
    body = boto3.client("s3").get_object(Bucket=place.netloc, Key=place.path[1:])["Body"]
    return bytes(body.read())


def batch(*urls: str, form: str = "parquet", compression: str = "none") -> Message:
    encoding = {"format": form, "compression": compression}
    return {"type": "BATCH", "stream": "s", "encoding": encoding, "manifest": list(urls)}


def test_a_parquet_file_that_fits_goes_to_copy_byte_by_byte(
    warehouse: Warehouse, tmp_path: Path, copied: list[bytes]
) -> None:
    file = tmp_path / "fits.parquet"
    pq.write_table(pa.table(COLUMNS), file, compression="snappy")
    sent = file.read_bytes()
    warehouse.load(STREAM, batch(file.as_uri()))
    assert copied == [sent]
    assert warehouse.rows("s") == EXPECTED
    assert not file.exists()


def _in_another_order() -> pa.Table:
    return pa.table(dict(reversed(COLUMNS.items())))


def _of_another_type() -> pa.Table:
    return pa.table({**COLUMNS, "id": COLUMNS["id"].cast(pa.int32())})


def _with_a_row_twice() -> pa.Table:
    old = pa.table({**COLUMNS, "v": pa.array(["old", "old"])})
    return pa.concat_tables([old, pa.table(COLUMNS)])


@pytest.mark.parametrize(
    "table",
    [_in_another_order(), _of_another_type(), _with_a_row_twice()],
    ids=["another order", "another type", "a row twice"],
)
def test_a_parquet_file_that_does_not_fit_is_written_anew(
    warehouse: Warehouse, tmp_path: Path, copied: list[bytes], table: pa.Table
) -> None:
    file = tmp_path / "unfit.parquet"
    pq.write_table(table, file, compression="snappy")
    sent = file.read_bytes()
    warehouse.load(STREAM, batch(file.as_uri()))
    (written,) = copied
    assert written != sent
    assert pq.read_table(pa.BufferReader(written)).schema.types == [
        column.type for column in COLUMNS.values()
    ]
    assert warehouse.rows("s") == EXPECTED


def test_files_of_all_forms_and_places_say_what_records_would(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    rows = pa.table(COLUMNS)
    arrow = tmp_path / "rows.arrow"
    with pa.ipc.new_file(arrow, rows.schema) as out:
        out.write_table(rows.slice(0, 1))
    lines = tmp_path / "rows.jsonl.gz"
    lines.write_bytes(gzip.compress(b'{"id":2,"v":"old"}\n{"id":2,"v":null}\n'))
    bytes_of = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": [3], "v": ["on S3"]}), bytes_of)
    key = f"tap/{warehouse.schema}.parquet"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=bytes_of.getvalue().to_pybytes())
    warehouse.load(
        STREAM,
        batch(arrow.as_uri(), form="arrow"),
        record("s", id=4, v="a record"),
        batch(lines.as_uri(), form="jsonl", compression="gzip"),
        batch(f"s3://{BUCKET}/{key}"),
    )
    nothing = {"m": None, "d": None, "at": None}
    assert warehouse.rows("s") == [
        *EXPECTED,
        {"id": 3, "v": "on S3", **nothing},
        {"id": 4, "v": "a record", **nothing},
    ]
    assert not arrow.exists()
    assert not lines.exists()
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="tap/")
    assert key not in [each["Key"] for each in listed.get("Contents", ())]
