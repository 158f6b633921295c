"""Values arrive as they were sent, whoever reads the table."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from target_s3.columns import Column, stream_columns, to_arrow
from target_s3.errors import RecordError, SchemaError
from target_s3.settings import StreamSettings
from target_s3.types import type_named, type_of_schema

from .lakes import Lake, record, schema
from .readers import by_duckdb, by_pyiceberg

UTC = dt.timezone.utc


def _utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


NAIVE = dt.datetime.fromisoformat
VALUES: list[tuple[str, dict[str, Any], str | None, str, Any]] = [
    # name, JSON schema, configured type, JSON text of the value, what a reader sees
    ("money", {"type": "number"}, "decimal(10,2)", "1.03", Decimal("1.03")),
    ("money_short", {"type": "number"}, "decimal(10,2)", "1.3", Decimal("1.30")),
    ("money_integer", {"type": "number"}, "decimal(10,2)", "2", Decimal("2.00")),
    ("money_exponent", {"type": "number"}, "decimal(10,2)", "1.5e2", Decimal("150.00")),
    ("money_text", {"type": "string"}, "decimal(10,2)", '"0.10"', Decimal("0.10")),
    ("money_zeros", {"type": "number"}, "decimal(10,2)", "1.2500", Decimal("1.25")),
    (
        "wide",
        {"type": "string", "format": "singer.decimal", "precision": 38, "scale": 10},
        None,
        '"1234567890123456789012345678.0123456789"',
        Decimal("1234567890123456789012345678.0123456789"),
    ),
    ("zero", {"type": "number"}, "decimal(20,2)", "0e-1000000000", Decimal("0.00")),
    ("many_digits", {"type": "number"}, "decimal(38,0)", "1" + "0" * 37, Decimal(10) ** 37),
    ("double", {"type": "number"}, None, "0.1", 0.1),
    ("double_17", {"type": "number"}, None, "0.30000000000000004", 0.30000000000000004),
    ("single_short", {"type": "number"}, "float", "0.4955022", 0.49550220370292664),
    ("whole", {"type": "integer"}, None, "7.0", 7),
    ("cents", {"type": "number", "multipleOf": 0.01}, "decimal(10,2)", "0.07", Decimal("0.07")),
    ("filename", {"type": "string"}, None, '"mine"', "mine"),
    ("file_row_number", {"type": "integer"}, None, "99", 99),
    ("target_s3_partitions", {"type": "integer"}, None, "98", 98),
    ("double_big", {"type": "number"}, None, "1e308", 1e308),
    ("single", {"type": "number"}, "float", "0.5", 0.5),
    ("long", {"type": "integer"}, None, "-9223372036854775808", -(2**63)),
    ("int", {"type": "integer"}, "int", "2147483647", 2**31 - 1),
    ("yes", {"type": ["null", "boolean"]}, None, "false", False),
    ("empty", {"type": "string"}, None, '""', ""),
    ("words", {"type": "string"}, None, '"Ünïcode \\u0000 \\n 🎵 \'\\""', "Ünïcode \0 \n 🎵 '\""),
    ("zoned", {"type": "string", "format": "date-time"}, None, '"2020-02-29T23:30:00+02:00"',
     _utc(2020, 2, 29, 21, 30)),
    ("naive", {"type": "string", "format": "date-time"}, None, '"2020-01-01T00:00:00.000001"',
     _utc(2020, 1, 1, 0, 0, 0, 1)),
    ("far", {"type": "string", "format": "date-time"}, None, '"9999-12-31T23:59:59.999999Z"',
     _utc(9999, 12, 31, 23, 59, 59, 999999)),
    ("early", {"type": "string", "format": "date-time"}, None, '"0001-01-01T00:00:00Z"',
     _utc(1, 1, 1)),
    ("wall", {"type": "string", "format": "date-time"}, "timestamp",
     '"2020-02-07T18:05:25.824461Z"', NAIVE("2020-02-07T18:05:25.824461")),
    ("hourly", {"type": "string", "format": "date-time"}, None, '"2020-01-01T10Z"',
     _utc(2020, 1, 1, 10)),
    ("basic", {"type": "string", "format": "date-time"}, None, '"2020-01-01 10:00:00+0530"',
     _utc(2020, 1, 1, 4, 30)),
    ("day", {"type": "string", "format": "date"}, None, '"2020-02-29"', dt.date(2020, 2, 29)),
    ("day_long", {"type": "string", "format": "date"}, None, '"2020-02-29T00:00:00"',
     dt.date(2020, 2, 29)),
    ("clock", {"type": "string", "format": "time"}, None, '"23:59:59.000001"',
     dt.time(23, 59, 59, 1)),
    ("nested", {"type": "object"}, None, '{"a":[1.10,null,"ü"]}', '{"a":[1.10,null,"ü"]}'),
    ("listed", {"type": "array"}, None, '[{"b":1}]', '[{"b":1}]'),
    ("either", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, None, "7", "7"),
    ("maybe", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, "7", 7),
    ("Case", {"type": "string"}, None, '"upper"', "upper"),
    ("case", {"type": "string"}, None, '"lower"', "lower"),
    ('say "hi"; drop table', {"type": "string"}, None, '"odd"', "odd"),
    ("select", {"type": "integer"}, None, "1", 1),
]  # fmt: skip


@pytest.fixture
def loaded(lake: Lake) -> Lake:
    properties = {name: declared for name, declared, *_ in VALUES}
    types = {name: configured for name, _, configured, *_ in VALUES if configured}
    values = ",".join(f'"{_escaped(name)}":{text}' for name, *_, text, _ in VALUES)
    lake.config["streams"] = {"zoo": {"types": types}}
    lake.load(
        schema("zoo", {"id": {"type": "integer"}, **properties}),
        f'{{"type":"RECORD","stream":"zoo","record":{{"id":1,{values}}}}}',
        # every column null
        record("zoo", id=2),
    )
    return lake


def _escaped(name: str) -> str:
    return name.replace('"', '\\"')


@pytest.mark.parametrize(("name", "seen"), [(name, seen) for name, *_, seen in VALUES])
def test_pyiceberg_reads_what_was_sent(loaded: Lake, name: str, seen: Any) -> None:
    rows = {row["id"]: row for row in loaded.rows("zoo")}
    assert rows[1][name] == seen
    assert type(rows[1][name]) is type(seen)
    assert rows[2][name] is None


def test_duckdbs_own_reader_agrees_with_pyiceberg(loaded: Lake) -> None:
    table = loaded.table("zoo")
    assert by_duckdb(table) == by_pyiceberg(table)


def test_a_second_load_of_the_same_values_commits_nothing(loaded: Lake) -> None:
    rows = loaded.rows("zoo")
    values = ",".join(f'"{_escaped(name)}":{text}' for name, *_, text, _ in VALUES)
    loaded.load(
        schema("zoo", {"id": {"type": "integer"}, **{n: declared for n, declared, *_ in VALUES}}),
        f'{{"type":"RECORD","stream":"zoo","record":{{"id":1,{values}}}}}',
    )
    assert loaded.rows("zoo") == rows
    assert len(loaded.snapshots("zoo")) == 1


@pytest.mark.parametrize(
    ("declared", "configured", "value"),
    [
        ({"type": "number"}, "decimal(4,2)", Decimal("1.005")),
        ({"type": "number"}, "decimal(4,2)", Decimal("100.00")),
        ({"type": "number"}, "int", Decimal("1.5")),
        ({"type": "number"}, "decimal(20,2)", Decimal("1e-9")),
        ({"type": "number"}, "decimal(20,2)", Decimal("1e999999")),
        ({"type": "number"}, None, Decimal("1e400")),
        ({"type": "number"}, None, 2**53 + 1),
        ({"type": "number"}, None, Decimal("12345678901234567890.12345")),
        ({"type": "number"}, None, "1_0.5"),
        ({"type": "number"}, None, "nan"),
        ({"type": "number"}, None, True),
        ({"type": "number"}, "float", Decimal("1e39")),
        ({"type": "number"}, "float", 2**24 + 1),
        ({"type": "string", "format": "date-time"}, None, "0001-01-01T00:00:00+14:00"),
        ({"type": "string", "format": "date-time"}, None, "9999-12-31T23:59:59-12:00"),
        ({"type": "string", "format": "date-time"}, None, "2020-01-01T10:00.5Z"),
        ({"type": "string", "format": "date-time"}, None, "2020-01-01T10:00:00+25:99"),
        ({"type": "string", "format": "time"}, None, "10:00:00,5"),
        ({"type": "string", "format": "time"}, None, "10:00:00+02:00"),
        ({"type": "integer"}, None, 2**63),
        ({"type": "integer"}, "int", 2**31),
        ({"type": "string", "format": "date-time"}, None, "2020-01-01T00:00:00.0000001Z"),
        ({"type": "string", "format": "date-time"}, None, "yesterday"),
        ({"type": "string", "format": "date"}, None, "2020-02-30"),
        ({"type": "string", "format": "date"}, None, "2020-02-28T12:00:00"),
        ({"type": "string", "format": "time"}, None, "25:00:00"),
        ({"type": "string"}, "decimal(10,2)", "NaN"),
        ({"type": "string"}, "decimal(10,2)", "one"),
        ({"type": "boolean"}, None, "secret"),
        ({"type": "string"}, None, "\ud800"),
    ],
)
def test_what_cannot_be_stored_exactly_is_refused_by_name_and_key_without_its_value(
    declared: dict[str, Any], configured: str | None, value: Any
) -> None:
    kind = type_named(configured, where="c") if configured else type_of_schema(declared)
    columns = [Column("id", type_of_schema({"type": "integer"})), Column("c", kind)]
    records = [{"id": 7, "c": None}, {"id": 8, "c": value}]
    with pytest.raises(RecordError) as caught:
        to_arrow(records, columns, stream="zoo", keys=["id"])
    sentence = str(caught.value)
    assert "'zoo'" in sentence
    assert "'c'" in sentence
    assert "id=8" in sentence
    assert str(value) not in sentence.replace("id=8", "")


@pytest.mark.parametrize("name", ["decimal(39,2)", "decimal(2,3)", "text", "decimal(10)"])
def test_a_type_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(SchemaError, match="no type of this target"):
        type_named(name, where="column zoo.c")


def test_types_of_a_column_that_is_not_there_are_refused() -> None:
    settings = StreamSettings("zoo", "landing_zone/zoo", types={"prise": "decimal(10,2)"})
    with pytest.raises(SchemaError, match="prise"):
        stream_columns("zoo", {"properties": {"price": {"type": "number"}}}, settings)
