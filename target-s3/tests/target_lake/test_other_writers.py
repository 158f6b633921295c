"""Tables that other engines have changed: loads are right, or refused in a sentence."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyiceberg.transforms import DayTransform, MonthTransform
from pyiceberg.types import NestedField, StringType, StructType

from columnar_target.arrivals import staging
from columnar_target.errors import SchemaError
from target_s3.merging import publish

from .lakes import Lake, record, schema

TEXT = {"type": ["null", "string"]}
SONGS = schema("songs", {"id": {"type": "integer"}, "a": TEXT, "b": TEXT})


@pytest.fixture(autouse=True)
def _no_file_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "SMALL_FILE_BYTES", 0)


def songs(*ids: int, a: str = "a", b: str = "b") -> list[dict[str, Any]]:
    return [record("songs", id=number, a=a, b=b) for number in ids]


def outcome(lake: Lake) -> tuple[int, int, int]:
    loaded = lake.outcomes()[-1]["streams"]["songs"]
    return loaded["inserted"], loaded["updated"], loaded["unchanged"]


def test_a_column_that_was_dropped_gets_its_values_again(lake: Lake) -> None:
    lake.load(SONGS, *songs(*range(20)))
    with lake.table("songs").update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("a")
    lake.load(SONGS, *songs(*range(20)))
    assert outcome(lake) == (0, 20, 0)
    assert {row["a"] for row in lake.rows("songs")} == {"a"}


def test_columns_that_changed_their_names_are_compared_with_what_they_are_now(lake: Lake) -> None:
    lake.load(SONGS, *songs(*range(20)))
    for before, after in (("a", "c"), ("b", "a"), ("c", "b")):
        with lake.table("songs").update_schema() as update:
            update.rename_column(before, after)
    lake.load(SONGS, *songs(*range(20)))
    assert outcome(lake) == (0, 20, 0)
    assert {(row["a"], row["b"]) for row in lake.rows("songs")} == {("a", "b")}


@pytest.mark.parametrize("before", ["month", None])
def test_files_of_an_earlier_partition_spec_are_written_by_the_new_one(
    lake: Lake, before: str | None
) -> None:
    days = schema("songs", {"id": {"type": "integer"}, "on": {**TEXT, "format": "date"}, "a": TEXT})

    def on(day: int, a: str = "a") -> dict[str, Any]:
        return record("songs", id=day, on=f"2020-01-{day:02}", a=a)

    by_month = {"streams": {"songs": {"partition_by": ["month(on)"]}}}
    lake.load(days, *map(on, range(1, 21)), **(by_month if before else {}))
    with lake.table("songs").update_spec() as update:
        if before:
            update.remove_field("on_month")
        update.add_field("on", DayTransform() if before else MonthTransform(), "on_new")
    now = {"streams": {"songs": {"partition_by": ["day(on)"]}}} if before else by_month
    lake.load(days, on(4, "new"), **now)

    table = lake.table("songs")
    [row] = table.scan(row_filter="on = '2020-01-04'").to_arrow().to_pylist()
    assert row["a"] == "new"
    assert len(lake.rows("songs")) == 20
    assert outcome(lake) == (0, 1, 0)


@pytest.mark.parametrize("small", [0, publish.SMALL_FILE_BYTES])
@pytest.mark.parametrize("many", [True, False])
def test_a_key_that_is_twice_in_the_table_becomes_one_and_doubles_no_other(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, many: bool, small: int
) -> None:
    monkeypatch.setattr(publish, "SMALL_FILE_BYTES", small)
    lake.load(SONGS, *songs(*range(8 if many else 20)))
    table = lake.table("songs")
    rows = table.scan().to_arrow()
    table.append(rows.filter(pc.equal(rows["id"], 1)))
    lake.load(SONGS, *songs(1, a="new"), *songs(2), *(songs(3, 4, 5, a="x") if many else ()))

    found = [(row["id"], row["a"]) for row in lake.rows("songs") if row["id"] in {1, 2}]
    assert found == [(1, "new"), (2, "a")]


def test_files_without_field_ids_are_refused(lake: Lake) -> None:
    lake.load(SONGS, *songs(1))
    table = lake.table("songs")
    rows = table.scan().to_arrow()
    fields = [pa.field(f.name, f.type, nullable=f.name != "id") for f in rows.schema]
    path = lake.folder / "other.parquet"
    pq.write_table(rows.cast(pa.schema(fields)), path)
    table.add_files([path.as_uri()])
    with pytest.raises(SchemaError, match=r"songs have columns without field ids"):
        lake.load(SONGS, *songs(2))


def test_a_file_with_columns_within_columns_is_encoded_anew(lake: Lake) -> None:
    lake.load(SONGS, *songs(*range(20)))
    inner = StructType(NestedField(99, "x", StringType()))
    with lake.table("songs").update_schema() as update:
        update.add_column("nested", inner)
    table = lake.table("songs")
    table.overwrite(table.scan().to_arrow())
    with lake.table("songs").update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("nested")
    lake.load(SONGS, *songs(3, a="new"))
    assert {row["id"] for row in lake.rows("songs") if row["a"] == "new"} == {3}
    assert len(lake.rows("songs")) == 20


PRICED = schema("songs", {"id": {"type": "integer"}, "price": {"type": "number"}, "a": TEXT})


def test_a_decimal_that_became_wider_is_read_in_a_patched_file(lake: Lake) -> None:
    def priced(number: int, a: str = "a") -> dict[str, Any]:
        return record("songs", id=number, price=0.99, a=a)

    narrow, wide = (
        {"streams": {"songs": {"types": {"price": f"decimal({digits},2)"}}}} for digits in (9, 20)
    )
    lake.load(PRICED, *map(priced, range(20)), **narrow)
    lake.load(PRICED, priced(3, "new"), **wide)
    found = lake.table("songs").scan(row_filter="price = 0.99").to_arrow()
    assert set(found["price"].to_pylist()) == {Decimal("0.99")}
    assert len(found) == 20


@pytest.mark.parametrize("patched", [True, False])
def test_bounds_tell_nothing_of_texts_that_are_too_long_for_them(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, patched: bool
) -> None:
    long = "z" * 5000
    monkeypatch.setattr(staging, "ROW_GROUP_ROWS", 10)
    short = songs(*range(40))
    if patched:
        lake.load(SONGS, *short, batch_size_rows=10)
        lake.load(SONGS, *songs(35, a=long))
    else:
        lake.load(SONGS, *short[:30], *songs(*range(30, 40), a=long), batch_size_rows=10)

    found = lake.table("songs").scan(row_filter=f"a = '{long}'").to_arrow()
    assert found["id"].to_pylist() == ([35] if patched else list(range(30, 40)))


def test_an_earlier_version_that_counts_takes_the_place_of_the_row_that_is_there(
    lake: Lake, tmp_path: Path
) -> None:
    rules = tmp_path / "songs.dqdl"
    rules.write_text('Rules = [ColumnValues "price" > 0 labels=["policy"="quarantine"]]')
    config = {"rules": {"songs": str(rules)}, "quarantine_limit": "90%"}

    def priced(number: int, price: float) -> dict[str, Any]:
        return record("songs", id=number, price=price, a="a")

    lake.load(PRICED, *(priced(number, 1.0) for number in range(20)), **config)
    lake.load(PRICED, priced(3, 2.0), priced(3, -1.0), priced(4, 1.0), **config)
    assert [row["price"] for row in lake.rows("songs") if row["id"] == 3] == [2.0]
    assert len(lake.rows("songs")) == 20
    assert outcome(lake) == (0, 1, 1)
