"""What a load does to a table, key by key."""

from __future__ import annotations

from typing import Any

import pytest

from columnar_target.errors import SchemaError, SettingError

from .warehouses import Warehouse

ORDERS = {
    "type": "SCHEMA",
    "stream": "orders",
    "key_properties": ["id"],
    "schema": {
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": ["null", "string"]},
        }
    },
}


def order(**values: Any) -> dict[str, Any]:
    return {"type": "RECORD", "stream": "orders", "record": values}


def names(warehouse: Warehouse) -> dict[int, str]:
    return dict(warehouse.ask("select id, name from {}.orders"))


def test_the_last_of_several_versions_counts(warehouse: Warehouse) -> None:
    warehouse.load(ORDERS, order(id=1, name="a"), order(id=2, name="b"), order(id=1, name="c"))
    assert names(warehouse) == {1: "c", 2: "b"}


def test_the_same_input_twice_changes_nothing(warehouse: Warehouse) -> None:
    messages = (ORDERS, order(id=1, name="a"), order(id=2, name=None))
    warehouse.load(*messages, run_id="first")
    before = warehouse.ask("select * from {}.orders order by id")
    warehouse.load(*messages, run_id="second")
    assert warehouse.ask("select * from {}.orders order by id") == before
    assert warehouse.ask("select run_id from {}.target_redshift_loads") == [("first",)]


def test_blanks_at_the_end_are_a_difference(warehouse: Warehouse) -> None:
    warehouse.load(ORDERS, order(id=1, name="a"))
    warehouse.load(ORDERS, order(id=1, name="a "))
    assert names(warehouse) == {1: "a "}


def test_nothing_stays_in_the_staging_place(warehouse: Warehouse) -> None:
    warehouse.load(ORDERS, order(id=1, name="a"))
    assert warehouse.staged() == []


def test_a_copy_of_a_key_is_never_removed_in_silence(warehouse: Warehouse) -> None:
    """Redshift enforces no key; one of the copies says what arrives."""
    warehouse.load(ORDERS, order(id=1, name="a"))
    warehouse.ask("insert into {}.orders (id, name) values (1, 'b')")
    with pytest.raises(SchemaError, match="several rows of the same id"):
        warehouse.load(ORDERS, order(id=1, name="a"))
    assert warehouse.ask("select name from {}.orders order by 1") == [("a",), ("b",)]


def test_keys_that_differ_in_blanks_only_are_two_rows(warehouse: Warehouse) -> None:
    keyed = {**ORDERS, "key_properties": ["name"]}
    warehouse.load(keyed, order(id=1, name="a"), order(id=2, name="a "))
    warehouse.load(keyed, order(id=3, name="a"), order(id=4, name="a "))
    assert sorted(warehouse.ask("select id, name from {}.orders")) == [(3, "a"), (4, "a ")]


def test_two_streams_of_one_table_are_seen_whatever_case_it_is_written_in(
    warehouse: Warehouse,
) -> None:
    other = {**ORDERS, "stream": "others"}
    with pytest.raises(SettingError, match="would both load into table 'orders'"):
        warehouse.load(
            ORDERS, other, order(id=1, name="a"), streams={"others": {"table": "Orders"}}
        )
