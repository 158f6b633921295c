"""`target_redshift_loads` says what each load did to each table, and the state it came with."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from . import shop
from .warehouses import Warehouse

pytestmark = pytest.mark.slow

COLUMNS = [
    ("number", "bigint", None, "NO"),
    ("load_id", "character varying", 64, "NO"),
    ("run_id", "character varying", 256, "NO"),
    ("table_name", "character varying", 256, "NO"),
    ("loaded_at", "timestamp without time zone", None, "NO"),
    ("keys", "character varying", 65_535, "NO"),
    ("version", "bigint", None, "YES"),
    ("inserted", "bigint", None, "NO"),
    ("updated", "bigint", None, "NO"),
    ("deleted", "bigint", None, "NO"),
    ("unchanged", "bigint", None, "NO"),
    ("set_aside", "bigint", None, "NO"),
    ("singer_state", "character varying", 65_535, "YES"),
]


def test_each_load_of_each_table_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    began = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    warehouse.load(*shop.FIRST, **shop.settings(1, tmp_path), run_id="first")
    warehouse.load(*shop.SECOND, **shop.settings(2, tmp_path), run_id="second")
    assert warehouse.ask(
        "select column_name, data_type, character_maximum_length, is_nullable from svv_columns "
        "where table_schema = '{}' and table_name = 'target_redshift_loads' "
        "order by ordinal_position"
    ) == COLUMNS  # fmt: skip
    found = warehouse.ask(
        "select run_id, table_name, keys, version, inserted, updated, deleted, unchanged, "
        "set_aside, singer_state, loaded_at, load_id from {}.target_redshift_loads"
    )
    told = {(row[0], row[1]): (json.loads(row[2]), *row[3:9]) for row in found}
    assert told == {
        ("first", "orders"): (["id"], None, 2, 0, 0, 0, 1),
        ("first", "lines"): (["order_id", "line"], None, 3, 0, 0, 0, 0),
        ("first", "notes"): (["id"], None, 2, 0, 0, 0, 0),
        ("first", "stock"): (["item"], 1, 2, 0, 0, 0, 0),
        ("first", "events"): ([], None, 1, 0, 0, 0, 0),
        ("second", "orders"): (["id"], None, 2, 1, 0, 0, 1),
        ("second", "lines"): (["order_id", "line"], None, 0, 1, 1, 0, 0),
        ("second", "notes"): (["id"], None, 1, 1, 0, 0, 0),
        ("second", "stock"): (["item"], 2, 1, 1, 1, 0, 0),
        ("second", "events"): ([], None, 1, 0, 0, 0, 0),
    }
    assert {(row[0], row[9]) for row in found} == {("first", '{"at":1}'), ("second", '{"at":2}')}
    assert len({(row[0], row[10], row[11]) for row in found}) == 2
    numbers = warehouse.ask("select distinct number, run_id from {}.target_redshift_loads")
    assert sorted(numbers) == [(1, "first"), (2, "second")]
    ended = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    assert all(began <= row[10] <= ended for row in found)


def test_a_state_too_long_for_a_text_is_left_out_and_written_all_the_same(
    warehouse: Warehouse,
) -> None:
    long = {"type": "STATE", "value": {"at": "é\\'" * 30_000}}
    assert warehouse.load(*shop.FIRST[:-1], long) == [long["value"]]
    assert set(warehouse.ask("select singer_state from {}.target_redshift_loads")) == {(None,)}


def test_any_letter_of_a_state_is_kept(warehouse: Warehouse) -> None:
    odd = {"type": "STATE", "value": {"at": "é\\'\"%s ? $1 \u0001\n"}}
    warehouse.load(*shop.FIRST[:-1], odd)
    ((state,), *_) = warehouse.ask("select singer_state from {}.target_redshift_loads")
    assert json.loads(state) == odd["value"]
