"""Nothing is seen unchecked: rules on rows and tables, and what follows from breaking them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from columnar_target.errors import QualityError, SchemaError

from .messages import MOMENT, NUMBER, TEXT, WHOLE, Message, activate, record, schema
from .warehouses import Warehouse

PROPERTIES = {"id": WHOLE, "price": NUMBER, "who": TEXT}
ORDERS = schema("orders", PROPERTIES)
USERS = schema("users", {"name": {"type": "string"}}, keys=["name"])
SET_ASIDE = 'ColumnValues "price" > 0 labels=["policy"="quarantine"]'


class Rules:
    """Makes configurations with rules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, *texts: str, limit: str = "50%") -> dict[str, Any]:
        """A configuration with rules for the table of orders."""
        file = self._folder / "orders.dqdl"
        file.write_text(f"Rules = [{', '.join(texts)}]", encoding="utf-8")
        return {"rules": {"orders": str(file)}, "quarantine_limit": limit}


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    return Rules(tmp_path)


def order(number: int, price: float | None = 1.0, who: str | None = "ann", **more: Any) -> Message:
    return record("orders", id=number, price=price, who=who, **more)


def user(name: str) -> Message:
    return record("users", name=name)


def prices(warehouse: Warehouse) -> dict[int, float]:
    return {row["id"]: row["price"] for row in warehouse.rows("orders")}


def waiting(warehouse: Warehouse) -> list[dict[str, Any]]:
    beside = Warehouse(warehouse.address, f"{warehouse.schema}_quarantine")
    return sorted(beside.rows("orders"), key=lambda row: int(row["id"]))


def test_a_broken_rule_stops_all_streams_and_names_rule_count_and_keys(
    warehouse: Warehouse, rules: Rules
) -> None:
    gated = rules('IsComplete "who"', SET_ASIDE)
    warehouse.load(ORDERS, order(1), order(2, -1.0), USERS, user("ann"), **gated)
    before = warehouse.everything(), waiting(warehouse)
    with pytest.raises(QualityError) as stopped:
        warehouse.load(
            USERS, user("bob"), ORDERS, order(2), order(3, who=None), order(4, -1.0), **gated
        )
    assert 'IsComplete "who" (block): 1 of 2 rows fail. Among them: id=3.' in str(stopped.value)
    assert (warehouse.everything(), waiting(warehouse)) == before
    assert warehouse.staged() == []


def test_a_warning_is_told_and_stops_nothing(
    warehouse: Warehouse, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    unanswerable = 'Entropy "price" > 1 labels=["policy"="warn"]'
    warehouse.load(
        ORDERS,
        order(1, who=None),
        **rules('IsComplete "who" labels=["policy"="warn"]', unanswerable),
    )
    assert 'IsComplete "who" (warn): 1 of 1 rows fail. Among them: id=1.' in caplog.text
    assert "Entropy is not evaluated here" in caplog.text
    assert prices(warehouse) == {1: 1.0}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('Entropy "price" > 1', "Entropy is not evaluated here"),
        (
            'IsComplete "price" where "cast(who as int) > 3" labels=["policy"="quarantine"]',
            r"cast\(who as int\).*cannot be answered",
        ),
    ],
)
def test_a_rule_that_cannot_be_answered_stops_a_load(
    warehouse: Warehouse, rules: Rules, rule: str, words: str
) -> None:
    with pytest.raises(QualityError, match=words):
        warehouse.load(ORDERS, order(1), **rules(rule))
    assert "orders" not in warehouse.columns()


