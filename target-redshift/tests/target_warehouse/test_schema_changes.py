"""Schemas that change: the table grows, stays as it is, or the load stops, as the user says."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from columnar_target.errors import RecordError, SchemaError

from .messages import TEXT, WHOLE, Message, record, schema
from .warehouses import LOAD_COLUMNS, Warehouse

OBJECT = {"type": ["null", "object"]}
MODES = ["evolve", "freeze", "discard"]
OLD = schema("s", {"id": WHOLE, "v": TEXT})
NEW = schema("s", {"id": WHOLE, "v": TEXT, "extra": TEXT})
NEW_ROW = record("s", id=2, v="b", extra="e")


def kinds(warehouse: Warehouse) -> dict[str, str]:
    """The table's own columns and their types as Redshift writes them, in order."""
    found = warehouse.ask(
        "select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale "
        "from svv_columns where table_schema = '{}' and table_name = 's' order by ordinal_position"
    )
    sizes = {"character varying": "({2})", "numeric": "({3},{4})"}
    return {
        row[0]: row[1] + sizes.get(row[1], "").format(*row)
        for row in found
        if row[0] not in LOAD_COLUMNS
    }


def values(warehouse: Warehouse, name: str = "v") -> dict[int, Any]:
    return {row["id"]: row[name] for row in warehouse.rows("s")}


def one(kind: dict[str, Any]) -> Message:
    return schema("s", {"id": WHOLE, "v": kind})


def row(number: int, v: Any) -> Message:
    return record("s", id=number, v=v)


def typed(kind: str, **settings: Any) -> dict[str, Any]:
    return {"streams": {"s": {"types": {"v": kind}}}, **settings}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("between", [True, False], ids=["between runs", "within a run"])
def test_a_new_column_is_added_refused_or_left_out(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture, mode: str, *, between: bool
) -> None:
    warehouse.load(OLD, row(1, "a"))
    messages = [NEW, NEW_ROW] if between else [OLD, row(3, "c"), NEW, NEW_ROW]
    if mode == "freeze":
        with pytest.raises(SchemaError, match="'extra' of stream 's' is not in table"):
            warehouse.load(*messages, schema_changes=mode)
        assert values(warehouse) == {1: "a"}
        return
    warehouse.load(*messages, schema_changes=mode)
    assert values(warehouse) == {1: "a", 2: "b"} | ({} if between else {3: "c"})
    if mode == "evolve":
        assert values(warehouse, "extra") == dict.fromkeys(values(warehouse)) | {2: "e"}
    else:
        assert list(kinds(warehouse)) == ["id", "v"]
        assert "schema_changes is discard: extra" in caplog.text


WIDENED = [
    ("int", "long", "integer", "bigint", 2**40),
    ("float", "double", "real", "double precision", 0.1),
    ("decimal(4,1)", "decimal(38,1)", "numeric(4,1)", "numeric(38,1)",
     Decimal("1234567890123456789012345678901234567.5")),
]  # fmt: skip


@pytest.mark.parametrize(("narrow", "wide", "before", "after", "big"), WIDENED)
def test_a_wider_column(
    warehouse: Warehouse, narrow: str, wide: str, before: str, after: str, big: Any
) -> None:
    stream = one({"type": ["null", "integer" if narrow == "int" else "number"]})
    large = f'{{"type":"RECORD","stream":"s","record":{{"id":3,"v":{big}}}}}'
    warehouse.load(stream, row(1, 7), **typed(narrow))
    assert kinds(warehouse)["v"] == before
    with pytest.raises(SchemaError, match="wider than in table"):
        warehouse.load(stream, row(2, 8), **typed(wide, schema_changes="freeze"))
    # a value that the table's column can hold is stored, another stops the load
    warehouse.load(stream, row(2, 8), **typed(wide, schema_changes="discard"))
    with pytest.raises(RecordError, match="'v' in the record with id=3 does not fit"):
        warehouse.load(stream, large, **typed(wide, schema_changes="discard"))
    assert kinds(warehouse)["v"] == before
    assert values(warehouse) == {1: 7, 2: 8}

    warehouse.load(stream, large, row(4, None), **typed(wide))
    assert kinds(warehouse)["v"] == after
    assert values(warehouse) == {1: 7, 2: 8, 3: big, 4: None}
    # and a narrower one leaves it as it is
    warehouse.load(stream, row(5, 9), **typed(narrow, schema_changes="freeze"))
    assert kinds(warehouse)["v"] == after


def test_a_longer_text_makes_its_column_longer_as_far_as_it_may(warehouse: Warehouse) -> None:
    warehouse.load(OLD, row(1, "ü" * 8))
    assert kinds(warehouse)["v"] == "character varying(16)"
    for mode in ("freeze", "discard"):
        with pytest.raises(RecordError, match=r"'v' in the record with id=2 does not fit") as said:
            warehouse.load(OLD, row(2, "ü" * 8 + "x"), schema_changes=mode)
        assert "üx" not in str(said.value)
    warehouse.load(OLD, row(2, "ü" * 8 + "x"))
    assert kinds(warehouse)["v"] == "character varying(64)"
    with pytest.raises(RecordError, match=r"id=3 has more than the 65535 bytes") as said:
        warehouse.load(OLD, row(3, "x" * 65_536))
    assert "xx" not in str(said.value)
    assert values(warehouse) == {1: "ü" * 8, 2: "ü" * 8 + "x"}


def test_a_document_goes_into_a_text_column_as_its_text(warehouse: Warehouse) -> None:
    warehouse.load(OLD, row(1, "a"))
    warehouse.load(one(OBJECT), row(2, {"a": [1, None]}))
    assert values(warehouse) == {1: "a", 2: '{"a":[1,null]}'}
    with pytest.raises(RecordError, match="keeps documents as text of at most 65535"):
        warehouse.load(one(OBJECT), row(3, {"a": "x" * 70_000}))


