"""The Singer SDK's own suite for taps, in both modes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from deftunes_sandbox import Sandbox
from deftunes_tap_postgres.tap import TapPostgres

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("songs")]

# The classes, one with a test for each column, are made when the tests are collected; the database
# starts when they run.
COLUMNS = {"track_id": "string", "title": "string", "duration": "number", "year": "integer"}
CATALOG = {
    "streams": [
        {
            "tap_stream_id": "deftunes-songs",
            "stream": "deftunes-songs",
            "table_name": "songs",
            "replication_method": "FULL_TABLE",
            "key_properties": ["track_id"],
            "schema": {
                "properties": {name: {"type": [kind]} for name, kind in COLUMNS.items()},
                "type": "object",
            },
            "metadata": [
                {"breadcrumb": [], "metadata": {"selected": True, "schema-name": "deftunes"}},
                *(
                    {"breadcrumb": ["properties", name], "metadata": {"selected": True}}
                    for name in COLUMNS
                ),
            ],
        }
    ]
}
RECORDS: dict[str, Any] = {
    "sqlalchemy_url": "postgresql://nobody:nothing@127.0.0.1:1/nowhere",
    "filter_schemas": ["deftunes"],
}
BATCHES: dict[str, Any] = {
    **RECORDS,
    "batch_config": {"encoding": {"format": "arrow"}, "storage": {"root": "file:///nowhere"}},
}


@pytest.fixture(autouse=True, scope="module")
def _served(songs: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    address = songs.songs_dsn
    url = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format_map(address)
    files: Path = tmp_path_factory.mktemp("files")
    RECORDS["sqlalchemy_url"] = BATCHES["sqlalchemy_url"] = url
    BATCHES["batch_config"]["storage"]["root"] = files.as_uri()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert list(files.iterdir())


TestRecords = get_tap_test_class(
    TapPostgres, config=RECORDS, parse_env_config=False, catalog=CATALOG
)
TestBatches = get_tap_test_class(
    TapPostgres,
    config=BATCHES,
    catalog=CATALOG,
    parse_env_config=False,
    suite_config=SuiteConfig(ignore_no_records=True),
)
