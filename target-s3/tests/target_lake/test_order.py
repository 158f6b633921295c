"""Any split, any repetition, any order that keeps the versions of a key: the same table.

The independent computation is a dictionary, filled in the order in which the source speaks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deftunes_sandbox.taps.examples import examples

from .lakes import Lake, Message, record, schema

T = TypeVar("T")

TEXT = {"type": ["null", "string"]}
MONTH = {"type": "string", "format": "date"}
SONGS = schema("songs", {"id": {"type": "integer"}, "title": TEXT, "on": MONTH})
LINES = schema(
    "lines",
    {"order_id": {"type": "integer"}, "line": {"type": "integer"}, "price": {"type": "number"}},
    keys=["order_id", "line"],
)
CONFIG = {
    "streams": {
        "songs": {"partition_by": ["month(on)"]},
        "lines": {"replace_by": ["order_id"], "types": {"price": "decimal(10,2)"}},
    }
}

pytestmark = pytest.mark.slow

titles = st.none() | st.text(st.characters(codec="utf-8"), max_size=3)
months = st.sampled_from(["2020-01-31", "2020-02-01", "2020-03-15"])
songs = st.lists(st.tuples(st.integers(0, 5), titles, months), min_size=1, max_size=12)
prices = st.integers(0, 10**10 - 1).map(lambda cents: Decimal(cents) / 100)
orders = st.lists(
    st.tuples(st.integers(0, 3), st.lists(prices, min_size=1, max_size=3)), min_size=1, max_size=8
)
"""Each an order's number and the prices of its lines: a version of it, which comes whole."""


@st.composite
def spoken(draw: st.DrawFn, things: Sequence[Sequence[T]]) -> list[list[T]]:
    """Sequences merged at random into one, each kept in order, cut into runs, some repeated."""
    waiting = [list(sequence) for sequence in things if sequence]
    merged = []
    while waiting:
        chosen = draw(st.sampled_from(range(len(waiting))))
        merged.append(waiting[chosen].pop(0))
        waiting = [sequence for sequence in waiting if sequence]
    cuts = sorted(draw(st.sets(st.integers(1, len(merged)), max_size=2)))
    runs = [merged[a:b] for a, b in zip([0, *cuts], [*cuts, len(merged)], strict=True)]
    return [run for run in runs for _ in range(draw(st.integers(1, 2)))]


@given(data=st.data(), versions=songs, batch=st.integers(1, 5))
@examples(8)
def test_rows_are_the_latest_version_of_each_key(
    data: st.DataObject, versions: list[tuple[int, str | None, str]], batch: int
) -> None:
    keys = sorted({key for key, *_ in versions})
    runs = data.draw(spoken([[one for one in versions if one[0] == key] for key in keys]))

    rows = _loaded(
        "songs",
        [[SONGS, *(record("songs", id=i, title=t, on=o) for i, t, o in run)] for run in runs],
        batch,
    )

    latest = {key: (title, month) for key, title, month in versions}
    assert {row["id"]: (row["title"], row["on"].isoformat()) for row in rows} == latest
    assert len(rows) == len(latest)


@given(data=st.data(), versions=orders, batch=st.integers(1, 5))
@examples(8)
def test_lines_are_those_of_the_latest_version_of_each_order(
    data: st.DataObject, versions: list[tuple[int, list[Decimal]]], batch: int
) -> None:
    numbers = sorted({number for number, _ in versions})
    runs = data.draw(spoken([[one for one in versions if one[0] == number] for number in numbers]))

    rows = _loaded("lines", [[LINES, *_lines(run)] for run in runs], batch)

    latest = dict(versions)
    expected = {
        (number, line): price
        for number, of_order in latest.items()
        for line, price in enumerate(of_order)
    }
    assert {(row["order_id"], row["line"]): row["price"] for row in rows} == expected
    assert len(rows) == len(expected)


def _lines(versions: list[tuple[int, list[Decimal]]]) -> list[str]:
    return [
        f'{{"type":"RECORD","stream":"lines","record":{{"order_id":{number},"line":{line},'
        f'"price":{price}}}}}'
        for number, of_order in versions
        for line, price in enumerate(of_order)
    ]


def _loaded(stream: str, runs: list[list[Message | str]], batch: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder) / "lake", {**CONFIG, "batch_size_rows": batch})
        for run in runs:
            lake.load(*run)
        rows = lake.rows(stream)
        lake.close()
    return rows
