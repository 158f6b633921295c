"""Rows that come in about the order in which they are there: what differs is found, and no more."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.types import ListType, StringType

from columnar_target.arrivals import staging
from deftunes_sandbox.taps.examples import examples
from target_s3.merging import search
from target_s3.merging.alignment import is_aligned

from .lakes import Lake, record, schema, state

SONGS = schema(
    "songs",
    {
        "id": {"type": "string"},
        "title": {"type": ["null", "string"]},
        "price": {"type": ["null", "number"]},
        "plays": {"type": ["null", "integer"]},
        "score": {"type": ["null", "number"]},
    },
)
CONFIG: dict[str, Any] = {
    "streams": {"songs": {"types": {"price": "decimal(10,2)", "score": "double"}}},
    "batch_size_rows": 5,
}
VALUES = st.tuples(
    st.none() | st.sampled_from(["", "a", "b"]),
    st.none() | st.sampled_from([0.5, 0.75]),
    st.none() | st.integers(0, 1),
    st.none() | st.sampled_from([0.0, -1.5]),
)
TABLES = st.dictionaries(st.integers(0, 40).map(str), VALUES, min_size=10)


@pytest.fixture(autouse=True)
def _row_groups_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "ROW_GROUP_ROWS", 5)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether rows were found to be in the same order, each time that was asked."""
    found: list[bool] = []

    def asked(*arguments: Any) -> bool:
        found.append(is_aligned(*arguments))
        return found[-1]

    monkeypatch.setattr(search, "is_aligned", asked)
    return found


def songs(table: dict[str, Any], order: list[str] | None = None) -> list[dict[str, Any]]:
    return [
        record(
            "songs",
            id=key,
            **dict(zip(("title", "price", "plays", "score"), table[key], strict=True)),
        )
        for key in order or table
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "moved",
    [pytest.param(0, marks=pytest.mark.heavy), 2, pytest.param(40, marks=pytest.mark.heavy)],
)
def test_a_snapshot_changes_what_differs_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, ways: list[bool], moved: int
) -> None:
    @examples(6)
    @given(before=TABLES, after=TABLES, seed=st.integers(0, 99))
    def compared(before: dict[str, Any], after: dict[str, Any], seed: int) -> None:
        lake = Lake(tmp_path_factory.mktemp("lake") / "lake")
        lake.load(SONGS, *songs(before), **CONFIG)
        stamps = {row["id"]: row["processing_timestamp"] for row in rows(lake)}
        order = [key for key in before if key in after]
        order += [key for key in after if key not in before]
        dice = random.Random(seed)
        for _ in range(moved):
            order.append(order.pop(dice.randrange(len(order))))
        lake.load(SONGS, *songs(after, order), **CONFIG)

        found = [
            (row["id"], (row["title"], row["price"], row["plays"], row["score"]))
            for row in rows(lake)
        ]
        truth = {**before, **after}
        assert sorted(found, key=repr) == sorted(
            ((key, exact(values)) for key, values in truth.items()), key=repr
        )
        kept = {
            row["id"] for row in rows(lake) if stamps.get(row["id"]) == row["processing_timestamp"]
        }
        assert kept == {key for key in before if before[key] == truth[key]}
        loaded = lake.outcomes()[-1]["streams"]["songs"]
        assert loaded["updated"] == sum(before[key] != truth[key] for key in before)
        lake.close()

    compared()
    assert any(ways)


def rows(lake: Lake) -> list[dict[str, Any]]:
    return lake.rows("songs", load_columns=True)


def exact(values: tuple[Any, ...]) -> tuple[Any, ...]:
    title, price, plays, score = values
    return (
        title,
        None if price is None else Decimal(str(price)).quantize(Decimal("0.01")),
        plays,
        score,
    )


def by_twenty(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With a STATE after each twenty, so that no batch has more."""
    return [
        each
        for first in range(0, len(messages), 20)
        for each in (*messages[first : first + 20], state())
    ]


def test_rows_in_another_order_are_joined(
    lake: Lake, ways: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "ROW_GROUP_ROWS", 20)
    table = {str(number): ("t", 0.5, number, None) for number in range(200)}
    lake.load(SONGS, *by_twenty(songs(table)), **CONFIG)
    order = list(table)
    random.Random(1).shuffle(order)
    table["50"] = ("new", 0.5, 50, None)
    lake.load(SONGS, *by_twenty(songs(table, order)), **CONFIG)

    assert ways == [False]
    assert lake.outcomes()[-1]["streams"]["songs"]["updated"] == 1


def test_rows_beside_a_column_within_a_column_that_the_table_has_no_more_are_joined(
    lake: Lake, ways: list[bool]
) -> None:
    table = {str(number): ("t", 0.5, 1, None) for number in range(20)}
    lake.load(SONGS, *songs(table), **CONFIG)
    with lake.table("songs").update_schema() as update:
        update.add_column("tags", ListType(100, StringType(), element_required=False))
    tagged = [{**row, "tags": ["x"]} for row in lake.rows("songs", load_columns=True)]
    there = lake.table("songs")
    there.overwrite(pa.Table.from_pylist(tagged, schema_to_pyarrow(there.schema())))
    with lake.table("songs").update_schema() as update:
        update.delete_column("tags")
    lake.load(SONGS, *songs({**table, "7": ("other", 0.5, 1, None)}), **CONFIG)

    assert ways == [False]
    titles = {row["id"]: row["title"] for row in rows(lake)}
    assert titles == {**dict.fromkeys(table, "t"), "7": "other"}
    assert lake.outcomes()[-1]["streams"]["songs"]["updated"] == 1


def test_two_neighbours_that_change_places_and_titles_have_both_changed(
    lake: Lake, ways: list[bool]
) -> None:
    """Place by place the titles are as they were; key by key they are not."""
    table = {str(number): (f"title {number}", 0.5, 1, None) for number in range(20)}
    lake.load(SONGS, *songs(table), **CONFIG)
    order = ["0", "2", "1", *list(table)[3:]]
    changed = {**table, "1": table["2"], "2": table["1"]}
    lake.load(SONGS, *songs(changed, order), **CONFIG)

    assert ways == [True]
    assert {row["id"]: row["title"] for row in rows(lake)} == {
        key: title for key, (title, *_) in changed.items()
    }
    assert lake.outcomes()[-1]["streams"]["songs"]["updated"] == 2


def test_columns_that_came_or_went_differ_by_their_nulls(lake: Lake, ways: list[bool]) -> None:
    table = {str(number): ("t", 0.5, number, None) for number in range(20)}
    lake.load(SONGS, *songs(table), **CONFIG)
    less = schema("songs", {k: v for k, v in SONGS["schema"]["properties"].items() if k != "plays"})
    more = schema("songs", {**less["schema"]["properties"], "mood": {"type": "string"}})
    config = {**CONFIG, "streams": {"songs": {**CONFIG["streams"]["songs"], "source_from": "x"}}}
    plain = [{**each, "record": {**each["record"]}} for each in songs(table)]
    for each in plain:
        each["record"].pop("plays")
    plain[3]["record"]["mood"] = "calm"
    lake.load(more, *plain, **CONFIG)
    lake.load(more, *plain, **config)

    assert ways == [True, True]
    updated = [load["streams"]["songs"]["updated"] for load in lake.outcomes()]
    assert updated == [0, 20, 20]
    found = {(row["id"], row["plays"], row["mood"], row["source_from"]) for row in rows(lake)}
    assert found == {(key, None, "calm" if key == "3" else None, "x") for key in table}