def test_another_table_is_read_with_what_the_load_brings_for_it(
    warehouse: Warehouse, rules: Rules
) -> None:
    gated = rules('ReferentialIntegrity "who" "users.name" = 1.0')
    warehouse.load(ORDERS, order(1), USERS, user("ann"), **gated)
    with pytest.raises(QualityError, match="ReferentialIntegrity"):
        warehouse.load(ORDERS, order(2, who="bob"), **gated)
    warehouse.load(ORDERS, order(2, who="bob"), USERS, user("bob"), **gated)
    warehouse.load(ORDERS, order(3, who="bob"), order(4, who="ann"), **gated)
    assert sorted(prices(warehouse)) == [1, 2, 3, 4]
    # what is marked as gone is not there
    warehouse.load(USERS, {**user("ann"), "version": 1}, activate(1, "users"))
    with pytest.raises(QualityError, match="ReferentialIntegrity"):
        warehouse.load(ORDERS, order(5, who="bob"), **gated)


def test_rows_set_aside_wait_with_rule_run_and_time_until_a_good_version_comes(
    warehouse: Warehouse, rules: Rules
) -> None:
    gated = rules(SET_ASIDE, 'IsComplete "who" labels=["policy"="quarantine"]')
    warehouse.load(ORDERS, order(1), order(2), order(3), run_id="first", **gated)
    bad = (ORDERS, order(2, -2.0), order(3, -3.0, None), order(5), order(6))
    warehouse.load(*bad, run_id="second", **gated)
    # what was good before stays
    assert prices(warehouse) == {1: 1.0, 2: 1.0, 3: 1.0, 5: 1.0, 6: 1.0}
    rows = waiting(warehouse)
    assert [(row["id"], row["price"], row["who"]) for row in rows] == [
        (2, -2.0, "ann"),
        (3, -3.0, None),
    ]
    assert [row["_quarantine_rules"].split("\n") for row in rows] == [
        ['ColumnValues "price" > 0'],
        ['ColumnValues "price" > 0', 'IsComplete "who"'],
    ]
    assert {row["_quarantine_run_id"] for row in rows} == {"second"}
    assert {type(row["_quarantined_at"]) for row in rows} == {dt.datetime}

    before = warehouse.everything(), rows
    warehouse.load(*bad, run_id="third", **gated)
    assert (warehouse.everything(), waiting(warehouse)) == before

    warehouse.load(ORDERS, order(2, 2.0), **gated)
    assert prices(warehouse) == {1: 1.0, 2: 2.0, 3: 1.0, 5: 1.0, 6: 1.0}
    assert [row["id"] for row in waiting(warehouse)] == [3]


def test_more_bad_rows_than_the_limit_stop_the_load(warehouse: Warehouse, rules: Rules) -> None:
    messages = (ORDERS, order(1, -1.0), order(2, -1.0), order(3), order(4), order(5))
    with pytest.raises(QualityError, match=r"2 of 5 rows would be set aside.*\(30%\)"):
        warehouse.load(*messages, **rules(SET_ASIDE, limit="30%"))
    assert "orders" not in warehouse.columns()
    warehouse.load(*messages, **rules(SET_ASIDE, limit="2"))
    assert sorted(prices(warehouse)) == [3, 4, 5]
    assert [row["id"] for row in waiting(warehouse)] == [1, 2]


@pytest.mark.parametrize("hard", [True, False])
def test_a_row_that_a_whole_read_brings_and_a_rule_sets_aside_is_not_gone(
    warehouse: Warehouse, rules: Rules, *, hard: bool
) -> None:
    gated = {**rules(SET_ASIDE), "hard_delete": hard}
    rows = [{**order(number), "version": 1} for number in (1, 2, 3)]
    warehouse.load(ORDERS, *rows, activate(1, "orders"), **gated)
    rows = [{**each, "version": 2} for each in (order(1), order(2, -1.0))]
    warehouse.load(ORDERS, *rows, activate(2, "orders"), **gated)
    alive = {
        row["id"]: row["price"]
        for row in warehouse.rows("orders")
        if row.get("_sdc_deleted_at") is None
    }
    assert alive == {1: 1.0, 2: 1.0}
    assert [row["id"] for row in waiting(warehouse)] == [2]


