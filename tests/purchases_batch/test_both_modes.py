"""The purchase API into two lakes, by RECORDs and by BATCHes: their tables are equal by value."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from pyiceberg.catalog import load_catalog

from columnar_target.records.column_checks import doubtful
from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.forks import Forks
from tests.project import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("purchases_batch")]

TAP, TARGET = (
    str(Path(sys.executable).with_name(name)) for name in ("tap-deftunes-api", "target-s3")
)
TABLES = ("users", "sessions", "session_items")
OF_A_LOAD = {"ingest_on", "processing_timestamp"}
UNTYPED: dict[str, Any] = {}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with Forks(tmp_path_factory.mktemp("forks")) as forks:
        yield forks


@pytest.fixture(scope="module")
def api_url() -> Iterator[str]:
    settings = SandboxSettings(api_port=0, users=120, sessions_per_day=2)
    with Sandbox(settings, services=["api"]) as sandbox:
        yield sandbox.api_url


def typed() -> dict[str, Any]:
    """The streams as the platform has them: prices of two digits, partitions, whole sessions."""
    plugins = yaml.safe_load((ROOT / "load/load.meltano.yml").read_text("utf-8"))["plugins"]
    (target,) = (each for each in plugins["loaders"] if each["name"] == "target-s3")
    (streams,) = (each["value"] for each in target["settings"] if each["name"] == "streams")
    return {"streams": {table: streams[table] for table in TABLES}}


class Pipe:
    """tap | target, into one lake.

    Args:
        forks: Has both's imports.
        folder: For the lake, and for batches on their way.
        tap: The tap's settings.
        target: The target's.
    """

    def __init__(
        self, forks: Forks, folder: Path, tap: dict[str, Any], target: dict[str, Any]
    ) -> None:
        folder.mkdir()
        self._forks = forks
        self._lake = folder / "lake"
        self._batches = folder / "batches"
        self._tap = self._written("tap", tap)
        self._target = self._written("target", target | {"lake_url": self._lake.as_uri()})

    def _written(self, name: str, settings: dict[str, Any]) -> str:
        path = self._batches.with_name(f"{name}.json")
        path.write_text(json.dumps(settings), encoding="utf-8")
        return str(path)

    def read(self) -> bytes:
        """What the tap says, and nobody hears."""
        read = self._forks.run([TAP, "--config", self._tap])
        assert read.status == 0, read.err.decode()
        return read.out

    def run(self) -> list[str]:
        """Load once.

        Returns:
            The types of messages that came, and the last state that the target tells.
        """
        read = self.read()
        loaded = self._forks.run([TARGET, "--config", self._target], read)
        assert loaded.status == 0, loaded.err.decode()
        assert not self._batches.exists() or not list(self._batches.iterdir())
        kinds = {f"{m['type']} {m.get('stream', '')}" for m in map(json.loads, read.splitlines())}
        return [*sorted(kinds), loaded.out.decode().splitlines()[-1]]

    def rows(self, table: str) -> list[Row]:
        """The rows of a table in the order of their text, without what is a load's own."""
        uri = f"sqlite:///{self._lake}/catalog.db"
        with closing(load_catalog("default", type="sql", uri=uri)) as catalog:
            rows = catalog.load_table(("default", table)).scan().to_arrow().to_pylist()
        kept = ({name: row[name] for name in row if name not in OF_A_LOAD} for row in rows)
        return sorted(kept, key=repr)


def both(
    forks: Forks, folder: Path, tap: dict[str, Any], target: dict[str, Any]
) -> tuple[Pipe, Pipe]:
    """A pipe by RECORDs and one by BATCHes."""
    encoding, storage = {"format": "arrow"}, {"root": (folder / "columns/batches").as_uri()}
    batches = {"batch_config": {"encoding": encoding, "storage": storage, "batch_size": 100}}
    return (
        Pipe(forks, folder / "records", tap, target),
        Pipe(forks, folder / "columns", tap | batches, target),
    )


