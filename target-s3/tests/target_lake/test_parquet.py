"""Parquet files made of other files' columns: readers find in them what was in those."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.types import StringType

from columnar_target.arrivals.staging import PARQUET_OPTIONS
from deftunes_sandbox.taps.examples import examples
from target_s3.iceberg import stitched
from target_s3.merging.difference import Difference
from target_s3.merging.merge import Merge
from target_s3.parquet.compact import CompactError, Kind, Struct, Values, decode, encode
from target_s3.parquet.footer import Chunk, Column, Footer, FooterError
from target_s3.parquet.stitching import stitch

from .lakes import Lake, record, schema

TYPES: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "flag": (pa.bool_(), st.booleans()),
    "int": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "long": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "single": (pa.float32(), st.floats(width=32, allow_nan=False)),
    "double": (pa.float64(), st.floats(allow_nan=False)),
    "small decimal": (
        pa.decimal128(9, 2),
        st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2, allow_nan=False),
    ),
    "decimal": (
        pa.decimal128(18, 3),
        st.decimals(min_value=-(10**14), max_value=10**14, places=3, allow_nan=False),
    ),
    "large decimal": (pa.decimal128(38, 0), st.integers(-(10**37), 10**37).map(Decimal)),
    "day": (pa.date32(), st.dates()),
    "time": (pa.time64("us"), st.times()),
    "moment": (pa.timestamp("us"), st.datetimes()),
    "instant": (
        pa.timestamp("us", "UTC"),
        st.datetimes(timezones=st.just(dt.timezone.utc)),
    ),
    "text ü": (pa.string(), st.text(st.characters(codec="utf-8"), max_size=40)),
}
SCHEMA = pa.schema([(name, arrow) for name, (arrow, _) in TYPES.items()])
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, (_, values) in TYPES.items()}),
    min_size=1,
    max_size=12,
)


def written(path: Path, *row_groups: list[dict[str, Any]]) -> Footer:
    with pq.ParquetWriter(path, SCHEMA, **PARQUET_OPTIONS) as writer:
        for rows in row_groups:
            writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
    return Footer(path)


def columns(names: list[str]) -> list[Column]:
    return [Column(f"{name}!", number + 10) for number, name in enumerate(names)]


@pytest.mark.slow
@examples(20)
@given(first=ROWS, second=ROWS, names=st.permutations(list(TYPES)))
def test_readers_find_the_rows_of_the_files_that_a_file_was_made_of(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    names: list[str],
) -> None:
    folder = tmp_path_factory.mktemp("stitched")
    one, other = written(folder / "one", first, second), written(folder / "other", second)
    groups = [(other, 0), (one, 0), (one, 1)]
    made = folder / "made.parquet"
    stitch(made, columns(names), [[file.chunk(n, name) for name in names] for file, n in groups])

    rows = [{f"{name}!": row[name] for name in names} for row in (*second, *first, *second)]
    read = pq.read_table(made)
    assert read.to_pylist() == pa.Table.from_pylist(rows, read.schema).to_pylist()
    assert [read.schema.field(n).metadata[b"PARQUET:field_id"] for n in range(len(names))] == [
        str(number + 10).encode() for number in range(len(names))
    ]
    expected = pa.Table.from_pylist(
        rows, pa.schema([(f"{name}!", TYPES[name][0]) for name in names])
    )
    with duckdb.connect() as connection:
        connection.register("expected", expected)
        found = connection.execute(
            f"(from read_parquet('{made}') except all from expected) union all "
            f"(from expected except all from read_parquet('{made}'))"
        ).fetchall()
    assert found == []


@examples(10)
@given(rows=ROWS)
def test_statistics_say_of_the_copy_what_they_said_of_the_original(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("stitched")
    source = written(folder / "source", rows)
    names = list(TYPES)
    stitch(folder / "made", columns(names), [[source.chunk(0, name) for name in names]])

    before, after = pq.read_metadata(folder / "source"), pq.read_metadata(folder / "made")
    for number in range(len(names)):
        one, two = (file.row_group(0).column(number) for file in (before, after))
        assert two.statistics == one.statistics
        assert (two.compression, two.total_compressed_size) == ("ZSTD", one.total_compressed_size)
    assert after.created_by == before.created_by


FIELDS: st.SearchStrategy[Struct] = st.recursive(
    st.dictionaries(
        st.integers(1, 2**15),
        st.one_of(
            st.tuples(st.just(Kind.TRUE), st.booleans()),
            st.tuples(st.just(Kind.BYTE), st.integers(0, 255)),
            st.tuples(st.sampled_from([Kind.I16]), st.integers(-(2**15), 2**15 - 1)),
            st.tuples(st.sampled_from([Kind.I32]), st.integers(-(2**31), 2**31 - 1)),
            st.tuples(st.sampled_from([Kind.I64]), st.integers(-(2**63), 2**63 - 1)),
            st.tuples(st.just(Kind.DOUBLE), st.floats(allow_nan=False)),
            st.tuples(st.just(Kind.BINARY), st.binary(max_size=300)),
            st.tuples(
                st.sampled_from([Kind.LIST, Kind.SET]),
                st.builds(Values, st.just(Kind.TRUE), st.lists(st.booleans(), max_size=20)),
            ),
        ),
        max_size=6,
    ),
    lambda inner: st.dictionaries(
        st.integers(1, 40),
        st.one_of(
            st.tuples(st.just(Kind.STRUCT), inner),
            st.tuples(
                st.just(Kind.LIST),
                st.builds(Values, st.just(Kind.STRUCT), st.lists(inner, max_size=17)),
            ),
        ),
        max_size=3,
    ),
    max_leaves=10,
)


@examples(60)
@given(fields=FIELDS)
def test_what_a_footer_says_survives_being_read_and_written(fields: Struct) -> None:
    assert decode(encode(fields)) == fields


def test_a_footer_that_pyarrow_wrote_is_written_as_it_was(tmp_path: Path) -> None:
    written(tmp_path / "file", [dict.fromkeys(TYPES)])
    content = (tmp_path / "file").read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    footer = content[-8 - length : -8]
    assert encode(decode(footer)) == footer


@pytest.mark.parametrize("content", [b"", b"\x19", b"\x15", b"\x1b\x01\x11", b"\x18\x05ab"])
def test_what_is_no_struct_is_refused(content: bytes) -> None:
    with pytest.raises(CompactError):
        decode(content)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"PAR1")
    (tmp_path / "other").write_bytes(b"some text that is longer than a footer")
    for name in ("short", "other"):
        with pytest.raises(FooterError, match=f"{name} is no Parquet file"):
            Footer(tmp_path / name)


def test_columns_within_columns_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [{"b": 1}]}), tmp_path / "nested")
    with pytest.raises(FooterError, match="columns within columns"):
        Footer(tmp_path / "nested").chunk(0, "a")


def one_column(path: Path, values: pa.Array) -> Chunk:
    pq.write_table(pa.table({"a": values}), path)
    return Footer(path).chunk(0, "a")


def test_what_would_be_no_column_or_no_row_group_is_refused(tmp_path: Path) -> None:
    column = [Column("a", 1)]
    int_1 = one_column(tmp_path / "int", pa.array([1], pa.int64()))
    moment = one_column(tmp_path / "moment", pa.array([1], pa.timestamp("us")))
    two = one_column(tmp_path / "two", pa.array([1, 2], pa.int64()))
    with pytest.raises(FooterError, match="column 'a' would be of two types"):
        stitch(tmp_path / "made", column, [[int_1], [moment]])
    with pytest.raises(FooterError, match="different numbers of rows"):
        stitch(tmp_path / "made", [*column, Column("b", 2)], [[int_1, two]])


ORDERS = schema(
    "orders",
    {
        "id": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "price": {"type": ["null", "number"]},
    },
)
CONFIG = {
    "streams": {
        "orders": {
            "source_from": "shop",
            "types": {"at": "timestamp", "price": "decimal(10,2)"},
            "partition_by": ["month(at)"],
        }
    }
}


def orders(*ids: int, month: int = 1, price: float = 0.99) -> list[dict[str, Any]]:
    at = f"2020-{month:02}-01T00:00:00Z"
    return [record("orders", id=number, at=at, price=price) for number in ids]


def data_files(lake: Lake) -> list[Path]:
    tasks = lake.table("orders").scan().plan_files()
    return [Path(task.file.file_path.removeprefix("file://")) for task in tasks]


def pages(path: Path, row_group: int, column: str) -> bytes:
    chunk = Footer(path).chunk(row_group, column)
    return path.read_bytes()[chunk.start : chunk.start + chunk.length]


def test_rows_that_are_all_new_are_encoded_once(lake: Lake) -> None:
    lake.load(ORDERS, *orders(1, 2, 3), **CONFIG)

    [data] = data_files(lake)
    [landed] = lake.folder.glob("landing_zone/orders/*/*.parquet")
    for column in ("id", "at", "price"):
        assert pages(data, 0, column) == pages(landed, 0, column)
    assert {row["source_from"] for row in lake.rows("orders", load_columns=True)} == {"shop"}


def test_rows_of_several_partitions_go_to_their_own(lake: Lake) -> None:
    lake.load(ORDERS, *orders(1, 2), *orders(3, month=2), **CONFIG)

    assert {pq.read_metadata(path).num_rows for path in data_files(lake)} == {1, 2}
    assert sorted(row["id"] for row in lake.rows("orders")) == [1, 2, 3]


def test_a_row_that_is_not_new_is_not_there_twice(lake: Lake) -> None:
    lake.load(ORDERS, *orders(1, 2), **CONFIG)
    lake.load(ORDERS, *orders(2, 3), **CONFIG)
    assert sorted(row["id"] for row in lake.rows("orders")) == [1, 2, 3]


def test_a_row_that_comes_twice_in_a_load_is_there_as_it_was_last(lake: Lake) -> None:
    lake.load(ORDERS, *orders(1, 2), *orders(1, price=1.5), **CONFIG)
    assert {(row["id"], row["price"]) for row in lake.rows("orders")} == {
        (1, Decimal("1.50")),
        (2, Decimal("0.99")),
    }


def test_small_row_groups_are_encoded_anew(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stitched, "FEWEST_ROWS", 3)
    lake.load(ORDERS, *orders(1, 2), **CONFIG)

    [data] = data_files(lake)
    assert "DuckDB" in pq.read_metadata(data).created_by


def test_what_comes_again_as_it_is_there_is_not_compared(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load(ORDERS, *orders(1, 2), **CONFIG)
    compared: list[int] = []
    difference = Merge.difference

    def counted(merge: Merge) -> Difference:
        rows = merge._db.execute("select count(*) from existing").fetchone()
        compared.append(rows[0] if rows else 0)
        return difference(merge)

    monkeypatch.setattr(Merge, "difference", counted)
    lake.load(ORDERS, *orders(1, 2), **CONFIG)
    lake.load(ORDERS, *orders(1, 2, price=0.5), **CONFIG)

    assert compared == [0, 2]
    assert [row["price"] for row in lake.rows("orders")] == [Decimal("0.50")] * 2


@pytest.mark.parametrize("change", ["source", "gone column", "another's column"])
def test_the_same_bytes_are_a_change_where_another_column_differs(lake: Lake, change: str) -> None:
    note = schema("orders", {**ORDERS["schema"]["properties"], "note": {"type": "string"}})
    config = {"streams": {"orders": {**CONFIG["streams"]["orders"], "partition_by": []}}}
    if change == "gone column":
        lake.load(note, record("orders", **orders(1)[0]["record"], note="x"), **config)
    else:
        lake.load(ORDERS, *orders(1), **config)
    if change == "source":
        config["streams"]["orders"]["source_from"] = "another shop"
    if change == "another's column":
        with lake.table("orders").update_schema() as update:
            update.add_column("seen", StringType())
        lake.table("orders").overwrite(
            pa.Table.from_pylist(
                [{**lake.rows("orders", load_columns=True)[0], "seen": "yes"}],
                schema_to_pyarrow(lake.table("orders").schema()),
            )
        )
    lake.load(ORDERS, *orders(1), **config)

    [row] = lake.rows("orders", load_columns=True)
    assert row["source_from"] == ("another shop" if change == "source" else "shop")
    assert row.get("note") is None
    assert row.get("seen") is None
    assert lake.outcomes()[-1]["streams"]["orders"]["updated"] == 1


def test_rows_that_only_a_key_tells_apart_are_new_whatever_the_key_is_called(lake: Lake) -> None:
    """Otherwise, a column of this name makes no difference."""
    key = "_quarantine_run_id"
    runs = schema("runs", {key: {"type": "string"}, "songs": {"type": "integer"}}, [key])
    for run in ("a", "b"):
        lake.load(runs, record("runs", **{key: run}, songs=1))

    assert [row[key] for row in lake.rows("runs")] == ["a", "b"]


def test_the_same_rows_are_the_same_bytes_however_they_arrive(tmp_path: Path) -> None:
    # the dictionary of the titles grows beyond a page, and ends where a piece of rows does
    titles = [f"{number % 3_000:05}" * 200 for number in range(4_000)]
    rows = [record("songs", id=str(number), title=title) for number, title in enumerate(titles)]
    properties = {"id": {"type": "string"}, "title": {"type": "string"}}
    landed = []
    for pieces in (700, 1_300):
        lake = Lake(tmp_path / str(pieces), {"batch_size_rows": pieces})
        lake.load(schema("songs", properties), *rows)
        (file,) = lake.landed("songs/**/*.parquet")
        landed.append(file.read_bytes())

    assert landed[0] == landed[1]