def test_a_good_version_counts_if_a_bad_one_comes_after_it_in_the_same_load(
    warehouse: Warehouse, rules: Rules
) -> None:
    warehouse.load(ORDERS, order(1, 7.0), order(1, -1.0), **rules(SET_ASIDE, limit="100%"))
    assert prices(warehouse) == {1: 7.0}
    assert [row["price"] for row in waiting(warehouse)] == [-1.0]


def test_a_row_that_was_told_to_be_gone_is_not_brought_back_by_a_bad_version_after_it(
    warehouse: Warehouse, rules: Rules
) -> None:
    telling = schema("orders", {**PROPERTIES, "_sdc_deleted_at": MOMENT})
    gone = order(1, 7.0, _sdc_deleted_at="2026-01-01T00:00:00Z")
    options = {**rules(SET_ASIDE, limit="100%"), "hard_delete": True}
    warehouse.load(telling, order(1, 7.0), **options)
    warehouse.load(telling, gone, order(1, -1.0), **options)
    assert prices(warehouse) == {}
    assert [row["price"] for row in waiting(warehouse)] == [-1.0]


@pytest.mark.parametrize("bad_first", [True, False])
def test_a_bad_row_that_moved_to_another_group_stays_in_none(
    warehouse: Warehouse, rules: Rules, *, bad_first: bool
) -> None:
    options = {**rules(SET_ASIDE), "streams": {"orders": {"replace_by": ["who"]}}}
    warehouse.load(ORDERS, order(1, who="ann"), order(2, who="ann"), **options)
    messages = [order(1, who="ann"), order(2, -1.0, who="bob")]
    warehouse.load(ORDERS, *(reversed(messages) if bad_first else messages), **options)
    assert sorted(prices(warehouse)) == [1]
    assert [row["id"] for row in waiting(warehouse)] == [2]


def test_a_row_that_is_set_aside_keeps_its_place_in_its_group(
    warehouse: Warehouse, rules: Rules
) -> None:
    options = {**rules(SET_ASIDE), "streams": {"orders": {"replace_by": ["who"]}}}
    warehouse.load(ORDERS, order(1), order(2), order(3), **options)
    warehouse.load(ORDERS, order(1), order(2, -1.0), **options)
    assert sorted(prices(warehouse)) == [1, 2]


def test_a_row_set_aside_is_kept_whole_however_long_its_document(
    warehouse: Warehouse, rules: Rules
) -> None:
    document = {"texts": ["é" * 1_000] * 60, "n": None}
    wide = schema("orders", {**PROPERTIES, "d": {"type": "object"}, "at": MOMENT})
    bad = order(1, -1.0, d=document, at="2020-02-29T01:02:03.000004Z")
    warehouse.load(wide, bad, **rules(SET_ASIDE, limit="100%"))
    (row,) = waiting(warehouse)
    assert row["d"] == document
    assert row["at"] == dt.datetime(2020, 2, 29, 1, 2, 3, 4, tzinfo=dt.timezone.utc)
    assert row["_quarantine_rules"] == 'ColumnValues "price" > 0'
    assert warehouse.rows("orders") == []


def test_a_column_with_a_name_of_the_quarantines_own_is_refused_when_it_matters(
    warehouse: Warehouse, rules: Rules
) -> None:
    own = schema("orders", {**PROPERTIES, "_quarantine_rules": TEXT})
    warehouse.load(own, order(1), **rules(SET_ASIDE))
    with pytest.raises(SchemaError, match="column named '_quarantine_rules'"):
        warehouse.load(own, order(2, -1.0), order(3), **rules(SET_ASIDE))
    assert prices(warehouse) == {1: 1.0}


def test_keys_of_rows_that_break_a_rule_are_shown_short(warehouse: Warehouse, rules: Rules) -> None:
    by_who = schema("orders", PROPERTIES, keys=["who"])
    with pytest.raises(QualityError) as stopped:
        warehouse.load(by_who, order(1, None, who="x" * 500), **rules('IsComplete "price"'))
    assert f"who={'x' * 60}…" in str(stopped.value)
