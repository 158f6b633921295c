"""A load is a merge by key: what it changes, and what it leaves alone."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest

from columnar_target.errors import RecordError, SchemaError
from target_s3.iceberg import stitched

from .lakes import Lake, record, schema, state

TEXT = {"type": ["null", "string"]}
SONGS = schema("songs", {"id": {"type": "integer"}, "title": TEXT})
LINES = schema(
    "lines",
    {
        "order_id": {"type": "string"},
        "line": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "price": {"type": "number"},
    },
    keys=["order_id", "line"],
)
LINES_CONFIG = {
    "streams": {
        "lines": {
            "partition_by": ["month(at)"],
            "replace_by": ["order_id"],
            "types": {"price": "decimal(10,2)", "at": "timestamp"},
        }
    }
}


def line(order: str, number: int, price: float, at: str = "2020-01-15T00:00:00Z") -> dict[str, Any]:
    return record("lines", order_id=order, line=number, at=at, price=price)


def prices(lake: Lake) -> dict[tuple[str, int], Decimal]:
    return {(row["order_id"], row["line"]): row["price"] for row in lake.rows("lines")}


def test_the_same_input_twice_commits_once(lake: Lake) -> None:
    messages = [SONGS, record("songs", id=1, title="a"), record("songs", id=2, title=None)]
    lake.load(*messages)
    before = lake.rows("songs", load_columns=True)
    lake.load(*messages)

    assert lake.rows("songs") == [{"id": 1, "title": "a"}, {"id": 2, "title": None}]
    assert lake.rows("songs", load_columns=True) == before
    assert len(lake.snapshots("songs")) == 1
    assert [load["streams"]["songs"]["unchanged"] for load in lake.outcomes()] == [0, 2]


def test_a_changed_row_is_replaced_and_only_it_carries_the_new_load(lake: Lake) -> None:
    lake.load(SONGS, record("songs", id=1, title="a"), record("songs", id=2, title="b"))
    first = {row["id"]: row for row in lake.rows("songs", load_columns=True)}
    lake.load(SONGS, record("songs", id=2, title="B"), record("songs", id=3, title="c"))
    second = {row["id"]: row for row in lake.rows("songs", load_columns=True)}

    assert {key: row["title"] for key, row in second.items()} == {1: "a", 2: "B", 3: "c"}
    assert second[1] == first[1]
    assert second[2]["processing_timestamp"] > first[2]["processing_timestamp"]
    assert len(lake.snapshots("songs")) == 2


def test_every_row_says_when_and_from_where_it_came(lake: Lake) -> None:
    before = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    lake.load(SONGS, record("songs", id=1, title="a"))
    lake.load(
        SONGS, record("songs", id=2, title="b"), streams={"songs": {"source_from": "the shop"}}
    )
    after = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)

    rows = {row["id"]: row for row in lake.rows("songs", load_columns=True)}
    moments = [before, *(rows[key]["processing_timestamp"] for key in (1, 2)), after]
    assert moments == sorted(moments)
    assert {row["ingest_on"] for row in rows.values()} <= {before.date(), after.date()}
    assert [rows[key]["source_from"] for key in (1, 2)] == ["songs", "the shop"]


def test_a_value_that_becomes_null_and_back_is_a_change(lake: Lake) -> None:
    for title in ("a", None, "a"):
        lake.load(SONGS, record("songs", id=1, title=title))
        assert lake.rows("songs") == [{"id": 1, "title": title}]
    assert len(lake.snapshots("songs")) == 3


def test_the_last_of_several_versions_in_one_run_counts(lake: Lake) -> None:
    versions = [record("songs", id=1, title=str(number)) for number in range(50)]
    lake.load(SONGS, *versions, batch_size_rows=7)
    assert lake.rows("songs") == [{"id": 1, "title": "49"}]


def test_a_replaced_group_loses_the_rows_that_did_not_come_again(lake: Lake) -> None:
    lake.load(LINES, line("a", 0, 1), line("a", 1, 2), line("b", 0, 3), **LINES_CONFIG)
    lake.load(LINES, line("a", 0, 1), **LINES_CONFIG)

    assert prices(lake) == {("a", 0): Decimal("1.00"), ("b", 0): Decimal("3.00")}
    counts = lake.outcomes()[-1]["streams"]["lines"]
    assert (counts["deleted"], counts["unchanged"], counts["inserted"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("arrivals", "left"),
    [
        # three lines, then (elsewhere in the run) the order again with one
        ([("a", 0), ("a", 1), ("a", 2), ("b", 0), ("a", 0)], {("a", 0), ("b", 0)}),
        # the same, one right after the other
        ([("a", 0), ("a", 1), ("a", 2), ("a", 0)], {("a", 0)}),
        # twice the same, in another order
        ([("a", 0), ("a", 1), ("a", 1), ("a", 0)], {("a", 0), ("a", 1)}),
        # orders that come mixed up
        ([("a", 0), ("b", 0), ("a", 1), ("b", 1)], {("a", 0), ("a", 1), ("b", 0), ("b", 1)}),
        # mixed up, and one of them again: a version lasts until one of its lines comes again
        ([("a", 0), ("b", 0), ("a", 1), ("a", 0), ("b", 1)], {("a", 0), ("b", 0), ("b", 1)}),
    ],
)
def test_of_a_group_that_comes_twice_in_a_run_the_last_version_counts(
    lake: Lake, arrivals: list[tuple[str, int]], left: set[tuple[str, int]]
) -> None:
    records = [line(order, number, position) for position, (order, number) in enumerate(arrivals)]
    lake.load(LINES, *records, **LINES_CONFIG)

    last = {arrival: Decimal(position) for position, arrival in enumerate(arrivals)}
    assert prices(lake) == {key: last[key] for key in left}


def test_a_row_that_moves_to_another_partition_is_there_once(lake: Lake) -> None:
    lake.load(LINES, line("a", 0, 1, "2020-01-31T23:59:59.999999Z"), **LINES_CONFIG)
    lake.load(LINES, line("a", 0, 1, "2020-02-01T00:00:00Z"), **LINES_CONFIG)

    assert [row["at"] for row in lake.rows("lines")] == [dt.datetime(2020, 2, 1)]  # noqa: DTZ001
    partitions = [task.file.partition[0] for task in lake.table("lines").scan().plan_files()]
    assert partitions == [(2020 - 1970) * 12 + 1]


def test_files_of_partitions_without_a_change_stay_as_they_are(lake: Lake) -> None:
    def files() -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for task in lake.table("lines").scan().plan_files():
            found.setdefault(task.file.partition[0], set()).add(task.file.file_path)
        return found

    january = [line(f"j{number}", 0, number) for number in range(5)]
    march = line("m", 0, 1, "2020-03-01T00:00:00Z")
    lake.load(LINES, *january, march, **LINES_CONFIG)
    before = files()
    lake.load(LINES, line("m", 0, 2, "2020-03-01T00:00:00Z"), **LINES_CONFIG)
    after = files()

    assert after[600] == before[600]
    assert after[602].isdisjoint(before[602])


def test_one_of_many_values_becomes_null_and_comes_back(lake: Lake) -> None:
    lake.load(SONGS, *(record("songs", id=number, title="t") for number in range(20)))
    for title in (None, "t"):
        lake.load(SONGS, record("songs", id=7, title=title))
        assert {row["id"]: row["title"] for row in lake.rows("songs")}[7] == title
    assert [load["streams"]["songs"]["updated"] for load in lake.outcomes()] == [0, 1, 1]


def test_a_group_loses_a_row_in_a_file_that_has_none_of_its_keys(lake: Lake) -> None:
    orders = [line(f"o{number}", 1, 0.99) for number in range(20)]
    lake.load(LINES, *orders, **LINES_CONFIG)
    lake.load(LINES, line("o3", 2, 1.5, at="2020-02-15T00:00:00Z"), **LINES_CONFIG)
    expected = {(f"o{number}", 1): Decimal("0.99") for number in range(20) if number != 3}
    assert prices(lake) == {**expected, ("o3", 2): Decimal("1.50")}


def test_small_files_do_not_pile_up(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stitched, "FEWEST_ROWS", 2)
    for number in range(6):
        lake.load(SONGS, record("songs", id=number, title="t"))
    assert len(list(lake.table("songs").scan().plan_files())) == 1
    assert [row["id"] for row in lake.rows("songs")] == list(range(6))


@pytest.mark.slow
def test_a_stream_without_keys_is_appended_and_the_log_says_so(lake: Lake) -> None:
    events = schema("events", {"what": TEXT}, keys=[])
    for _ in range(2):
        done = lake.run(events, record("events", what="x"), record("events", what="x"))
        assert b"no keys: rows are appended" in done.stderr
    assert lake.rows("events") == [{"what": "x"}] * 4


def test_configured_keys_go_before_the_streams_own(lake: Lake) -> None:
    lake.load(
        schema("songs", {"id": {"type": "integer"}, "title": TEXT}, keys=[]),
        record("songs", id=1, title="a"),
        record("songs", id=1, title="b"),
        streams={"songs": {"keys": ["id"]}},
    )
    assert lake.rows("songs") == [{"id": 1, "title": "b"}]


def test_a_null_in_a_key_is_refused(lake: Lake) -> None:
    nullable = schema("songs", {"id": {"type": ["null", "integer"]}, "title": TEXT})
    with pytest.raises(RecordError, match=r"'songs'.*no value in column 'id'"):
        lake.load(nullable, record("songs", id=None, title="a"))


def test_a_stream_without_records_has_a_table_all_the_same(lake: Lake) -> None:
    lake.load(SONGS, state())
    assert lake.rows("songs") == []
    assert lake.table("songs").schema().column_names[:2] == ["id", "title"]


def test_a_new_column_is_added_and_older_rows_have_none(lake: Lake) -> None:
    lake.load(SONGS, record("songs", id=1, title="a"))
    wider = schema("songs", {"id": {"type": "integer"}, "title": TEXT, "Title": TEXT, "a.b": TEXT})
    lake.load(wider, record("songs", id=2, title="b", Title="B", **{"a.b": "dot"}))
    assert lake.rows("songs") == [
        {"id": 1, "title": "a", "Title": None, "a.b": None},
        {"id": 2, "title": "b", "Title": "B", "a.b": "dot"},
    ]


def test_a_schema_that_changes_within_a_run_keeps_the_order_of_versions(lake: Lake) -> None:
    wider = schema("songs", {"id": {"type": "integer"}, "title": TEXT, "year": {"type": "integer"}})
    lake.load(
        SONGS,
        record("songs", id=1, title="old"),
        record("songs", id=2, title="kept"),
        wider,
        record("songs", id=1, title="new", year=2001),
    )
    assert lake.rows("songs") == [
        {"id": 1, "title": "new", "year": 2001},
        {"id": 2, "title": "kept", "year": None},
    ]


def test_a_type_that_the_table_cannot_hold_is_refused_by_name(lake: Lake) -> None:
    lake.load(SONGS, record("songs", id=1, title="a"))
    other = schema("songs", {"id": {"type": "integer"}, "title": {"type": "boolean"}})
    with pytest.raises(SchemaError, match=r"'title'.*'songs'.*boolean.*string"):
        lake.load(other, record("songs", id=1, title=True))
    assert lake.rows("songs") == [{"id": 1, "title": "a"}]


def test_other_partitions_than_the_tables_are_refused(lake: Lake) -> None:
    lake.load(LINES, line("a", 0, 1), **LINES_CONFIG)
    daily = {"streams": {"lines": {**LINES_CONFIG["streams"]["lines"], "partition_by": ["at"]}}}
    with pytest.raises(SchemaError, match=r"partitioned by \['month\(at\)'\]"):
        lake.load(LINES, line("a", 0, 1), **daily)


def _years(moment: dt.datetime) -> int:
    return moment.year - 1970


def _months(moment: dt.datetime) -> int:
    return _years(moment) * 12 + moment.month - 1


def _hours(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) // dt.timedelta(hours=1)


def _micros(moment: dt.datetime) -> int:
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
    return (moment - epoch) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("transform", "column", "partition"),
    [
        ("at", "at", _micros),
        ("year(at)", "at", _years),
        ("month(at)", "at", _months),
        ("day(at)", "at", lambda moment: _hours(moment) // 24),
        ("hour(at)", "at", _hours),
        ("shop", "shop", lambda shop: shop),
    ],
)
def test_every_row_is_once_and_in_the_partition_where_readers_look_for_it(
    lake: Lake, transform: str, column: str, partition: Callable[[Any], Any]
) -> None:
    stream = schema(
        "sales",
        {
            "id": {"type": "integer"},
            "shop": TEXT,
            "at": {"type": ["null", "string"], "format": "date-time"},
        },
    )
    moments = [
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "2019-02-28T12:30:00Z",
        "2020-02-29T12:30:00Z",
        None,
    ]
    shops = ["O'Hara / 7", "x=y", "", None]
    records = [
        record("sales", id=number, shop=shop, at=moment)
        for number, (moment, shop) in enumerate(itertools.product(moments, shops))
    ]
    options = {"streams": {"sales": {"partition_by": [transform]}}}
    lake.load(stream, *records, **options)
    lake.load(stream, *records, **options)

    assert sorted(row["id"] for row in lake.rows("sales")) == list(range(len(records)))
    assert len(lake.snapshots("sales")) == 1
    for task in lake.table("sales").scan().plan_files():
        values = pq.read_table(task.file.file_path.removeprefix("file://"))[column].to_pylist()
        expected = {None if value is None else partition(value) for value in values}
        assert expected == {task.file.partition[0]}


@pytest.mark.slow
def test_random_runs_leave_what_a_dictionary_would(lake: Lake) -> None:
    """The independent computation: a dictionary of orders, each load replacing whole orders."""
    dice = random.Random(7)
    expected: dict[tuple[str, int], Decimal] = {}
    for _ in range(8):
        orders = {f"o{dice.randrange(12)}": dice.randrange(1, 4) for _ in range(5)}
        records = []
        for order, size in orders.items():
            expected = {key: price for key, price in expected.items() if key[0] != order}
            for number in range(size):
                price = Decimal(dice.randrange(1, 300)) / 100
                month = dice.randrange(1, 4)
                expected[order, number] = price
                at = f"2020-0{month}-01T00:00:00Z"
                records.append(line(order, number, float(price), at))
        lake.load(LINES, *records, **LINES_CONFIG)
        assert prices(lake) == expected


def test_a_row_that_moves_to_another_group_within_a_run_is_there_once(lake: Lake) -> None:
    stream = schema("lines", {"id": {"type": "integer"}, "order": {"type": "integer"}})
    options = {"streams": {"lines": {"replace_by": ["order"]}}}
    rows = [(1, 1), (2, 1), (1, 2)]
    for _ in range(2):
        lake.load(stream, *(record("lines", id=i, order=order) for i, order in rows), **options)
        assert lake.rows("lines") == [{"id": 1, "order": 2}, {"id": 2, "order": 1}]
    assert len(lake.snapshots("lines")) == 1
