"""Files in which a few rows change: what has not changed is copied, and all is as it should be."""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deftunes_sandbox.taps.examples import examples
from target_s3.iceberg import patched, stitched
from target_s3.merging import publish
from target_s3.parquet.footer import Footer

from .lakes import Lake, record, schema, state

SONGS = schema(
    "songs",
    {
        "id": {"type": "integer"},
        "title": {"type": ["null", "string"]},
        "price": {"type": ["null", "number"]},
        "on": {"type": ["null", "string"], "format": "date"},
        "plays": {"type": ["null", "integer"]},
    },
)
CONFIG: dict[str, Any] = {"streams": {"songs": {"types": {"price": "decimal(10,2)"}}}}
TITLES = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
PRICES = st.none() | st.decimals(0, 99, places=2)
DAYS = st.none() | st.sampled_from(["2020-01-01", "2020-02-01"])
SONG = st.tuples(TITLES, PRICES, DAYS, st.none() | st.integers(0, 2**40))
LOADS = st.lists(st.dictionaries(st.integers(0, 30), SONG, max_size=8), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def _no_file_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "SMALL_FILE_BYTES", 0)


@pytest.fixture
def patches(monkeypatch: pytest.MonkeyPatch) -> list[patched.Patch]:
    """What was patched."""
    made: list[patched.Patch] = []

    def seen(patch: patched.Patch, *arguments: Any) -> Any:
        made.append(patch)
        return patched.patched_file(patch, *arguments)

    monkeypatch.setattr(publish, "patched_file", seen)
    return made


def song(number: int, values: tuple[Any, ...]) -> dict[str, Any]:
    title, price, on, plays = values
    price = None if price is None else float(price)
    return record("songs", id=number, title=title, price=price, on=on, plays=plays)


def plain(number: int, title: str = "t") -> dict[str, Any]:
    return song(number, (title, Decimal("0.99"), "2020-01-01", number))


def files(lake: Lake) -> list[Path]:
    tasks = lake.table("songs").scan().plan_files()
    return [Path(task.file.file_path.removeprefix("file://")) for task in tasks]


@pytest.mark.slow
@pytest.mark.parametrize("partitioned", [pytest.param(False, marks=pytest.mark.heavy), True])
def test_a_table_is_what_its_loads_made_it(
    tmp_path_factory: pytest.TempPathFactory, patches: list[patched.Patch], partitioned: bool
) -> None:
    @examples(6)
    @given(first=st.dictionaries(st.integers(0, 30), SONG, min_size=12), loads=LOADS)
    def loaded(first: dict[int, Any], loads: list[dict[int, Any]]) -> None:
        lake = Lake(tmp_path_factory.mktemp("lake") / "lake")
        by = {"partition_by": ["month(on)"]} if partitioned else {}
        config = {"streams": {"songs": {**CONFIG["streams"]["songs"], **by}}}
        truth: dict[int, Any] = {}
        for load in (first, *loads):
            lake.load(SONGS, *(song(*each) for each in load.items()), state(), **config)
            truth.update(load)
        found = [
            (row["id"], (row["title"], row["price"], row["on"] and str(row["on"]), row["plays"]))
            for row in lake.rows("songs")
        ]
        lake.close()
        assert sorted(found, key=itemgetter(0)) == sorted(truth.items(), key=itemgetter(0))

    loaded()
    assert patches


def test_rows_that_do_not_change_keep_their_place_and_their_time(
    lake: Lake, patches: list[patched.Patch]
) -> None:
    lake.load(SONGS, *(plain(number) for number in range(20)), **CONFIG)
    before = {row["id"]: row for row in lake.rows("songs", load_columns=True)}
    lake.load(SONGS, plain(3, "new"), plain(17, "new"), **CONFIG)

    assert [[field.name for field in patch.fields] for patch in patches] == [
        ["title", "ingest_on", "processing_timestamp"]
    ]
    [file] = files(lake)
    assert pq.read_table(file).column("id").to_pylist() == list(range(20))
    after = {row["id"]: row for row in lake.rows("songs", load_columns=True)}
    changed = {number for number in after if after[number] != before[number]}
    assert changed == {3, 17}
    assert after[3]["title"] == "new"
    assert after[3]["processing_timestamp"] > before[3]["processing_timestamp"]


