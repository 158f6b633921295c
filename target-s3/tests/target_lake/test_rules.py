"""Nothing is seen unchecked: rules on rows and tables, and what follows from breaking them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from columnar_target.errors import QualityError, SchemaError, SettingError

from .lakes import Lake, record, schema, state

ORDERS = schema(
    "orders",
    {
        "id": {"type": "integer"},
        "price": {"type": ["null", "number"]},
        "who": {"type": ["null", "string"]},
    },
)
USERS = schema("users", {"name": {"type": "string"}}, keys=["name"])


def rules(lake: Lake, table: str, *texts: str) -> dict[str, Any]:
    """A configuration with rules for a table."""
    lake.folder.mkdir(exist_ok=True)
    file = lake.folder.parent / f"{table}.dqdl"
    file.write_text(f"Rules = [{', '.join(texts)}]", encoding="utf-8")
    return {"rules": {table: str(file)}, "quarantine_limit": "50%"}


def order(number: int, price: float | None = 1.0, who: str | None = "ann") -> dict[str, Any]:
    return record("orders", id=number, price=price, who=who)


def prices(lake: Lake) -> dict[int, float]:
    return {row["id"]: row["price"] for row in lake.rows("orders")}


def quarantine(lake: Lake) -> list[dict[str, Any]]:
    table = lake.catalog.load_table(("default_quarantine", "orders"))
    return sorted(table.scan().to_arrow().to_pylist(), key=lambda row: int(row["id"]))


SET_ASIDE = 'ColumnValues "price" > 0 labels=["policy"="quarantine"]'


def test_a_load_that_keeps_its_rules_is_published_whole(lake: Lake) -> None:
    gated = rules(lake, "orders", 'IsComplete "who"', 'IsPrimaryKey "id"', SET_ASIDE)
    lake.load(ORDERS, order(1), order(2, 2.0), USERS, record("users", name="ann"), **gated)
    lake.load(ORDERS, order(2, 3.0), order(3), **gated)
    assert prices(lake) == {1: 1.0, 2: 3.0, 3: 1.0}
    assert lake.rows("users") == [{"name": "ann"}]
    assert list(lake.table("orders").metadata.refs) == ["main"]
    assert not list((lake.folder / "_publish").glob("*"))
    assert [load["status"] for load in lake.outcomes()] == ["published", "published"]


def test_a_broken_rule_stops_all_streams_and_names_rule_count_and_keys(lake: Lake) -> None:
    gated = rules(lake, "orders", 'IsComplete "who"')
    lake.load(ORDERS, order(1), USERS, record("users", name="ann"), **gated)
    with pytest.raises(QualityError) as stopped:
        lake.load(USERS, record("users", name="bob"), ORDERS, order(2), order(3, who=None), **gated)
    assert 'IsComplete "who" (block): 1 of 2 rows fail. Among them: id=3.' in str(stopped.value)
    assert prices(lake) == {1: 1.0}
    assert lake.rows("users") == [{"name": "ann"}]
    assert lake.outcomes()[-1]["status"] == "blocked"
    assert lake.outcomes()[-1]["streams"]["users"]["published"] is False


def test_a_stopped_load_writes_no_state_and_ends_with_status_3(lake: Lake) -> None:
    gated = rules(lake, "orders", 'IsComplete "who"')
    done = lake.run(ORDERS, order(1, who=None), state(orders=1), **gated)
    assert done.returncode == 3
    assert done.stdout == b""
    assert b"orders.dqdl" in done.stderr
    assert b"Traceback" not in done.stderr


def test_what_was_to_be_seen_can_be_read_from_the_branch(lake: Lake) -> None:
    gated = rules(lake, "orders", 'IsComplete "who"')
    lake.load(ORDERS, order(1), **gated)
    with pytest.raises(QualityError, match=r"branch audit_r2 of table orders"):
        lake.load(ORDERS, order(2, who=None), run_id="r2", **gated)
    table = lake.table("orders")
    waiting = table.scan().use_ref("audit_r2").to_arrow().to_pylist()
    assert sorted(row["id"] for row in waiting) == [1, 2]
    lake.load(ORDERS, order(2), run_id="r2", **gated)
    assert prices(lake) == {1: 1.0, 2: 1.0}


def test_a_rule_on_the_table_is_held_against_what_it_would_become(lake: Lake) -> None:
    gated = rules(lake, "orders", 'Sum "price" < 10')
    lake.load(ORDERS, order(1, 4.0), order(2, 5.0), **gated)
    with pytest.raises(QualityError, match=r'Sum "price" < 10'):
        lake.load(ORDERS, order(3, 2.0), **gated)
    lake.load(ORDERS, order(1, 1.0), order(3, 2.0), **gated)
    assert prices(lake) == {1: 1.0, 2: 5.0, 3: 2.0}


def test_rows_that_are_there_already_are_not_held_against_rules_on_rows(lake: Lake) -> None:
    lake.load(ORDERS, order(1, who=None))
    lake.load(ORDERS, order(1, who=None), order(2), **rules(lake, "orders", 'IsComplete "who"'))
    assert sorted(prices(lake)) == [1, 2]


def test_a_threshold_is_a_share_of_the_table(lake: Lake) -> None:
    gated = rules(lake, "orders", 'ColumnValues "price" > 0 with threshold >= 0.75')
    lake.load(ORDERS, order(1), order(2), order(3), **gated)
    lake.load(ORDERS, order(4, -1.0), **gated)
    with pytest.raises(QualityError):
        lake.load(ORDERS, order(5, -1.0), **gated)
    assert prices(lake) == {1: 1.0, 2: 1.0, 3: 1.0, 4: -1.0}


def test_a_warning_is_told_and_stops_nothing(lake: Lake) -> None:
    gated = rules(lake, "orders", 'IsComplete "who" labels=["policy"="warn"]', "RowCount > 0")
    done = lake.run(ORDERS, order(1, who=None), **gated)
    assert done.returncode == 0
    assert b'IsComplete "who" (warn): 1 of 1 rows fail. Among them: id=1.' in done.stderr
    assert sorted(prices(lake)) == [1]


def test_a_rule_that_cannot_be_answered_stops_a_load_unless_it_only_warns(lake: Lake) -> None:
    unanswerable = 'Entropy "price" > 1'
    with pytest.raises(QualityError, match="Entropy is not evaluated here"):
        lake.load(ORDERS, order(1), **rules(lake, "orders", unanswerable))
    assert lake.rows("orders") == []
    lake.load(ORDERS, order(1), **rules(lake, "orders", f'{unanswerable} labels=["policy"="warn"]'))
    assert sorted(prices(lake)) == [1]


def test_another_table_is_read_as_it_is_to_become(lake: Lake) -> None:
    gated = rules(lake, "orders", 'ReferentialIntegrity "who" "users.name" = 1.0')
    lake.load(ORDERS, order(1), USERS, record("users", name="ann"), **gated)
    with pytest.raises(QualityError, match="ReferentialIntegrity"):
        lake.load(ORDERS, order(2, who="bob"), **gated)
    lake.load(ORDERS, order(2, who="bob"), USERS, record("users", name="bob"), **gated)
    lake.load(ORDERS, order(3, who="bob"), **gated)
    assert sorted(prices(lake)) == [1, 2, 3]


def test_rows_set_aside_are_kept_with_rule_run_and_time_and_the_others_are_published(
    lake: Lake,
) -> None:
    second = 'IsComplete "who" labels=["policy"="quarantine"]'
    gated = rules(lake, "orders", SET_ASIDE, second)
    lake.load(ORDERS, order(1), order(2), order(3), order(4), run_id="first", **gated)
    lake.load(
        ORDERS, order(2, -2.0), order(3, -3.0, None), order(5), order(6), run_id="second", **gated
    )
    # what was good before stays
    assert prices(lake) == {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0, 5: 1.0, 6: 1.0}
    rows = quarantine(lake)
    assert [(row["id"], row["price"], row["who"]) for row in rows] == [
        (2, -2.0, "ann"),
        (3, -3.0, None),
    ]
    assert [row["_quarantine_rules"].split("\n") for row in rows] == [
        ['ColumnValues "price" > 0'],
        ['ColumnValues "price" > 0', 'IsComplete "who"'],
    ]
    assert {row["_quarantine_run_id"] for row in rows} == {"second"}
    assert {row["_quarantined_at"] for row in rows} == {row["processing_timestamp"] for row in rows}
    counts = lake.outcomes()[-1]["streams"]["orders"]
    assert (counts["inserted"], counts["unchanged"], counts["withheld"]) == (2, 0, 2)


def test_a_row_leaves_quarantine_when_a_good_version_of_it_comes(lake: Lake) -> None:
    gated = rules(lake, "orders", SET_ASIDE)
    lake.load(ORDERS, order(1), order(2, -1.0), order(3, -1.0), order(4), order(5), **gated)
    lake.load(ORDERS, order(2, 2.0), **gated)
    assert prices(lake) == {1: 1.0, 2: 2.0, 4: 1.0, 5: 1.0}
    assert [row["id"] for row in quarantine(lake)] == [3]


def test_the_same_bad_rows_once_more_change_nothing(lake: Lake) -> None:
    gated = rules(lake, "orders", SET_ASIDE)
    messages = (ORDERS, order(1), order(2, -1.0))
    lake.load(*messages, **gated)
    before = lake.catalog.load_table(("default_quarantine", "orders")).metadata
    lake.load(*messages, **gated)
    assert lake.catalog.load_table(("default_quarantine", "orders")).metadata == before
    assert len(lake.snapshots("orders")) == 1


def test_a_load_without_rows_leaves_the_quarantine_alone(lake: Lake) -> None:
    gated = rules(lake, "orders", SET_ASIDE)
    lake.load(ORDERS, order(1), order(2, -1.0), **gated)
    lake.load(ORDERS, **gated)
    assert [row["id"] for row in quarantine(lake)] == [2]


def test_more_bad_rows_than_the_limit_stop_the_load(lake: Lake) -> None:
    gated = rules(lake, "orders", SET_ASIDE)
    messages = (ORDERS, order(1, -1.0), order(2, -1.0), order(3), order(4), order(5))
    with pytest.raises(QualityError, match=r"2 of 5 rows would be set aside.*\(30%\)"):
        lake.load(*messages, **{**gated, "quarantine_limit": "30%"})
    with pytest.raises(
        QualityError, match=r"2 of 5 rows would be set aside.*\(1\).*raise quarantine_limit"
    ):
        lake.load(*messages, **{**gated, "quarantine_limit": "1"})
    assert lake.rows("orders") == []
    lake.load(*messages, **{**gated, "quarantine_limit": "2"})
    lake.load(*messages, **{**gated, "quarantine_limit": "40%"})
    assert sorted(prices(lake)) == [3, 4, 5]
    assert [row["id"] for row in quarantine(lake)] == [1, 2]


def test_every_result_is_kept_as_a_table(lake: Lake) -> None:
    gated = rules(lake, "orders", 'IsComplete "who"', SET_ASIDE, "RowCount between 0 and 100")
    lake.load(ORDERS, order(1), order(2, -1.0), run_id="good", **gated)
    with pytest.raises(QualityError):
        lake.load(ORDERS, order(3), order(4, who=None), run_id="bad", **gated)
    table = lake.catalog.load_table(("default_quality", "results"))
    rows = table.scan().to_arrow().to_pylist()
    columns = ("run_id", "rule_number", "policy", "outcome", "measured", "failing_rows", "decision")
    assert sorted(tuple(row[name] for name in columns) for row in rows) == [
        ("bad", 1, "block", "failed", 0.5, 1, "block"),
        ("bad", 2, "quarantine", "passed", 1.0, 0, "block"),
        ("bad", 3, "block", "passed", 3.0, None, "block"),
        ("good", 1, "block", "passed", 1.0, 0, "publish"),
        ("good", 2, "quarantine", "failed", 0.5, 1, "publish"),
        ("good", 3, "block", "passed", 1.0, None, "publish"),
    ]
    assert {row["table_name"] for row in rows} == {"orders"}
    assert {(row["run_id"], row["rows_set_aside"]) for row in rows} == {("good", 1), ("bad", 0)}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "names the file .*orders.dqdl, which cannot be read"),
        ("Rules = [ IsComplete ]", r"orders.dqdl:1:\d+"),
        ('Rules = [ RowCount > 1 labels=["policy"="quarantine"] ]', "no single row breaks"),
    ],
)
def test_rules_that_cannot_be_used_are_told_before_anything_is_loaded(
    lake: Lake, tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "orders.dqdl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingError, match=sentence):
        lake.load(ORDERS, order(1), rules={"orders": str(file)})
    assert not lake.landed()


GONE_AT = {"_sdc_deleted_at": {"type": ["null", "string"], "format": "date-time"}}
TOMBSTONED = schema("orders", {**ORDERS["schema"]["properties"], **GONE_AT})


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_a_row_that_was_told_to_be_gone_is_not_brought_back_by_a_bad_version_after_it(
    lake: Lake, *, hard: bool, before: bool
) -> None:
    gated = {**rules(lake, "orders", SET_ASIDE), "quarantine_limit": "100%", "hard_delete": hard}
    good, bad = order(1, 7.0), order(1, -1.0)
    gone = record("orders", id=1, price=7.0, who="ann", _sdc_deleted_at="2026-01-01T00:00:00Z")
    if before:
        lake.load(TOMBSTONED, good, **gated)
        lake.load(TOMBSTONED, gone, bad, **gated)
    else:
        lake.load(TOMBSTONED, good, gone, bad, **gated)
    alive = [row for row in lake.rows("orders") if row["_sdc_deleted_at"] is None]
    assert alive == []
    assert [row["price"] for row in quarantine(lake)] == [-1.0]


@pytest.mark.parametrize("bad_first", [True, False])
def test_a_bad_row_that_moved_to_another_group_stays_in_none(
    lake: Lake, *, bad_first: bool
) -> None:
    gated = {
        **rules(lake, "orders", SET_ASIDE),
        "quarantine_limit": "100%",
        "streams": {"orders": {"replace_by": ["who"]}},
    }
    lake.load(ORDERS, order(1, who="ann"), order(2, who="ann"), **gated)
    messages = [order(1, who="ann"), order(2, -1.0, who="bob")]
    lake.load(ORDERS, *(reversed(messages) if bad_first else messages), **gated)
    assert sorted(prices(lake)) == [1]
    assert [row["id"] for row in quarantine(lake)] == [2]


def test_a_rule_whose_sql_cannot_be_asked_stops_the_load_and_is_named(lake: Lake) -> None:
    odd = 'IsComplete "price" where "cast(who as int) > 3" labels=["policy"="quarantine"]'
    with pytest.raises(QualityError, match=r"cast\(who as int\).*cannot be answered"):
        lake.load(ORDERS, order(1), **rules(lake, "orders", SET_ASIDE, odd))
    assert lake.rows("orders") == []


def test_a_table_made_anew_with_other_keys_is_told_about_its_quarantine(lake: Lake) -> None:
    gated = rules(lake, "orders", SET_ASIDE)
    lake.load(ORDERS, order(1), order(2, -1.0), **gated)
    lake.catalog.drop_table(("default", "orders"))
    by_who = schema("orders", ORDERS["schema"]["properties"], keys=["who"])
    with pytest.raises(SchemaError, match=r"wait in default_quarantine\.orders by .'id'."):
        lake.load(by_who, order(1), **gated)


def test_a_column_with_a_name_of_the_quarantines_own_is_refused_when_it_matters(lake: Lake) -> None:
    own = {**ORDERS["schema"]["properties"], "_quarantine_rules": {"type": ["null", "string"]}}
    lake.load(schema("orders", own), order(1), **rules(lake, "orders", SET_ASIDE))
    with pytest.raises(SchemaError, match="column named '_quarantine_rules'"):
        lake.load(
            schema("orders", own), order(2, -1.0), order(3), **rules(lake, "orders", SET_ASIDE)
        )


def test_a_rule_may_speak_of_its_own_table(lake: Lake) -> None:
    gated = rules(lake, "orders", 'ReferentialIntegrity "who" "orders.who" = 1.0')
    lake.load(ORDERS, order(1), **gated)
    assert sorted(prices(lake)) == [1]


def test_rules_of_a_table_that_nobody_knows_are_told(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    lake.load(ORDERS, order(1), **rules(lake, "order", 'IsComplete "who"'))
    assert "Setting rules.order: there is no table of that name" in caplog.text


def test_a_threshold_and_quarantine_exclude_each_other(lake: Lake) -> None:
    odd = 'ColumnValues "price" > 0 with threshold > 0.5 labels=["policy"="quarantine"]'
    with pytest.raises(SettingError, match="a threshold says nothing"):
        lake.load(ORDERS, order(1), **rules(lake, "orders", odd))
