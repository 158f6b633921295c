"""Objects and lists as SUPER, also where JSON_PARSE would not take them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from columnar_target.errors import RecordError

from .messages import MOMENT, NUMBER, TEXT, WHOLE, Message, record, schema
from .warehouses import Warehouse

OBJECT = {"type": ["null", "object", "array"]}
STREAM = schema("s", {"id": WHOLE, "doc": OBJECT, "also": OBJECT, "v": TEXT})
LONG = {"texts": ["é\\\"\n'"] * 15_000, "n": None}
"""More than 65,535 bytes of JSON."""


def row(number: int, doc: Any, **more: Any) -> Message:
    return record("s", id=number, doc=doc, **more)


def test_a_document_is_a_super_that_can_be_walked_into(warehouse: Warehouse) -> None:
    warehouse.load(STREAM, row(1, {"a": [{"b": 1.10}, "x"]}))
    assert warehouse.columns()["s"]["doc"] == "super"
    assert warehouse.ask("select doc.a[0].b::decimal(5,2), doc.a[1]::varchar from {}.s") == [
        (Decimal("1.10"), "x")
    ]


def test_a_long_document_comes_whole_beside_values_of_all_types(warehouse: Warehouse) -> None:
    clock = {"type": ["null", "string"], "format": "time"}
    day = {"type": ["null", "string"], "format": "date"}
    money = {"type": "string", "format": "singer.decimal", "precision": 38, "scale": 10}
    kinds = {"at": MOMENT, "day": day, "clock": clock, "money": money, "x": NUMBER, "v": TEXT,
             "yes": {"type": "boolean"}}  # fmt: skip
    stream = schema("s", {"id": WHOLE, "doc": OBJECT, **kinds})
    values = {
        "at": "2020-02-29T01:02:03.000004Z",
        "day": "0001-01-01",
        "clock": "23:59:59.999999",
        "money": "-1234567890123456789012345678.0123456789",
        "x": 5e-324,
        "v": "",
        "yes": True,
    }
    warehouse.load(stream, row(1, LONG, **values), row(2, {}, **{**values, "v": " "}))
    seen = {
        "at": dt.datetime(2020, 2, 29, 1, 2, 3, 4, tzinfo=dt.timezone.utc),
        "day": dt.date(1, 1, 1),
        "clock": dt.time(23, 59, 59, 999_999),
        "money": Decimal("-1234567890123456789012345678.0123456789"),
        "x": 5e-324,
        "yes": True,
    }
    assert warehouse.rows("s") == [
        {"id": 1, "doc": LONG, "v": "", **seen},
        {"id": 2, "doc": {}, "v": " ", **seen},
    ]


def test_a_document_that_says_the_same_is_no_change_and_another_is(warehouse: Warehouse) -> None:
    nested = {"a": {"b": [1, None, "é"]}, "n": 1.5}
    warehouse.load(STREAM, row(1, nested, also=[]), row(2, None), row(3, {}, also=None))
    before = warehouse.rows("s", load_columns=True)
    warehouse.load(STREAM, row(1, nested, also=[]), row(2, None), row(3, {}, also=None))
    assert warehouse.rows("s", load_columns=True) == before
    other = {"a": {"b": [1, None, "e"]}, "n": 1.5}
    warehouse.load(STREAM, row(1, other, also=[]), row(2, {}), row(3, None, also={}))
    assert [(each["doc"], each["also"]) for each in warehouse.rows("s")] == [
        (other, []),
        ({}, None),
        (None, {}),
    ]


def test_a_long_document_that_changes_is_written_and_one_that_does_not_stays(
    warehouse: Warehouse,
) -> None:
    for extra in (1, 1, 2):
        warehouse.load(STREAM, row(1, {**LONG, "n": extra}), row(2, {"a": extra}))
        assert [each["doc"] for each in warehouse.rows("s")] == [
            {**LONG, "n": extra},
            {"a": extra},
        ]


def test_a_row_that_is_too_long_for_copy_is_refused_by_its_key(warehouse: Warehouse) -> None:
    with pytest.raises(RecordError, match=r"the record with id=2 takes 4\d{6} bytes") as said:
        warehouse.load(STREAM, row(1, LONG), row(2, {"secret": "x" * 4_194_304}))
    assert "secret" not in str(said.value)
    assert "s" not in warehouse.columns()