def test_columns_that_do_not_change_are_copied(lake: Lake) -> None:
    lake.load(SONGS, *(plain(number) for number in range(20)), **CONFIG)
    [before] = files(lake)
    lake.load(SONGS, plain(3, "new"), **CONFIG)
    [after] = files(lake)

    def pages(path: Path, column: str) -> bytes:
        chunk = Footer(path).chunk(0, column)
        return path.read_bytes()[chunk.start : chunk.start + chunk.length]

    same = {name for name in Footer(after).elements if pages(after, name) == pages(before, name)}
    assert same == {"id", "price", "on", "plays", "source_from", "ingest_on"}


def test_new_and_changed_rows_of_one_load_are_both_there(
    lake: Lake, patches: list[patched.Patch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stitched, "FEWEST_ROWS", 100)
    lake.load(SONGS, *(plain(number) for number in range(20)), **CONFIG)
    lake.load(SONGS, plain(3, "new"), plain(20), plain(21), **CONFIG)
    assert patches
    titles = [(row["id"], row["title"]) for row in lake.rows("songs")]
    assert sorted(titles) == [(number, "new" if number == 3 else "t") for number in range(22)]
    assert (
        lake.outcomes()[-1]["streams"]["songs"] | {"inserted": 2, "updated": 1}
        == (lake.outcomes()[-1]["streams"]["songs"])
    )


def test_a_column_that_is_added_later_gets_its_values(
    lake: Lake, patches: list[patched.Patch]
) -> None:
    lake.load(SONGS, *(plain(number) for number in range(20)), **CONFIG)
    more = schema("songs", {**SONGS["schema"]["properties"], "mood": {"type": "string"}})
    lake.load(more, {**plain(3), "record": {**plain(3)["record"], "mood": "calm"}}, **CONFIG)
    lake.load(more, {**plain(4), "record": {**plain(4)["record"], "mood": "wild"}}, **CONFIG)

    assert len(patches) == 2
    moods = {row["id"]: row["mood"] for row in lake.rows("songs")}
    assert moods == {**dict.fromkeys(range(20)), 3: "calm", 4: "wild"}


def test_a_column_that_became_wider_gets_its_values(
    lake: Lake, patches: list[patched.Patch]
) -> None:
    narrow = {"streams": {"songs": {"types": {"price": "decimal(10,2)", "plays": "int"}}}}
    lake.load(SONGS, *(plain(number) for number in range(20)), **narrow)
    lake.load(SONGS, song(3, ("t", Decimal("0.99"), "2020-01-01", 2**40)), **CONFIG)
    lake.load(SONGS, plain(4, "new"), **CONFIG)

    assert len(patches) == 2
    plays = {row["id"]: row["plays"] for row in lake.rows("songs")}
    assert plays == {number: 2**40 if number == 3 else number for number in range(20)}


def test_a_row_that_leaves_its_partition_is_not_patched(
    lake: Lake, patches: list[patched.Patch]
) -> None:
    config = {"streams": {"songs": {**CONFIG["streams"]["songs"], "partition_by": ["month(on)"]}}}
    lake.load(SONGS, *(plain(number) for number in range(20)), **config)
    lake.load(SONGS, song(3, ("t", Decimal("0.99"), "2020-02-01", 3)), **config)

    assert patches == []
    assert {pq.read_metadata(file).num_rows for file in files(lake)} == {1, 19}


def test_a_file_of_which_many_rows_change_is_encoded_anew(
    lake: Lake, patches: list[patched.Patch]
) -> None:
    lake.load(SONGS, *(plain(number) for number in range(20)), **CONFIG)
    lake.load(SONGS, *(plain(number, "new") for number in range(6)), **CONFIG)
    assert patches == []
    assert sum(row["title"] == "new" for row in lake.rows("songs")) == 6


def test_a_file_that_loses_rows_is_encoded_anew(lake: Lake, patches: list[patched.Patch]) -> None:
    config = {"streams": {"songs": {**CONFIG["streams"]["songs"], "replace_by": ["plays"]}}}
    of_one = [song(n, ("t", None, None, n // 10)) for n in range(40)]
    lake.load(SONGS, *of_one, **config)
    lake.load(SONGS, *(song(n, ("new", None, None, 3)) for n in range(30, 39)), **config)
    assert patches == []
    assert sorted(row["id"] for row in lake.rows("songs")) == list(range(39))
