"""The landing zone: every record that arrived, in files that are written once."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from columnar_target.errors import RecordError

from .lakes import Lake, record, schema, state

SONGS = schema(
    "my songs/2020",
    {"id": {"type": "integer"}, "price": {"type": "number"}, "tags": {"type": "array"}},
)
STREAM = "my songs/2020"
OPTIONS = {
    "run_id": "run-1",
    "streams": {STREAM: {"table": "songs", "landing_path": "landing_zone/rds/songs"}},
}


def test_files_are_named_for_day_stream_run_and_number(lake: Lake) -> None:
    lake.load(SONGS, record(STREAM, id=1), **OPTIONS)
    today = dt.datetime.now(dt.timezone.utc).date()
    assert [str(path.relative_to(lake.folder)) for path in lake.landed("rds/**/*.*")] == [
        f"landing_zone/rds/songs/ingest_on={today}/my_songs_2020-run-1-0001.parquet"
    ]


def test_every_record_lands_in_order_of_arrival_with_its_types(lake: Lake) -> None:
    options = {**OPTIONS, "streams": {STREAM: {"types": {"price": "decimal(10,2)"}}}}
    versions = [record(STREAM, id=1, price=number / 100) for number in range(1, 30)]
    lake.load(SONGS, *versions, **options, batch_size_rows=4)
    (file,) = lake.landed("**/*.parquet")
    table = pq.read_table(file)
    assert table["price"].to_pylist() == [Decimal(number) / 100 for number in range(1, 30)]
    assert table.column_names[:3] == ["id", "price", "tags"]


def test_a_run_id_that_comes_again_writes_new_files_and_touches_no_old_one(lake: Lake) -> None:
    lake.load(SONGS, record(STREAM, id=1), **OPTIONS)
    (first,) = lake.landed("rds/**/*.parquet")
    before = first.read_bytes(), first.stat().st_mtime_ns
    lake.load(SONGS, record(STREAM, id=2), **OPTIONS)

    assert (first.read_bytes(), first.stat().st_mtime_ns) == before
    assert [path.name[-12:] for path in lake.landed("rds/**/*.parquet")] == [
        "0001.parquet",
        "0002.parquet",
    ]
    (record_file,) = lake.landed("_runs/*")
    loads = json.loads(record_file.read_bytes())["loads"]
    assert [load["streams"][STREAM]["files"][0][-12:] for load in loads] == [
        "0001.parquet",
        "0002.parquet",
    ]


def test_json_lines_hold_the_records_as_they_came(lake: Lake) -> None:
    text = (
        f'{{"type":"RECORD","stream":"{STREAM}","record":'
        '{"id":1,"price":1.10,"tags":["ü",{"a":0.30}]}}'
    )
    lake.load(SONGS, text, **OPTIONS, landing_format="jsonl.gz")
    (file,) = lake.landed("rds/**/*.jsonl.gz")
    line = '{"id":1,"price":1.10,"tags":["ü",{"a":0.30}]}\n'
    assert gzip.decompress(file.read_bytes()).decode() == line
    assert lake.rows("songs") == [{"id": 1, "price": 1.1, "tags": '["ü",{"a":0.30}]'}]


def test_a_schema_change_begins_a_new_file(lake: Lake) -> None:
    wider = json.loads(json.dumps(SONGS))
    wider["schema"]["properties"]["year"] = {"type": "integer"}
    lake.load(SONGS, record(STREAM, id=1), wider, record(STREAM, id=2, year=2000), **OPTIONS)
    files = lake.landed("rds/**/*.parquet")
    assert [pq.read_schema(file).names[-1] for file in files] == ["tags", "year"]


def test_the_run_record_says_what_became_of_each_stream(lake: Lake) -> None:
    lake.load(SONGS, record(STREAM, id=1), record(STREAM, id=1), **OPTIONS)
    (outcome,) = lake.outcomes()
    assert outcome["status"] == "published"
    assert outcome["started"] <= outcome["ended"]
    (snapshot,) = lake.snapshots("songs")
    assert {name: outcome["streams"][STREAM][name] for name in ("table", "snapshot_id")} == {
        "table": "songs",
        "snapshot_id": snapshot,
    }
    counts = ("rows_landed", "rows_merged", "inserted", "updated", "deleted", "unchanged")
    assert [outcome["streams"][STREAM][name] for name in counts] == [2, 2, 1, 0, 0, 0]


@pytest.mark.slow
def test_nothing_staged_is_left_behind(lake: Lake) -> None:
    lake.load(SONGS, record(STREAM, id=1), state(), **OPTIONS)
    assert lake.run(SONGS, record(STREAM, id="x"), **OPTIONS).returncode == 1
    assert [path for path in lake.folder.glob("_staging/**/*") if path.is_file()] == []


def test_what_is_no_json_is_refused_where_json_lands_and_no_column_has_it(lake: Lake) -> None:
    stream = schema("songs", {"id": {"type": "integer"}})
    for value in ("NaN", "-Infinity", '"\\ud800"'):
        line = f'{{"type":"RECORD","stream":"songs","record":{{"id":1,"unnamed":{value}}}}}'
        with pytest.raises(RecordError, match="in a property that its schema does not name"):
            lake.load(stream, line, landing_format="jsonl.gz")
        lake.load(stream, line)
    lake.load(
        stream, record("songs", id=2, unnamed="no NaN, and no Infinity"), landing_format="jsonl.gz"
    )
    assert lake.rows("songs") == [{"id": 1}, {"id": 2}]
