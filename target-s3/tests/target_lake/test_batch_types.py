"""Types of Arrow and what becomes of them: exactly what a record would have said, or refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from columnar_target.errors import RecordError

from .lakes import Lake, record, schema
from .test_batch import batch

pytestmark = pytest.mark.slow

WHOLE = {"type": "integer"}


def load(
    lake: Lake, kind: pa.DataType, value: Any, part: Any, typed: str | None = None, **config: Any
) -> Any:
    """Load one value by BATCH; what the column `c` then has."""
    rows = pa.Table.from_arrays([pa.array([1]), pa.array([value], kind)], names=["id", "c"])
    types = {"c": typed} if typed else {}
    message = batch(lake, rows, stream="zoo")
    lake.load(
        schema("zoo", {"id": WHOLE, "c": part}),
        message,
        streams={"zoo": {"types": types}},
        **config,
    )
    (row,) = lake.rows("zoo")
    return row["c"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.uint64()])
def test_whole_numbers_of_any_width_fit_a_price(lake: Lake, kind: pa.DataType) -> None:
    assert load(lake, kind, 7, {"type": "number"}, "decimal(10,2)") == Decimal("7.00")


DECIMAL = {"type": "number", "format": "singer.decimal", "precision": 10, "scale": 2}
LIST = {"type": ["null", "array"], "items": {"type": ["null", "integer"]}}
OBJECT = {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int8(), pa.string())])
@pytest.mark.parametrize(
    ("part", "text", "stored"),
    [
        (LIST, "[1, 2, null]", "[1,2,null]"),
        (LIST, "null", None),
        (LIST, None, None),
        (OBJECT, '{"a": 1.10, "b": "\\u00fc"}', '{"a":1.10,"b":"ü"}'),
    ],
)
def test_json_in_a_text_is_the_list_or_object_that_the_schema_asks_for(
    lake: Lake, part: Any, text: str | None, stored: str | None, kind: pa.DataType
) -> None:
    assert load(lake, kind, text, part) == stored


@pytest.mark.parametrize(
    ("part", "text"),
    [(LIST, '["4711"]'), (LIST, '{"a":4711}'), (LIST, "4711]"), (OBJECT, '{"b":4711}')],
)
def test_json_in_a_text_that_is_none_or_breaks_the_schema_is_refused(
    lake: Lake, part: Any, text: str
) -> None:
    with pytest.raises(RecordError, match="column 'c' in the record with id=1 breaks") as refused:
        load(lake, pa.string(), text, part)
    assert "4711" not in str(refused.value)


def test_a_text_stays_as_it_is_where_the_schema_allows_texts(lake: Lake) -> None:
    part = {"type": ["string", "array"]}
    assert load(lake, pa.string(), "[1, 2]", part) == "[1, 2]"
    lake.load(schema("zoo", {"id": WHOLE, "c": part}), record("zoo", id=1, c="[1, 2]"))
    assert len(lake.snapshots("zoo")) == 1


NUMBER = {"type": ["null", "number"]}
TEXT = {"type": ["null", "string"]}
MOMENT = {"type": "string", "format": "date-time"}
DAY = {"type": "string", "format": "date"}
CLOCK = {"type": "string", "format": "time"}
ANYTHING: dict[str, Any] = {}
NEW_YEAR = dt.datetime(2026, 1, 1, 12, 30, tzinfo=dt.timezone.utc)
NOON = dt.time(12, 30)


TOLD = [
    (pa.float16(), 0.1, NUMBER, 0.0999755859375),
    (pa.float16(), 2048.0, NUMBER, 2048.0),
    (pa.float16(), 0.5, {"type": "number", "minimum": 0}, 0.5),
    (pa.decimal32(5, 2), Decimal("1.10"), {**DECIMAL, "minimum": 1}, Decimal("1.10")),
    (pa.uint64(), 2**63 - 1, {"type": "integer"}, 2**63 - 1),
    (pa.decimal256(60, 2), Decimal("1.10"), DECIMAL, Decimal("1.10")),
    (pa.decimal32(5, 2), Decimal("1.10"), DECIMAL, Decimal("1.10")),
    (pa.large_string(), "ü", TEXT, "ü"),
    (pa.string_view(), "ü", TEXT, "ü"),
    (pa.dictionary(pa.int32(), pa.large_string()), "ü", TEXT, "ü"),
    (pa.dictionary(pa.int8(), pa.int64()), 7, {"type": "integer"}, 7),
    (pa.timestamp("s"), 1767270600, MOMENT, NEW_YEAR),
    (pa.timestamp("s", "UTC"), 1767270600, MOMENT, NEW_YEAR),
    (pa.timestamp("ms"), 1767270600_000, MOMENT, NEW_YEAR),
    (pa.timestamp("ms", "-05:00"), 1767270600_000, MOMENT, NEW_YEAR),
    (pa.timestamp("ns"), 1767270600_000_000_000, MOMENT, NEW_YEAR),
    (pa.timestamp("ns", "Europe/Berlin"), 1767270600_000_000_000, MOMENT, NEW_YEAR),
    (pa.date64(), dt.date(2026, 1, 1), DAY, dt.date(2026, 1, 1)),
    (pa.date64(), dt.date(2026, 1, 1), MOMENT, NEW_YEAR.replace(hour=0, minute=0)),
    (pa.timestamp("us", "UTC"), NEW_YEAR.replace(hour=0, minute=0), DAY, dt.date(2026, 1, 1)),
    (pa.time32("s"), NOON, CLOCK, NOON),
    (pa.time32("ms"), NOON, CLOCK, NOON),
    (pa.time64("ns"), NOON, CLOCK, NOON),
    (pa.time64("us"), NOON, TEXT, "12:30:00"),
    (pa.list_(pa.decimal128(3, 2)), [Decimal("1.10")], ANYTHING, "[1.10]"),
    (pa.large_list(pa.int8()), [1, None], LIST, "[1,null]"),
    (pa.list_(pa.int8(), 2), [1, 2], LIST, "[1,2]"),
    (pa.struct([("a", pa.int8()), ("b", pa.string())]), {"a": 1, "b": None}, OBJECT,
     '{"a":1,"b":null}'),
    (pa.map_(pa.string(), pa.int8()), [("a", 1), ("b", 2)], OBJECT, '{"a":1,"b":2}'),
    (pa.null(), None, TEXT, None),
]  # fmt: skip
"""Types of Arrow, a value, what the schema says, and what the column has."""


def test_a_type_is_what_it_would_be_in_a_record(lake: Lake) -> None:
    columns = {f"{number} {kind}": told for number, (kind, *told) in enumerate(TOLD)}
    arrays = [pa.array([value], kind) for kind, value, *_ in TOLD]
    rows = pa.Table.from_arrays([pa.array([1]), *arrays], names=["id", *columns])
    parts = {name: part for name, (_, part, _) in columns.items()}
    lake.load(schema("zoo", {"id": WHOLE, **parts}), batch(lake, rows, stream="zoo"))
    stored = {name: seen for name, (_, _, seen) in columns.items()}
    assert lake.rows("zoo") == [{"id": 1, **stored}]


@pytest.mark.parametrize(
    ("kind", "value", "part"),
    [
        (pa.float16(), float("inf"), NUMBER),
        (pa.uint64(), 2**63, {"type": "integer"}),
        (pa.decimal256(60, 3), Decimal("1.105"), DECIMAL),
        (pa.decimal256(60, 2), Decimal(10) ** 40, DECIMAL),
        (pa.timestamp("ns"), 1_000_000_001, MOMENT),
        (pa.timestamp("ns", "UTC"), 1_000_000_001, MOMENT),
        (pa.timestamp("s"), 253402300800, MOMENT),
        (pa.timestamp("us"), NEW_YEAR.replace(tzinfo=None), DAY),
        (pa.time64("ns"), 1, CLOCK),
        (pa.string(), "2026-02-30", DAY),
        (pa.map_(pa.string(), pa.int8()), [("a", 1), ("a", 2)], OBJECT),
        (pa.binary(), b"4711", TEXT),
        (pa.binary(4), b"4711", ANYTHING),
        (pa.duration("s"), 4711, TEXT),
        (pa.month_day_nano_interval(), (1, 2, 3), TEXT),
        (pa.list_(pa.binary()), [b"4711"], LIST),
    ],
    ids=str,
)
@pytest.mark.parametrize("validate", [True, False])
def test_what_no_record_could_say_is_refused_by_column(
    lake: Lake, kind: pa.DataType, value: Any, part: Any, validate: bool
) -> None:
    with pytest.raises(RecordError, match="column 'c'") as refused:
        load(lake, kind, value, part, validate_records=validate)
    assert "4711" not in str(refused.value)
    assert not lake.catalog.namespace_exists("default")
