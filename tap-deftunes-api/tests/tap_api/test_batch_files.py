"""The setting `batch_config`: its files, what they hold, and what is left of them."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tap_deftunes_api.batches.drafts import shown_when_whole
from tap_deftunes_api.tap import TapDeftunesApi

from . import api as fault
from .api import PurchaseApi
from .modes import batches, files_of, outcome, rows_of, table_in, tables_of
from .rows import item, session, user
from .run import Run, catalog_of, parse, run, sync
from .test_command import complaints, ending, start

Config = dict[str, Any]

WAIT_SECONDS = 20


def two_months(api: PurchaseApi) -> None:
    """Seven sessions of three items in January, one in March; a user in April."""
    january = [session(f"2020-01-0{day}T09:00:00", items=3) for day in range(1, 8)]
    api.rows["/sessions"] = [*january, session("2020-03-01T09:00:00", items=3)]
    api.rows["/users"] = [user("2020-04-05T09:00:00")]


def kinds(run: Run) -> list[str]:
    return [" ".join(filter(None, (m["type"], m.get("stream")))) for m in run.messages]


def test_a_window_is_announced_stream_by_stream_before_its_state_and_an_empty_one_has_no_file(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    two_months(api)
    run = sync(config | batches(tmp_path), catalog=catalog_of("sessions", "session_items"))
    assert kinds(run) == [
        *("SCHEMA sessions", "SCHEMA session_items"),
        *("BATCH sessions", "BATCH session_items", "STATE"),
        "STATE",
        *("BATCH sessions", "BATCH session_items", "STATE"),
        "STATE",
    ]
    assert sorted(tmp_path.iterdir()) == sorted(files_of(run))
    assert [m["encoding"] for m in run.messages if m["type"] == "BATCH"] == [
        {"format": "arrow", "compression": "none"}
    ] * 4


def test_columns_have_the_types_of_the_contract_in_every_file(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    two_months(api)
    run = sync(config | batches(tmp_path))
    moment, number = pa.timestamp("us", "UTC"), pa.decimal128(38, 18)
    expected = {
        "users": {"user_since": moment, "latitude": number, "longitude": number},
        "sessions": {"session_start_time": moment, "item_count": pa.int64()},
        "session_items": {
            "item_index": pa.int64(),
            "session_start_time": moment,
            "price": number,
            "liked": pa.bool_(),
            "liked_since": moment,
        },
    }
    for message in run.messages:
        if message["type"] == "SCHEMA":
            stream, properties = message["stream"], list(message["schema"]["properties"])
            wanted = [(name, expected[stream].get(name, pa.string())) for name in properties]
            tables = tables_of(run, stream)
            assert tables
            assert {table.schema for table in tables} == {pa.schema(wanted)}


@pytest.mark.parametrize(
    ("file_format", "compression"),
    [
        ("arrow", None),
        ("arrow", "zstd"),
        ("parquet", None),
        ("parquet", "snappy"),
    ],
)
def test_each_format_holds_the_same_rows_in_files_of_bounded_size(
    api: PurchaseApi, config: Config, tmp_path: Path, file_format: str, compression: str | None
) -> None:
    two_months(api)
    expected, _ = outcome(config)
    more = {} if compression is None else {"compression": compression}
    asked = batches(tmp_path, file_format, batch_size=5, prefix="some-", **more)
    found, run = outcome(config | asked)
    assert found == expected
    assert [table.num_rows for table in tables_of(run, "session_items")] == [5, 5, 5, 5, 1, 3]
    assert [table.num_rows for table in tables_of(run, "sessions")] == [5, 2, 1]
    for file in files_of(run):
        assert file.name.startswith("some-")
        assert file.suffix == f".{file_format}"


def test_a_deselected_column_is_in_no_file(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    two_months(api)
    catalog = catalog_of("sessions", "session_items")
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"][-1:] in (["user_agent"], ["song_name"], ["price"]):
                entry["metadata"]["selected"] = False
    expected, _ = outcome(config, catalog=catalog)
    found, run = outcome(config | batches(tmp_path), catalog=catalog)
    assert found == expected
    assert len(tables_of(run, "session_items")) == 2
    names = {name for file in files_of(run) for name in table_in(file).column_names}
    assert not names & {"user_agent", "song_name", "price"}


def records_only(said: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in said.messages if "goes as RECORDs" in line]


def test_nested_items_go_as_records_beside_batches_and_this_is_said_once(
    api: PurchaseApi, config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    two_months(api)
    catalog = catalog_of("sessions", "session_items", nested_items=True)
    expected, _ = outcome(config, catalog=catalog)
    found, run = outcome(config | batches(tmp_path), catalog=catalog)
    assert found == expected
    assert len(run.records("sessions")[0]["session_items"]) == 3
    assert run.records("session_items") == []
    assert len(tables_of(run, "session_items")) == 2
    assert records_only(caplog) == [
        "Stream 'sessions' goes as RECORDs, not as batches: a column is selected that is nested."
    ]


@pytest.mark.parametrize(
    ("mapping", "as_records"),
    [
        ({"stream_maps": {"session_items": {"song_name": "__NULL__"}}}, {"session_items"}),
        ({"stream_maps": {"users": {"__filter__": "False"}}}, {"users"}),
        (
            {"flattening_enabled": True, "flattening_max_depth": 1},
            {"users", "sessions", "session_items"},
        ),
    ],
)
def test_a_stream_that_is_mapped_or_flattened_goes_as_records(
    api: PurchaseApi,
    config: Config,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    mapping: Config,
    as_records: set[str],
) -> None:
    two_months(api)
    expected, _ = outcome(config | mapping)
    found, run = outcome(config | mapping | batches(tmp_path))
    assert found == expected
    announced = {message["stream"] for message in run.messages if message["type"] == "BATCH"}
    assert announced == {"users", "sessions", "session_items"} - as_records
    assert sorted(records_only(caplog)) == [
        f"Stream {stream!r} goes as RECORDs, not as batches: stream_maps or flattening apply to "
        "it, and these work on records."
        for stream in sorted(as_records)
    ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"encoding": {"format": "jsonl"}}, "'jsonl' is not one of ['arrow', 'parquet']"),
        ({"encoding": {"format": "arrow", "compression": "gzip"}}, "use one of none, lz4, zstd."),
        ({"encoding": {}}, "'format' is a required property"),
        ({"encoding": {"format": "arrow"}, "storage": {}}, "'root' is a required property"),
        ({"encoding": {"format": "arrow"}, "batch_size": 0}, "0 is less than the minimum of 1"),
        (
            {"encoding": {"format": "arrow"}, "storage": {"root": "gopher://me:hidden@host/x"}},
            "batch_config.storage.root is no place that can be written to",
        ),
    ],
)
def test_a_wrong_batch_setting_is_one_sentence(
    config: Config, tmp_path: Path, asked: Config, sentence: str
) -> None:
    run = sync(config | {"batch_config": {"storage": {"root": tmp_path.as_uri()}, **asked}})
    assert sentence in run.error
    assert len(run.error.splitlines()) == 1
    assert "hidden" not in run.error
    assert run.messages == []


def test_nothing_is_handed_over_in_files_unless_it_is_asked_for(
    api: PurchaseApi, config: Config
) -> None:
    two_months(api)
    assert "BATCH" not in {m["type"] for m in sync(config | {"batch_config": None}).messages}


def test_a_connection_test_writes_no_file(api: PurchaseApi, config: Config, tmp_path: Path) -> None:
    two_months(api)
    tap = TapDeftunesApi(config=config | batches(tmp_path / "files"))
    assert tap.run_connection_test()
    assert sorted(p["end_date"] for _, p, _ in api.asked) == ["2020-01-02"] * 2
    assert not (tmp_path / "files").exists()


def test_the_next_run_removes_what_a_killed_one_was_writing_and_nobody_else_is(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    names = ["users-1-00001.arrow", "users-2-00001.arrow", "others-1-00001.arrow"]
    abandoned, written, others = (tmp_path / f".{name}.part" for name in names)
    long_ago = time.time() - 3600
    for draft in (abandoned, written, others):
        draft.touch()
        os.utime(draft, (long_ago, long_ago))
    two_months(api)
    with written.open("rb") as owned:
        fcntl.flock(owned, fcntl.LOCK_EX)
        run = sync(config | batches(tmp_path))
    assert set(tmp_path.iterdir()) == {*files_of(run), written, others}


def test_a_file_that_is_not_finished_never_appears(tmp_path: Path) -> None:
    def stop_halfway() -> None:
        with shown_when_whole(tmp_path / "users.arrow") as sink:
            sink.write(b"half")
            assert [each.name for each in tmp_path.iterdir()] == [".users.arrow.part"]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_halfway()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told_and_none_is_left(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    two_months(api)
    (tmp_path / "taken").touch()
    run = sync(config | batches(tmp_path / "taken"))
    assert "batch_config.storage.root" in run.error
    assert run.states == []


@pytest.mark.slow
def test_a_tap_that_is_stopped_has_announced_whole_files_only_and_they_stay(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    two_months(api)
    api.rows["/sessions"].append(session("2020-02-05T10:00:00"))
    api.fail("/sessions", "2020-02-01", fault.never)
    files = tmp_path / "files"
    process = start(tmp_path, config | {"max_connections": 2} | batches(files))
    assert process.stdout is not None
    said: list[str] = []
    while not said or '"STATE"' not in said[-1]:
        said.append(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    rest, _ = ending(process)
    assert process.returncode == 143
    assert rest == ""
    run = Run(parse("".join(said)))
    assert sorted(files.iterdir()) == sorted(files_of(run))
    assert [row["session_id"][8:18] for row in rows_of(run, "sessions")] == [
        f"2020-01-0{day}" for day in range(1, 8)
    ]
    assert len(run.states) == 1


@pytest.mark.slow
def test_a_target_that_goes_away_leaves_no_file_that_nobody_heard_of(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    two_months(api)
    gone = threading.Event()

    def later(handler: fault.Handler, body: bytes) -> None:
        assert gone.wait(WAIT_SECONDS)
        handler.reply(200, body)

    api.fail("/sessions", "2020-01-01", later)
    process = start(tmp_path, config | batches(tmp_path / "files"))
    assert process.stdout is not None
    assert process.stderr is not None
    for _ in ("sessions", "session_items"):
        assert '"SCHEMA"' in process.stdout.readline()
    process.stdout.close()
    gone.set()
    stderr = process.stderr.read()
    with process:
        pass
    assert process.returncode == 1
    (sentence,) = complaints(stderr)
    assert "The target stopped reading" in sentence
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.slow
def test_the_process_tells_a_broken_record_as_in_record_mode(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    two_months(api)
    broken = session("2020-03-05T09:00:00", "k", session_items=[item("Secret")])
    api.rows["/sessions"].append(broken)
    done, expected = run(tmp_path, config | batches(tmp_path / "files")), sync(config)
    (sentence,) = complaints(done.error)
    assert expected.error
    assert sentence.endswith(f" {expected.error}")
    assert "item_index 0: price is not a number" in sentence
    assert (done.status, done.states) == (expected.status, expected.states)
