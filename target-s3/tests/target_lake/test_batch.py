"""BATCH: files of columns become what the same rows would have become as records."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.exceptions import MissingKeyPropertiesError
from singer_sdk.singerlib.exceptions import InvalidInputLine

from columnar_target.errors import QualityError, RecordError
from columnar_target.records.column_checks import doubtful
from columnar_target.records.columnar import as_written, records_of
from columnar_target.records.validation import CompiledValidator
from columnar_target.singer.batch_files import BatchFile
from deftunes_sandbox.taps.examples import examples

from .lakes import Lake, Message, record, schema, state
from .test_rules import ORDERS, SET_ASIDE, order, prices, quarantine, rules

UTC = dt.timezone.utc
TEXT = {"type": ["null", "string"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
ZOO = schema(
    "zoo",
    {
        "id": {"type": "integer"},
        "flag": {"type": ["null", "boolean"]},
        "whole": {"type": ["null", "integer"]},
        "double": {"type": ["null", "number"]},
        "single": {"type": ["null", "number"]},
        "price": {"type": ["null", "number"]},
        "cents": {
            "type": ["null", "string"],
            "format": "singer.decimal",
            "precision": 12,
            "scale": 2,
        },
        "text": TEXT,
        "word": TEXT,
        "at": MOMENT,
        "local": MOMENT,
        "day": {"type": ["null", "string"], "format": "date"},
        "clock": {"type": ["null", "string"], "format": "time"},
        "nested": {"type": ["null", "object", "array"]},
        "number_as_text": {"type": ["null", "string", "number"]},
    },
)
TYPES = {
    "streams": {
        "zoo": {"types": {"price": "decimal(10,2)", "single": "float", "local": "timestamp"}}
    }
}
COLUMNS = {
    "id": (pa.int16(), [1, 2, 3]),
    "flag": (pa.bool_(), [True, False, None]),
    "whole": (pa.int64(), [2**62, -(2**62), None]),
    "double": (pa.float64(), [0.1, -2.5e300, None]),
    "single": (pa.float64(), [0.25, 16777216.0, None]),
    "price": (pa.decimal128(10, 2), [Decimal("0.99"), Decimal("-12345678.90"), None]),
    "cents": (pa.decimal128(12, 4), [Decimal("0.9900"), Decimal("1.1000"), None]),
    "text": (pa.large_string(), ["", "ü\u0000🎵", None]),
    "word": (pa.dictionary(pa.int8(), pa.string()), ["a", "b", None]),
    "at": (
        pa.timestamp("ms", "Europe/Berlin"),
        [dt.datetime(2026, 7, 1, 12, tzinfo=UTC), dt.datetime(1, 1, 1, tzinfo=UTC), None],
    ),
    "local": (pa.timestamp("s"), [1767225600, -86400, None]),
    "day": (pa.date32(), [dt.date(2026, 1, 1), dt.date(1, 1, 1), None]),
    "clock": (pa.time64("us"), [dt.time(1, 2, 3, 4), dt.time(0), None]),
    "nested": (pa.struct([("a", pa.list_(pa.int8()))]), [{"a": [1, 2]}, {"a": None}, None]),
    "number_as_text": (pa.int32(), [7, -7, None]),
}
RECORDS = [
    {
        "id": 1, "flag": True, "whole": 2**62, "double": 0.1, "single": 0.25, "price": 0.99,
        "cents": "0.99", "text": "", "word": "a", "at": "2026-07-01T12:00:00Z",
        "local": "2026-01-01T00:00:00", "day": "2026-01-01", "clock": "01:02:03.000004",
        "nested": {"a": [1, 2]}, "number_as_text": 7,
    },
    {
        "id": 2, "flag": False, "whole": -(2**62), "double": -2.5e300, "single": 16777216,
        "price": -12345678.90, "cents": "1.10", "text": "ü\u0000🎵", "word": "b",
        "at": "0001-01-01T00:00:00Z", "local": "1969-12-31T00:00:00", "day": "0001-01-01",
        "clock": "00:00:00", "nested": {"a": None}, "number_as_text": -7,
    },
    {"id": 3, **dict.fromkeys(list(COLUMNS)[1:])},
]  # fmt: skip

SURE: list[dict[str, Any]] = []
"""Parts of schemas that columns were sure to keep."""

Write = Callable[[pa.Table, Path], str]


def write_arrow(table: pa.Table, file: Path) -> str:
    with pa.ipc.new_file(file, table.schema) as out:
        out.write_table(table, max_chunksize=2)
    return "arrow"


def write_parquet(table: pa.Table, file: Path) -> str:
    pq.write_table(table, file, row_group_size=2)
    return "parquet"


def batch(lake: Lake, table: pa.Table, *, stream: str, write: Write = write_arrow) -> Message:
    """A BATCH message of one file."""
    folder = lake.folder.parent / "batches"
    folder.mkdir(exist_ok=True)
    file = folder / f"{stream} {len(list(folder.iterdir()))}"
    encoding = {"format": write(table, file), "compression": "none"}
    return {"type": "BATCH", "stream": stream, "encoding": encoding, "manifest": [f"file://{file}"]}


def orders(*rows: tuple[int, float | None, str | None], **columns: pa.DataType) -> pa.Table:
    kinds = {"id": pa.int64(), "price": pa.float64(), "who": pa.string(), **columns}
    return pa.Table.from_pylist(
        [dict(zip(kinds, row, strict=True)) for row in rows], schema=pa.schema(kinds.items())
    )


def left(lake: Lake) -> list[Path]:
    return sorted((lake.folder.parent / "batches").iterdir())


def zoo_table() -> pa.Table:
    arrays = [pa.array(values, kind) for kind, values in COLUMNS.values()]
    return pa.Table.from_arrays(arrays, names=list(COLUMNS))


@pytest.mark.parametrize("write", [write_arrow, write_parquet])
@pytest.mark.parametrize("landing_format", ["parquet", "jsonl.gz"])
def test_every_type_is_what_it_would_be_as_a_record(
    lake: Lake, tmp_path: Path, write: Write, landing_format: str
) -> None:
    as_records = Lake(tmp_path / "records" / "lake")
    as_records.folder.mkdir(parents=True)
    as_records.load(ZOO, *(record("zoo", **each) for each in RECORDS), **TYPES)
    lake.load(
        ZOO, batch(lake, zoo_table(), stream="zoo", write=write), landing_format=landing_format,
        **TYPES,
    )  # fmt: skip
    assert lake.rows("zoo") == as_records.rows("zoo")
    assert lake.table("zoo").schema() == as_records.table("zoo").schema()
    assert len(lake.rows("zoo")) == len(RECORDS)
    as_records.close()


def test_records_and_batches_are_merged_in_the_order_of_their_arrival(lake: Lake) -> None:
    lake.load(
        ORDERS,
        order(1, 1.0),
        batch(lake, orders((1, 2.0, "b"), (2, 2.0, "b")), stream="orders"),
        order(2, 3.0),
        state(orders=1),
    )
    assert prices(lake) == {1: 2.0, 2: 3.0}
    assert lake.outcomes()[-1]["streams"]["orders"]["rows_landed"] == 4


def test_files_go_when_they_are_published_and_stay_when_they_are_not(lake: Lake) -> None:
    gated = rules(lake, "orders", 'IsComplete "who"')
    message = batch(lake, orders((1, 1.0, None)), stream="orders")
    with pytest.raises(QualityError):
        lake.load(ORDERS, message, **gated)
    assert len(left(lake)) == 1
    lake.load(ORDERS, message)
    assert prices(lake) == {1: 1.0}
    assert left(lake) == []


def test_rules_and_quarantine_see_batches_as_they_see_records(lake: Lake) -> None:
    gated = rules(lake, "orders", SET_ASIDE)
    rows = orders((1, 1.0, "a"), (2, -1.0, "b"), (3, 2.0, "c"))
    lake.load(ORDERS, batch(lake, rows, stream="orders"), **gated)
    assert prices(lake) == {1: 1.0, 3: 2.0}
    assert [row["id"] for row in quarantine(lake)] == [2]


def test_only_rows_before_the_last_state_are_merged(lake: Lake) -> None:
    first = batch(lake, orders((1, 1.0, "a")), stream="orders")
    second = batch(lake, orders((2, 1.0, "a")), stream="orders")
    lake.load(ORDERS, first, state(orders=1), second, commit_at="last_state")
    assert prices(lake) == {1: 1.0}


def test_a_whole_read_in_batches_removes_what_it_did_not_bring(lake: Lake) -> None:
    lake.load(ORDERS, order(1), order(2))
    activate = {"type": "ACTIVATE_VERSION", "stream": "orders", "version": 7}
    read = batch(lake, orders((2, 1.0, "ann")), stream="orders")
    lake.load(ORDERS, activate, read, activate, hard_delete=True)
    assert sorted(prices(lake)) == [2]


BOUNDED = schema(
    "orders",
    {
        "id": {"type": "integer"},
        "price": {"type": ["null", "number"], "minimum": 0, "exclusiveMaximum": 10},
        "who": {"type": "string", "minLength": 1, "maxLength": 5},
    },
    required=["who"],
)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ((7, -0.5, "ann"), "column 'price' in the record with id=7 .*'minimum': 0"),
        ((7, 10.0, "ann"), "column 'price' in the record with id=7 .*'exclusiveMaximum': 10"),
        ((7, 1.0, None), "column 'who' in the record with id=7"),
        ((7, 1.0, ""), "column 'who' in the record with id=7 .*'minLength': 1"),
        ((7, 1.0, "too long"), "column 'who' in the record with id=7 .*'maxLength': 5"),
    ],
)
def test_a_row_that_breaks_its_schema_is_refused_in_the_words_of_records(
    lake: Lake, row: tuple[int, float | None, str | None], sentence: str
) -> None:
    good = (1, 9.99, "ann")
    lake.load(BOUNDED, batch(lake, orders(good), stream="orders"))
    message = batch(lake, orders(good, row), stream="orders")
    with pytest.raises(RecordError, match=sentence):
        lake.load(BOUNDED, message)
    names = ("id", "price", "who")
    with pytest.raises(RecordError, match=sentence):
        lake.load(BOUNDED, record("orders", **dict(zip(names, row, strict=True))))
    assert prices(lake) == {1: 9.99}


def test_rules_that_columns_cannot_answer_are_asked_row_by_row(lake: Lake) -> None:
    odd = schema("orders", {**BOUNDED["schema"]["properties"], "who": {"enum": ["ann", "bob"]}})
    lake.load(odd, batch(lake, orders((1, 1.0, "ann")), stream="orders"))
    with pytest.raises(RecordError, match="column 'who' in the record with id=2"):
        lake.load(odd, batch(lake, orders((2, 1.0, "eve")), stream="orders"))


@pytest.mark.parametrize(
    ("kind", "value", "typed"),
    [
        (pa.float64(), float("nan"), "double"),
        (pa.float64(), float("inf"), "double"),
        (pa.float64(), 1e300, "float"),
        (pa.float64(), 16777217.0, "float"),
        (pa.decimal128(5, 3), Decimal("1.005"), "decimal(10,2)"),
        (pa.int64(), 2**40, "int"),
        (pa.int64(), 2**60 + 1, "double"),
    ],
)
def test_what_a_column_cannot_hold_exactly_is_named_by_key(
    lake: Lake, kind: pa.DataType, value: Any, typed: str
) -> None:
    config = {"streams": {"orders": {"types": {"price": typed}}}, "validate_records": False}
    rows = orders((1, value, "a"), price=kind)
    with pytest.raises(RecordError, match="column 'price' in the record with id=1 cannot be"):
        lake.load(ORDERS, batch(lake, rows, stream="orders"), **config)


def test_a_single_is_the_number_that_it_is_written_as(lake: Lake) -> None:
    rows = orders((1, 0.1, "a"), price=pa.float32())
    lake.load(ORDERS, batch(lake, rows, stream="orders"))
    assert prices(lake) == {1: 0.1}


def test_columns_that_lack_a_key_are_refused(lake: Lake) -> None:
    rows = orders((1, 1.0, "a")).drop_columns(["id"])
    with pytest.raises(MissingKeyPropertiesError, match="comes without id"):
        lake.load(ORDERS, batch(lake, rows, stream="orders"))


def test_columns_that_the_schema_does_not_name_are_left_out(lake: Lake) -> None:
    rows = orders((1, 1.0, "a")).append_column("extra", [[1]]).append_column("_sdc_x", [[1]])
    lake.load(ORDERS, batch(lake, rows, stream="orders"))
    assert lake.rows("orders") == [{"id": 1, "price": 1.0, "who": "a"}]


@pytest.mark.parametrize("config", [
    {"stream_maps": {"orders": {"price": "price * 2"}}}, {"add_record_metadata": True}
])  # fmt: skip
def test_stream_maps_and_the_sdks_columns_see_rows_as_records(
    lake: Lake, config: dict[str, Any]
) -> None:
    lake.load(ORDERS, batch(lake, orders((1, 1.5, "a")), stream="orders"), **config)
    (row,) = lake.rows("orders")
    assert (row["id"], row["price"]) == (1, 3.0 if "stream_maps" in config else 1.5)
    assert ("_sdc_received_at" in row) is ("add_record_metadata" in config)


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_json_lines_of_other_taps_are_read_too(lake: Lake, compression: str) -> None:
    file = lake.folder.parent / "lines"
    lines = b"".join(json.dumps(order(n)["record"]).encode() + b"\n" for n in range(5))
    file.write_bytes(gzip.compress(lines) if compression == "gzip" else lines)
    encoding = {"format": "jsonl", "compression": compression}
    message = {
        "type": "BATCH",
        "stream": "orders",
        "encoding": encoding,
        "manifest": [f"file://{file}"],
    }
    lake.load(ORDERS, message, state(orders=5))
    assert sorted(prices(lake)) == [0, 1, 2, 3, 4]
    assert not file.exists()


@pytest.mark.parametrize("manifest", ["file:///x", [7], ["Maria Musterfrau"], None])
def test_a_manifest_that_is_none_is_one_sentence_that_does_not_show_it(
    lake: Lake, manifest: Any
) -> None:
    message = {"type": "BATCH", "stream": "orders", "encoding": {"format": "arrow"}}
    with pytest.raises(InvalidInputLine, match="no list of URLs") as refused:
        lake.load(ORDERS, {**message, "manifest": manifest})
    assert "Maria" not in str(refused.value)


@pytest.mark.parametrize(
    ("encoding", "content", "sentence"),
    [
        ({"format": "arrow"}, b"no arrow", "cannot be read as arrow"),
        ({"format": "parquet"}, b"PAR1", "cannot be read as parquet"),
        ({"format": "jsonl", "compression": "gzip"}, b"{}", "cannot be read as jsonl"),
        ({"format": "jsonl"}, b'{"id": 1}\n{"id": 2', "Line 2 of the BATCH file"),
        ({"format": "arrow"}, None, "cannot be read as arrow"),
        ({"format": "avro"}, b"", "format 'avro'"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_and_stays(
    lake: Lake, encoding: dict[str, str], content: bytes | None, sentence: str
) -> None:
    file = lake.folder.parent / "file"
    if content is not None:
        file.write_bytes(content)
    message = {
        "type": "BATCH",
        "stream": "orders",
        "encoding": encoding,
        "manifest": [f"file://{file}"],
    }
    with pytest.raises(InvalidInputLine, match=sentence):
        lake.load(ORDERS, message)
    assert file.exists() is (content is not None)
    assert not lake.landed()


KEYWORDS: dict[str, Any] = {
    "type": st.sampled_from(
        ["string", "number", "integer", ["null", "string"], ["null", "number", "string"]]
    ),
    "minimum": st.sampled_from([0, 1, 0.5]),
    "exclusiveMinimum": st.sampled_from([0, 1, True, False]),
    "maximum": st.sampled_from([1, 2.5]),
    "exclusiveMaximum": st.sampled_from([2, True]),
    "minLength": st.integers(0, 2),
    "maxLength": st.integers(1, 3),
    "enum": st.just(["ab", 1]),
    "format": st.sampled_from(["date-time", "singer.decimal"]),
    "$ref": st.just("#/definitions/any"),
    "precision": st.just(2),
    "x-of-a-tap": st.just("anything"),
}
PARTS = st.lists(st.sampled_from(sorted(KEYWORDS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: KEYWORDS[name] for name in names})
)
VALUES = st.sampled_from(
    [
        (pa.string(), ["", "ab", "abcd"]),
        (pa.int32(), [0, 1, 2]),
        (pa.float64(), [0.5, 1.0, 3.5, float("nan"), float("inf")]),
        (pa.decimal128(4, 1), [Decimal("0.5"), Decimal(2)]),
        (pa.bool_(), [True]),
        (pa.date32(), [dt.date(2026, 1, 1)]),
    ]
).flatmap(
    lambda kind: st.lists(st.sampled_from([None, *kind[1]]), min_size=1, max_size=3).map(
        lambda values: pa.array(values, kind[0])
    )
)


@examples(300)
@given(part=PARTS, values=VALUES, required=st.booleans(), named=st.booleans())
def test_what_columns_surely_keep_each_record_keeps(
    part: dict[str, Any], values: pa.Array, *, required: bool, named: bool
) -> None:
    whole = {
        "type": "object",
        "properties": {"a": part},
        **({"definitions": {"any": {}}} if "$ref" in part else {}),
        **({"required": ["a", "b"]} if required else {}),
        **({"additionalProperties": False} if named else {}),
    }
    rows = as_written(pa.Table.from_arrays([values], names=["a"]), whole)
    if doubtful(rows, whole) == []:
        SURE.append(part)
        validator = CompiledValidator("s", whole, ())
        for each in records_of(rows, stream="s", schema=whole):
            validator.validate(each)


def test_the_property_above_was_not_idle() -> None:
    test_what_columns_surely_keep_each_record_keeps()
    assert len(SURE) > 20
    assert any("minimum" in part for part in SURE)
    assert any("maxLength" in part for part in SURE)


@pytest.mark.parametrize(
    ("part", "kind", "value"),
    [
        ({"minimum": 5}, pa.int32(), 3),
        ({"maxLength": 3}, pa.string(), "abcdef"),
        ({"type": ["null", "number"], "maximum": 0.1}, pa.float32(), 0.2),
        ({"type": ["null", "number"], "minimum": 0}, pa.float64(), float("nan")),
    ],
)
def test_bounds_hold_also_where_no_type_is_told(
    lake: Lake, part: dict[str, Any], kind: pa.DataType, value: Any
) -> None:
    whole = schema("orders", {"id": {"type": "integer"}, "price": part})
    rows = orders((1, None, None), price=kind).drop_columns(["price", "who"])
    rows = rows.append_column("price", pa.array([value], kind))
    with pytest.raises(RecordError, match="column 'price' in the record with id=1"):
        lake.load(whole, batch(lake, rows, stream="orders"))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (pa.decimal128(20, 10), Decimal("0E-10"), "0.0000000000"),
        (pa.decimal128(20, 10), Decimal("1E-8"), "0.0000000100"),
        (pa.float32(), 0.1, "0.1"),
        (
            pa.timestamp("us"),
            dt.datetime.fromisoformat("2026-01-01T00:00:00"),
            "2026-01-01T00:00:00",
        ),
        (pa.int8(), -7, "-7"),
        (pa.bool_(), True, "true"),
    ],
)
def test_a_text_says_what_a_record_would(
    lake: Lake, kind: pa.DataType, value: Any, text: str
) -> None:
    config = {"streams": {"orders": {"types": {"price": "string"}}}, "validate_records": False}
    rows = orders((1, None, None)).drop_columns(["price"])
    rows = rows.append_column("price", pa.array([value], kind))
    lake.load(ORDERS, batch(lake, rows, stream="orders"), **config)
    assert [row["price"] for row in lake.rows("orders")] == [text]


def test_singles_are_exact_in_decimals(lake: Lake) -> None:
    config = {"streams": {"orders": {"types": {"price": "decimal(10,2)"}}}}
    rows = orders((1, 0.1, "a"), price=pa.float32())
    lake.load(ORDERS, batch(lake, rows, stream="orders"), **config)
    assert prices(lake) == {1: Decimal("0.10")}


def test_bytes_that_are_no_text_are_refused_and_not_landed(lake: Lake) -> None:
    broken = pa.Array.from_buffers(
        pa.string(),
        1,
        [None, pa.py_buffer(b"\x00\x00\x00\x00\x01\x00\x00\x00"), pa.py_buffer(b"\xff")],
    )
    rows = orders((1, 1.0, None)).drop_columns(["who"]).append_column("who", broken)
    with pytest.raises(RecordError, match=r"column 'who' .* holds text that is no Unicode"):
        lake.load(ORDERS, batch(lake, rows, stream="orders"))
    assert not lake.landed("orders/**/*.parquet")


def test_files_of_the_lake_are_nobodys_batch(lake: Lake) -> None:
    lake.load(ORDERS, order(1))
    (mine,) = (lake.folder / "tables" / "orders" / "data").rglob("*.parquet")
    encoding = {"format": "parquet"}
    message = {
        "type": "BATCH",
        "stream": "orders",
        "encoding": encoding,
        "manifest": [f"file://{mine}"],
    }
    with pytest.raises(InvalidInputLine, match="a place within file:"):
        lake.load(ORDERS, message)
    assert prices(lake) == {1: 1.0}


def test_a_quoted_name_is_that_of_one_file(lake: Lake) -> None:
    blank = batch(lake, orders((1, 1.0, "a")), stream="a b")
    blank["stream"] = "orders"
    (file,) = (Path(url.removeprefix("file://")) for url in blank["manifest"])
    other = file.with_name(file.name.replace(" ", "%20"))
    other.write_bytes(b"somebody else's")
    blank["manifest"] = [f"file://{str(file).replace(' ', '%20')}"]
    lake.load(ORDERS, blank)
    assert prices(lake) == {1: 1.0}
    assert other.exists()
    assert not file.exists()


def test_a_file_that_cannot_be_removed_is_a_warning(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(_: BatchFile) -> None:
        raise PermissionError

    monkeypatch.setattr(BatchFile, "remove", busy)
    lake.load(ORDERS, batch(lake, orders((1, 1.0, "a")), stream="orders"), state(orders=1))
    assert prices(lake) == {1: 1.0}
    assert "could not be removed (PermissionError)" in caplog.text


def test_columns_of_one_name_are_refused(lake: Lake) -> None:
    rows = orders((1, 1.0, "a")).append_column("who", [["b"]])
    with pytest.raises(InvalidInputLine, match="several columns named 'who'"):
        lake.load(ORDERS, batch(lake, rows, stream="orders"))


def test_plain_schemas_are_answered_by_columns_alone() -> None:
    assert doubtful(zoo_table().select(["id", "at", "cents", "day", "word"]), ZOO["schema"]) == [
        "word"  # a dictionary, which is decoded before it is asked about
    ]
    assert doubtful(orders((1, 1.5, "a"), (2, None, None)), ORDERS["schema"]) == []
    assert doubtful(orders((1, 9.99, "ann")), BOUNDED["schema"]) == []
    draft4 = {"minimum": 1, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": False}
    of_draft4 = {"properties": {"price": {"type": "number", **draft4}}}
    assert doubtful(orders((1, 1.5, "a"), (2, 2.0, "a")), of_draft4) == []
    assert doubtful(orders((1, 1.0, "a"), (2, 2.0, "a")), of_draft4) == ["price"]
    assert doubtful(orders((1, 10.0, "ann")), BOUNDED["schema"]) == ["price"]