def test_what_the_tap_hands_over_keeps_its_schema_without_a_look_at_single_rows(
    forks: Forks, tmp_path: Path, api_url: str
) -> None:
    _, columns = both(forks, tmp_path, {"api_url": api_url, "end_date": "2020-01-31"}, UNTYPED)
    messages = [json.loads(line) for line in columns.read().splitlines()]
    schemas = {m["stream"]: m["schema"] for m in messages if m["type"] == "SCHEMA"}
    announced = [message for message in messages if message["type"] == "BATCH"]
    assert {message["stream"] for message in announced} == set(TABLES)
    for message in announced:
        (url,) = message["manifest"]
        rows = pa.ipc.open_file(url.removeprefix("file://")).read_all()
        assert doubtful(rows, schemas[message["stream"]]) == []


def first_difference(pipe: Pipe, other: Pipe, table: str) -> tuple[Row | None, Row | None] | None:
    """The first pair of unequal rows: pytest takes minutes to compare two long lists."""
    pairs = zip_longest(pipe.rows(table), other.rows(table))
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


def kinds_of(said: list[str]) -> set[str]:
    return {kind for kind in said if kind.startswith(("RECORD ", "BATCH "))}


def test_both_modes_fill_equal_tables_and_again_when_all_is_read_anew(
    forks: Forks, tmp_path: Path, api_url: str
) -> None:
    tap = {"api_url": api_url, "end_date": "2020-03-31"}
    records, columns = both(forks, tmp_path, tap, typed())
    for _ in range(2):
        agree(records, columns)


@pytest.mark.heavy  # the last test of this file has no types either, of fewer kinds of rows
def test_both_modes_fill_equal_tables_of_a_target_that_is_told_no_types(
    forks: Forks, tmp_path: Path, api_url: str
) -> None:
    agree(*both(forks, tmp_path, {"api_url": api_url, "end_date": "2020-02-29"}, UNTYPED))


def agree(records: Pipe, columns: Pipe) -> None:
    """Load by both, and see that they agree."""
    said = records.run(), columns.run()
    assert kinds_of(said[0]) == {f"RECORD {table}" for table in TABLES}
    assert kinds_of(said[1]) == {f"BATCH {table}" for table in TABLES}
    assert said[0][-1] == said[1][-1]
    for table in TABLES:
        assert records.rows(table)
        assert first_difference(columns, records, table) is None


@contextmanager
def answering(sessions: bytes) -> Iterator[str]:
    """An API that gives the same sessions whatever it is asked for, and no users."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sessions if self.path.startswith("/sessions") else b"[]")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def bought(day: str, price: str) -> str:
    item = (
        '{"song_id": "TR1", "song_name": "ü", "artist_id": null, "artist_name": "", "price": '
        f'{price}, "currency": "USD", "liked": null, "liked_since": null}}'
    )
    return (
        f'{{"user_id": "u", "session_id": "{day}", "session_items": [{item}, {item}], '
        f'"user_agent": null, "session_start_time": "{day}T10:00:00"}}'
    )


def test_a_window_that_goes_as_records_between_two_of_batches_is_in_the_table_as_well(
    forks: Forks, tmp_path: Path
) -> None:
    days = {"2020-01-10": "0.1", "2020-02-10": f"{2**70}", "2020-03-10": "1e3"}
    body = f"[{','.join(bought(day, price) for day, price in days.items())}]".encode()
    with answering(body) as url:
        tap = {"api_url": url, "end_date": "2020-03-31"}
        records, columns = both(forks, tmp_path, tap, UNTYPED)
        said = records.run(), columns.run()
    assert kinds_of(said[1]) == {"BATCH sessions", "BATCH session_items", "RECORD session_items"}
    assert said[0][-1] == said[1][-1]
    for table in ("sessions", "session_items"):
        assert first_difference(columns, records, table) is None
    assert {row["price"] for row in columns.rows("session_items")} == {0.1, 2.0**70, 1000.0}
    assert len(columns.rows("session_items")) == 6