@pytest.mark.parametrize(
    "mode", ["evolve", *(pytest.param(each, marks=pytest.mark.heavy) for each in MODES[1:])]
)
@pytest.mark.parametrize(
    ("old", "value", "new", "other"),
    [(TEXT, "a", {"type": "boolean"}, True), (OBJECT, {}, TEXT, "a"), (WHOLE, 1, TEXT, "a")],
    ids=["text to boolean", "document to text", "number to text"],
)
def test_another_type_stops_the_load_whatever_the_mode(
    warehouse: Warehouse, mode: str, old: Any, value: Any, new: Any, other: Any
) -> None:
    warehouse.load(one(old), row(1, value))
    with pytest.raises(SchemaError, match=r"Column 'v' of stream 's' is now .* keeps it as"):
        warehouse.load(one(new), row(2, other), schema_changes=mode)
    assert values(warehouse) == {1: value}


def test_a_column_that_comes_no_more_is_null_in_rows_that_come(warehouse: Warehouse) -> None:
    warehouse.load(OLD, row(1, "a"), row(2, "b"))
    warehouse.load(schema("s", {"id": WHOLE}), record("s", id=2), schema_changes="freeze")
    assert values(warehouse) == {1: "a", 2: None}


def test_two_columns_that_are_one_to_redshift_are_refused(warehouse: Warehouse) -> None:
    with pytest.raises(SchemaError, match="'v' and 'V' of stream 's' are one to Redshift, 'v'"):
        warehouse.load(schema("s", {"id": WHOLE, "v": TEXT, "V": TEXT}), row(1, "a"))


def test_other_keys_than_the_tables_are_refused(warehouse: Warehouse) -> None:
    warehouse.load(OLD, row(1, "a"))
    other = schema("s", {"id": WHOLE, "v": TEXT}, keys=["id", "v"])
    with pytest.raises(SchemaError, match=r"keys \['id', 'v'\], and table .* has \['id'\]"):
        warehouse.load(other, row(1, "b"))
    with pytest.raises(SchemaError, match=r"changes its keys from \['id'\] to \['id', 'v'\]"):
        warehouse.load(OLD, row(1, "b"), other, row(1, "b"))
    assert values(warehouse) == {1: "a"}


def test_a_document_may_be_a_key(warehouse: Warehouse) -> None:
    stream = schema("s", {"k": {"type": "object"}, "v": WHOLE}, keys=["k"])
    first, second = (
        [record("s", k={"a": key}, v=value) for key, value in pairs]
        for pairs in (((1, 1), (2, 2)), ((2, 3), (3, 4)))
    )
    warehouse.load(stream, *first)
    warehouse.load(stream, *second)
    rows = [(json.loads(each["k"])["a"], each["v"]) for each in warehouse.rows("s")]
    assert sorted(rows) == [(1, 1), (2, 3), (3, 4)]


def test_a_table_of_somebody_elses_gets_what_it_lacks(warehouse: Warehouse) -> None:
    warehouse.load(schema("other", {"id": WHOLE}), record("other", id=1))
    warehouse.ask("create table {}.s (note varchar(10) default 'x', id integer, v varchar(300))")
    warehouse.ask("insert into {}.s values ('mine', 1, 'old'), ('mine', 2, 'kept')")
    warehouse.load(OLD, row(1, "new"), row(2**40, "far"))
    assert values(warehouse) == {1: "new", 2: "kept", 2**40: "far"}
    assert kinds(warehouse)["id"] == "bigint"


def test_a_table_that_has_a_key_twice_is_refused_when_it_matters(warehouse: Warehouse) -> None:
    warehouse.load(OLD, row(1, "a"), row(2, "b"))
    warehouse.ask("insert into {}.s select * from {}.s where id = 1")
    warehouse.load(OLD, row(2, "c"))
    with pytest.raises(SchemaError, match="has several rows of the same id"):
        warehouse.load(OLD, row(1, "d"))
    assert sorted(each["v"] for each in warehouse.rows("s")) == ["a", "a", "c"]


@pytest.mark.parametrize(("kind", "value"), [(WHOLE, 2**40), (TEXT, "x" * 99)])
def test_a_column_that_a_view_is_bound_to_is_not_widened(
    warehouse: Warehouse, kind: dict[str, Any], value: Any
) -> None:
    narrow = typed("int") if kind is WHOLE else {}
    warehouse.load(one(kind), row(1, 1 if kind is WHOLE else "a"), **narrow)
    warehouse.ask("create view {}.bound as select v from {}.s")
    before = warehouse.everything()
    with pytest.raises(SchemaError, match=r"Column v of table .*\.s is to become .* views"):
        warehouse.load(one(kind), row(2, value))
    assert warehouse.everything() == before


def test_a_new_table_is_spread_and_sorted_as_asked(warehouse: Warehouse) -> None:
    layout = {"dist_key": "ID", "sort_keys": ["v", "id"]}
    warehouse.load(OLD, row(1, "a"), streams={"s": layout})
    found = warehouse.ask(
        "select diststyle, sortkey1, sortkey_num from svv_table_info "
        "where \"schema\" = '{}' and \"table\" = 's'"
    )
    assert found == [("KEY(id)", "v", 2)]
    with pytest.raises(SchemaError, match=r"sort_keys of table .* names column 'nix'"):
        warehouse.load(schema("t", {"id": WHOLE}), streams={"t": {"sort_keys": ["nix"]}})
