"""Everything that strangers' taps may send, read back by SQL: every value is stored exactly."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from deftunes_sandbox.taps.zoo.keys import PROPERTIES, SEEN
from deftunes_sandbox.taps.zoo.names import NAMES
from deftunes_sandbox.taps.zoo.tap import WIDTH, messages
from deftunes_sandbox.taps.zoo.values import TEXT, VALUES, Value

from .warehouses import LOAD_COLUMNS, Warehouse

NOT_HELD_HERE = {"nul", "bytes"}
"""They hold a NUL, which PostgreSQL keeps nowhere; Redshift does."""

LONGEST = Value("longest", TEXT, f'"{"é" * 32_767}x"', "é" * 32_767 + "x")
"""65,535 bytes."""

HELD = [
    *(each for each in VALUES if each.name not in {*NOT_HELD_HERE, "five_megabytes"}),
    LONGEST,
    Value("backslashes", TEXT, r'"\\ \\n \\\\ \\u0041"', r"\ \n \\ \u0041"),
    Value("quotes", TEXT, '"\\"\'\\"\\"\'\'$$"', "\"'\"\"''$$"),
    Value("blank", TEXT, '" "', " "),
]
FOLDED: dict[str, str] = {}
"""The first of the names that are one to Redshift, and what it is called there."""
for _name in NAMES:
    if _name.lower() not in FOLDED.values():
        FOLDED[_name] = _name.lower()
del FOLDED["n" * 300]  # see test_names: PostgreSQL cuts names at 63 bytes
FOLDED |= {"OID": "oid_", "tableoid": "tableoid_", "xmin": "xmin_", "ctid": "ctid_"}


@pytest.fixture(scope="module")
def zoo(redshift: Warehouse) -> Iterator[Warehouse]:
    """The whole zoo."""
    with redshift.own_schema("zoo") as warehouse:
        (state,) = warehouse.load(*messages(HELD, list(FOLDED)), streams=zoo_streams())
        assert state == {"seen": 1.1}
        yield warehouse


def zoo_streams() -> dict[str, Any]:
    types = {value.name: value.configured for value in HELD if value.configured}
    return {"values": {"types": types}}


@pytest.fixture(scope="module")
def values(zoo: Warehouse) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in zoo.rows("values")}


@pytest.mark.parametrize("value", HELD, ids=lambda value: value.name)
def test_a_value_is_read_as_it_was_sent(
    zoo: Warehouse, values: dict[int, dict[str, Any]], value: Value
) -> None:
    sent, lacking = values[1], values[2]
    expected = value.seen
    if zoo.columns()["values"][value.name] == "super":
        expected = json.loads(value.seen, parse_float=Decimal)
    assert _same(sent[value.name], expected)
    assert lacking[value.name] is None


def test_a_column_may_have_any_name(zoo: Warehouse) -> None:
    (row,) = zoo.rows("names")
    assert row == {"id": 1, **{folded: name for name, folded in FOLDED.items()}}
    assert list(row) == ["id", *FOLDED.values()]


def test_keys_that_are_nearly_the_same_name_rows_of_their_own(zoo: Warehouse) -> None:
    expected = [dict(zip(PROPERTIES, row, strict=True)) for row in SEEN]
    assert zoo.rows("keys") == sorted(expected, key=repr)


def test_a_stream_without_keys_keeps_rows_that_say_the_same(zoo: Warehouse) -> None:
    assert zoo.rows("keyless") == [{"n": 1}, {"n": 1}, {"n": 2}]


def test_hundreds_of_columns_are_kept_apart(zoo: Warehouse) -> None:
    assert zoo.rows("wide") == [{"id": 1, **{f"c{number}": number for number in range(WIDTH)}}]


def test_a_stream_that_sends_no_record_is_a_table_with_its_columns(zoo: Warehouse) -> None:
    assert zoo.rows("empty") == zoo.rows("nothing") == []
    assert list(zoo.columns()["empty"].items())[:2] == [("id", "bigint"), ("day", "date")]
    assert tuple(zoo.columns()["nothing"]) == LOAD_COLUMNS


def test_a_stream_may_have_any_name(zoo: Warehouse) -> None:
    assert zoo.rows("orders_2024_____v1") == [{"id": 1}]


@pytest.mark.heavy
def test_the_zoo_once_more_changes_nothing(zoo: Warehouse) -> None:
    tables = [name for name in zoo.columns() if name != "keyless"]
    before = {name: zoo.rows(name, load_columns=True) for name in tables}
    lines = [
        line
        for line in messages(HELD, list(FOLDED))
        # rows without keys are appended, also when they come again
        if '"keyless"' not in line
    ]
    zoo.load(*lines, streams=zoo_streams())
    assert {name: zoo.rows(name, load_columns=True) for name in tables} == before


def _same(found: Any, seen: Any) -> bool:
    if isinstance(found, float) and math.copysign(1, found) != math.copysign(1, seen):
        return False
    return type(found) is type(seen) and bool(found == seen)
