"""The SDK's standard suite, and what it leaves out: reading back what was written.

The suite passes a target that writes nothing, so every stream it sends is read back here and
compared with an independent computation: the last record of each key, straight from the file.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_target_test_class

from target_s3.target import TargetS3

from .lakes import LOAD_COLUMNS, Lake
from .readers import READERS

REFUSED = {
    "invalid_schema",
    "record_before_schema",
    "record_missing_key_property",
    "record_missing_required_property",
}
STREAM_FILES = sorted(
    Path(str(path))
    for path in files("singer_sdk.testing.target_test_streams").iterdir()
    if path.name.endswith(".singer")
)


class TestStandardTarget(
    get_target_test_class(  # type: ignore[misc]
        target_class=TargetS3,
        config={"lake_url": f"file://{tempfile.mkdtemp()}"},
        suite_config=SuiteConfig(),
    )
):
    """The suite, each test into a lake of its own."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> TargetS3:
        return TargetS3(config={"lake_url": f"file://{tmp_path}/lake"})

    @pytest.fixture
    def resource(self) -> None:
        return None


@pytest.mark.parametrize(
    "file", [file for file in STREAM_FILES if file.stem not in REFUSED], ids=lambda file: file.stem
)
def test_what_the_suite_sends_is_what_both_readers_see(lake: Lake, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    lake.load(*text.splitlines())

    expected, seen = _last_versions(text)
    assert {name for _, name in lake.catalog.list_tables("default")} == {
        _table(stream) for stream in seen
    }
    for stream in seen:
        for read in READERS.values():
            found = [
                {name: _plain(value) for name, value in row.items() if value is not None}
                for row in read(lake.table(_table(stream)))
            ]
            assert sorted(found, key=repr) == sorted(expected[stream], key=repr)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_the_suite_expects_to_fail_ends_in_one_sentence(lake: Lake, name: str) -> None:
    file = next(file for file in STREAM_FILES if file.stem == name)
    done = lake.run(*file.read_text(encoding="utf-8").splitlines())
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"CRITICAL") == 1


def _last_versions(text: str) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Last record per key of each stream (all of them without a key), in comparable values."""
    schemas: dict[str, dict[str, Any]] = {}
    rows: dict[str, dict[Any, dict[str, Any]]] = {}
    for number, line in enumerate(text.splitlines()):
        message = json.loads(line)
        stream = message.get("stream")
        if message["type"] == "SCHEMA":
            schemas[stream] = message
            rows.setdefault(stream, {})
        elif message["type"] == "RECORD":
            record = message["record"]
            keys = schemas[stream].get("key_properties", [])
            key = tuple(repr(record[name]) for name in keys) or number
            properties = schemas[stream]["schema"]["properties"]
            rows[stream][key] = {
                name: _stored(value, properties[name])
                for name, value in record.items()
                if name in properties and value is not None and name not in LOAD_COLUMNS
            }
    return {stream: list(by_key.values()) for stream, by_key in rows.items()}, list(rows)


def _stored(value: Any, declared: dict[str, Any]) -> Any:
    """What a reader should see of a JSON value."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if declared.get("format") == "date-time":
        moment = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)
        return zoned.astimezone(dt.timezone.utc).isoformat()
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    assert not (isinstance(value, float) and math.isnan(value))
    return value


def _table(stream: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", stream.lower())
