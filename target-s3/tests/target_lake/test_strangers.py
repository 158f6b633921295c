"""Streams, schemas and messages of strangers: right, or one sentence; never wrong in silence."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
from typing import Any

import duckdb
import pytest

from columnar_target.errors import SchemaError, SettingError
from target_s3.target import TargetS3

from .lakes import COMMAND, Lake, lines, record, schema, state

TEXT = {"type": ["null", "string"]}
WHOLE = {"type": "integer"}
NUMBER = {"type": ["null", "number"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}


def test_streams_with_and_without_keys_load_in_one_run(lake: Lake) -> None:
    log, users = schema("log", {"id": WHOLE}, []), schema("users", {"id": WHOLE, "v": TEXT})
    for _ in range(2):
        lake.load(log, record("log", id=1), users, record("users", id=1, v="a"))
        lake.load(users, record("users", id=2, v="b"), log, record("log", id=2))
    assert lake.rows("users") == [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}]
    assert [row["id"] for row in lake.rows("log")] == [1, 1, 2, 2]


def test_a_later_stream_holds_nothing_of_an_earlier_one(lake: Lake) -> None:
    lake.load(
        *(schema(name, {"id": WHOLE, "v": TEXT}) for name in "abc"),
        *(record(name, id=number, v=name) for name in "abc" for number in range(3)),
    )
    for name in "abc":
        assert lake.rows(name) == [{"id": number, "v": name} for number in range(3)]


def test_a_stream_of_any_name_has_a_table_and_lands_in_the_landing_zone(lake: Lake) -> None:
    names = {"": "_", "..": "__", "s" * 300: "s" * 100, "a/../../b": "a_______b"}
    for name, table in names.items():
        lake.load(schema(name, {"id": WHOLE}), record(name, id=1))
        assert lake.rows(table) == [{"id": 1}]
    assert {path.name for path in lake.landed("*")} == {"_", "__", "s" * 100, "a_.._.._b", "_runs"}
    assert {path.name for path in lake.folder.iterdir()} == {
        "_staging",
        "catalog.db",
        "landing_zone",
        "tables",
    }


def test_streams_mapped_to_one_keep_their_order_and_their_state(lake: Lake) -> None:
    plain, wider = {"id": WHOLE, "v": TEXT}, {"id": WHOLE, "v": TEXT, "w": TEXT}
    lake.load(
        schema("t", plain),
        schema("a", wider),
        record("t", id=1, v="1st"),
        record("a", id=1, v="2nd"),
        state(t=1),
        record("t", id=5, v="after the state"),
        stream_maps={"a": {"__alias__": "t"}},
        commit_at="last_state",
    )
    assert lake.rows("t") == [{"id": 1, "v": "2nd", "w": None}]


def test_the_sdks_columns_are_left_out_of_every_record(lake: Lake) -> None:
    stream = schema(
        "s", {"id": WHOLE, "v": TEXT, "_sdc_batched_at": MOMENT}, additionalProperties=False
    )
    lake.load(stream, record("s", id=1, _sdc_batched_at="2020-01-01T00:00:00Z"))
    assert lake.rows("s") == [{"id": 1, "v": None}]


@pytest.mark.slow
@pytest.mark.parametrize("maps", [{"s": {"v": "nofunc(v)"}}, {"s": {"__filter__": "v =="}}])
def test_a_stream_map_that_cannot_work_is_one_sentence_and_no_defect(
    lake: Lake, maps: dict[str, Any]
) -> None:
    done = lake.run(schema("s", {"id": WHOLE, "v": TEXT}), record("s", id=1), stream_maps=maps)
    assert done.returncode == 1
    assert done.stderr.count(b"CRITICAL") == 1
    assert b"defect" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_streams_without_keys_are_published_last(lake: Lake) -> None:
    """What was killed before its STATE comes again, and only their rows are then there twice."""
    log, users = schema("log", {"id": WHOLE}, []), schema("users", {"id": WHOLE})
    lake.load(log, record("log", id=1), users, record("users", id=1))
    made = {name: lake.table(name).snapshots()[0].timestamp_ms for name in ("log", "users")}
    assert made["users"] <= made["log"]


@pytest.mark.parametrize("names", [("Users", "users"), ("a-b", "a_b"), ("日本", "中国")])
def test_two_streams_never_share_a_table(lake: Lake, names: tuple[str, str]) -> None:
    messages = [schema(name, {"id": WHOLE}) for name in names]
    with pytest.raises(SettingError, match="would both load into table"):
        lake.load(*messages)

    apart = {"streams": {names[0]: {"table": "first"}, names[1]: {"table": "second"}}}
    lake.load(*messages, *(record(name, id=len(name)) for name in names), **apart)
    assert lake.rows("first") == [{"id": len(names[0])}]
    assert lake.rows("second") == [{"id": len(names[1])}]


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        (NUMBER, {"type": ["null", "integer"]}, 1),
        (TEXT, {"type": ["null", "integer"]}, 1),
        (TEXT, MOMENT, "2020-01-01T00:00:00Z"),
        ({"type": "integer"}, {"type": "boolean"}, True),
        (MOMENT, TEXT, "x"),
    ],
)
def test_a_column_that_changes_its_type_within_a_run_is_refused(
    lake: Lake, before: dict[str, Any], after: dict[str, Any], value: Any
) -> None:
    with pytest.raises(SchemaError, match=r"'v' of stream 's' changes from .* within a run"):
        lake.load(
            schema("s", {"id": WHOLE, "v": before}),
            schema("s", {"id": WHOLE, "v": after}),
            record("s", id=1, v=value),
        )


def test_a_column_that_grows_keeps_every_value(lake: Lake) -> None:
    stream = schema("s", {"id": WHOLE, "n": NUMBER})
    lake.load(stream, record("s", id=1, n=1.5), streams={"s": {"types": {"n": "decimal(4,1)"}}})
    lake.load(stream, record("s", id=2, n=99999.5), streams={"s": {"types": {"n": "decimal(9,1)"}}})
    # and back: the table keeps the wider type
    lake.load(stream, record("s", id=3, n=2.5), streams={"s": {"types": {"n": "decimal(4,1)"}}})
    assert [str(row["n"]) for row in lake.rows("s")] == ["1.5", "99999.5", "2.5"]


@pytest.mark.parametrize(
    ("keys", "more_keys"), [(["id"], ["v"]), ([], ["id"]), (["id"], []), (["id"], ["id", "v"])]
)
def test_keys_that_are_not_the_tables_are_refused(
    lake: Lake, keys: list[str], more_keys: list[str]
) -> None:
    lake.load(schema("s", {"id": WHOLE, "v": TEXT}, keys), record("s", id=1, v="a"))
    with pytest.raises(SchemaError, match="has the keys"):
        lake.load(schema("s", {"id": WHOLE, "v": TEXT}, more_keys), record("s", id=1, v="a"))


@pytest.mark.parametrize(
    ("options", "keys", "words"),
    [
        ({"replace_by": ["id"]}, [], "needs keys"),
        ({"replace_by": ["shop"]}, ["id"], "replace_by names column 'shop'"),
        ({"partition_by": ["shop"]}, ["id"], "partition_by names column 'shop'"),
        ({"partition_by": ["n"]}, ["id"], "no partition can be made"),
        ({"partition_by": ["month(id)"]}, ["id"], "no partition can be made"),
        ({"partition_by": ["month(at)", "month(at)"]}, ["id"], "twice"),
        ({"partition_by": ["bucket(16, id)"]}, ["id"], "write a column, or one of"),
        ({}, ["n"], "floating-point"),
        ({"keys": ["nope"]}, ["id"], "'nope' is not in the schema"),
    ],
)
def test_settings_that_do_not_fit_the_stream_are_refused_before_anything_is_made(
    lake: Lake, options: dict[str, Any], keys: list[str], words: str
) -> None:
    stream = schema("s", {"id": WHOLE, "n": NUMBER, "at": MOMENT}, keys)
    with pytest.raises(SchemaError, match=words):
        lake.load(stream, record("s", id=1, n=1.0), streams={"s": options})
    assert not lake.catalog.table_exists("default.s")


def test_a_soft_delete_is_a_change_and_another_extraction_is_none(lake: Lake) -> None:
    stream = schema("s", {"id": WHOLE})
    message = {"type": "RECORD", "stream": "s", "record": {"id": 1}}
    for extracted in ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"):
        lake.load(stream, {**message, "time_extracted": extracted}, add_record_metadata=True)
    assert len(lake.snapshots("s")) == 1

    gone = {"id": 1, "_sdc_deleted_at": "2020-01-03T00:00:00Z"}
    lake.load(stream, {**message, "record": gone}, add_record_metadata=True)
    assert len(lake.snapshots("s")) == 2
    assert lake.rows("s")[0]["_sdc_deleted_at"] is not None


SECRET = "Maria Musterfrau"


@pytest.mark.slow
@pytest.mark.parametrize(
    "message",
    [
        {"type": "RECORD", "record": {"id": 1, "v": SECRET}},
        {"type": "RECORD", "stream": "s", "record": [SECRET]},
        {"type": "RECORD", "stream": "s", "record": None},
        {"type": "RECORD", "stream": "other", "record": {"v": SECRET}},
        {"type": "RECORD", "stream": "s", "record": {"v": SECRET}},
        {"type": "SECRET", "v": SECRET},
        {"v": SECRET},
        {"type": "BATCH", "stream": "s", "encoding": {"format": "jsonl"}, "manifest": [SECRET]},
        {"type": "SCHEMA", "stream": "s", "schema": {"type": "object"}, "key_properties": []},
    ],
)
def test_a_message_that_is_not_singer_is_refused_without_showing_it(
    lake: Lake, message: dict[str, Any]
) -> None:
    done = lake.run(schema("s", {"id": WHOLE, "v": TEXT}), state(s=1), message)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.count(b"CRITICAL") == 1
    assert b"defect" not in done.stderr
    assert b"Traceback" not in done.stderr
    assert SECRET.encode() not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "declared",
    [
        {"type": "string", "pattern": "\\p{L}"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"type": "string", "minLength": "x"},
    ],
)
def test_a_schema_that_cannot_be_checked_is_one_sentence_and_opens_nothing(
    lake: Lake, declared: dict[str, Any]
) -> None:
    done = lake.run(schema("s", {"id": WHOLE, "v": declared}), record("s", id=1, v="a"))
    assert done.returncode == 1
    assert b"cannot be checked against" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.heavy
def test_a_stream_of_many_partitions_is_written_in_one_pass(lake: Lake) -> None:
    days = [f"2020-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    stream = schema("s", {"id": WHOLE, "at": MOMENT})
    options = {"streams": {"s": {"partition_by": ["day(at)"]}}}
    rows = [record("s", id=number, at=f"{day}T00:00:00Z") for number, day in enumerate(days)]
    lake.load(stream, *rows, **options)
    moved = [json.loads(json.dumps(row).replace("2020-", "2021-")) for row in rows]
    lake.load(stream, *moved, **options)

    assert {row["id"]: row["at"].date().isoformat() for row in lake.rows("s")} == {
        number: day.replace("2020", "2021") for number, day in enumerate(days)
    }
    assert len(list(lake.table("s").scan().plan_files())) == len(days)


@pytest.mark.heavy
def test_texts_that_together_exceed_the_memory_limit_load(lake: Lake) -> None:
    stream = schema("s", {"id": WHOLE, "v": TEXT})
    rows = (record("s", id=number, v=f"{number:04}" * 500_000) for number in range(300))
    lake.load(stream, *rows, memory_limit="500MB")

    (task,) = lake.table("s").scan().plan_files()
    file = task.file.file_path.removeprefix("file://")
    found = duckdb.sql(f"select id, length(v), md5(v) from '{file}' order by id").fetchall()
    assert found == [
        (number, 2_000_000, hashlib.md5((f"{number:04}" * 500_000).encode()).hexdigest())
        for number in range(300)
    ]


@pytest.mark.slow
def test_a_disk_that_takes_no_more_is_one_sentence_and_no_state(lake: Lake) -> None:
    config = lake.folder.parent / "config.json"
    config.write_text(json.dumps(lake.config), encoding="utf-8")
    noise = random.Random(1)
    rows = [record("s", id=n, v=noise.randbytes(2000).hex()) for n in range(2000)]
    # no file may grow beyond 512 kB: the staged rows do
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 512; exec {COMMAND} --config {config}"],
        input=lines([schema("s", {"id": WHOLE, "v": TEXT}), *rows, state(s=1)]),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == b""
    (sentence,) = [line for line in done.stderr.splitlines() if b"CRITICAL" in line]
    assert b"File too large" in sentence
    assert b"Traceback" not in done.stderr


def test_a_signal_that_a_query_swallows_still_sets_the_exit_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(**_: Any) -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("singer_sdk.Target.invoke", interrupted)
    monkeypatch.setattr(TargetS3, "_stopped_by", signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        TargetS3.invoke()
    assert ended.value.code == 128 + signal.SIGTERM


def test_a_defect_is_told_without_the_words_that_may_quote_a_record(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defect(**_: Any) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr("singer_sdk.Target.invoke", defect)
    with pytest.raises(SystemExit) as ended:
        TargetS3.invoke()
    assert ended.value.code == 1
    (message,) = [entry.getMessage() for entry in caplog.records if entry.levelname == "CRITICAL"]
    assert "defect of target-s3" in message
    assert SECRET not in message


def test_what_a_killed_load_left_behind_is_removed_by_the_next(lake: Lake) -> None:
    left = lake.folder / "_staging" / "killed-run-x"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "0001-0001.parquet").write_bytes(b"rows")
    lake.load(schema("s", {"id": WHOLE}), record("s", id=1))
    assert not left.exists()
