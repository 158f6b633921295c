"""What waits in quarantine goes through the rules again, and is in one place at any time."""

from __future__ import annotations

from typing import Any

import pytest

from columnar_target.errors import QualityError, SettingError

from .lakes import Lake, record, schema
from .recoveries import Killed, ask, at_move, die, journals, unaware_of_journals, waiting
from .test_rules import ORDERS, SET_ASIDE, order, prices, quarantine, rules

pytestmark = pytest.mark.slow  # each makes several loads; together they take long

LOW = 'ColumnValues "price" > -5 labels=["policy"="quarantine"]'
EVENTS = schema("events", {"n": {"type": "integer"}}, keys=())


@pytest.fixture
def gated(lake: Lake) -> dict[str, Any]:
    """A lake in which orders 2, 3 and 4 wait; from now on only prices below -5 are wrong."""
    config = rules(lake, "orders", SET_ASIDE)
    lake.load(ORDERS, order(1), order(2), order(5), order(6), run_id="good", **config)
    lake.load(
        ORDERS,
        order(2, -2.0),
        order(3, -3.0),
        order(4, -4.0),
        *map(order, range(7, 12)),
        run_id="bad",
        **config,
    )
    return rules(lake, "orders", LOW)


REST = {1: 1.0, 5: 1.0, 6: 1.0, **dict.fromkeys(range(7, 12), 1.0)}
REPLAYED = {**REST, 2: -2.0, 3: -3.0, 4: -4.0}


def both(lake: Lake) -> tuple[dict[int, float], list[int]]:
    return prices(lake), [row["id"] for row in quarantine(lake)]


def test_rows_that_keep_the_rules_now_come_in_as_they_arrived(
    lake: Lake, gated: dict[str, Any]
) -> None:
    arrived = {row["id"]: row for row in quarantine(lake)}
    report = ask(lake, "--replay", "orders", **gated)
    assert both(lake) == (REPLAYED, [])
    rows = {row["id"]: row for row in lake.rows("orders", load_columns=True)}
    assert {key: rows[key] for key in arrived} == {
        key: {name: value for name, value in row.items() if not name.startswith("_quarantine")}
        for key, row in arrived.items()
    }
    counts = ("waited", "inserted", "updated", "unchanged", "still_waiting")
    assert [report[name] for name in counts] == [3, 2, 1, 0, 0]
    assert report["snapshot_id"] == lake.snapshots("orders")[-1]
    assert journals(lake) == []


def test_rows_that_break_a_rule_as_before_stay_and_a_second_time_nothing_changes(
    lake: Lake, gated: dict[str, Any]
) -> None:
    gated |= rules(lake, "orders", 'ColumnValues "price" > -2.5 labels=["policy"="quarantine"]')
    # more than the limit of 50% stay: it is meant for loads
    assert ask(lake, "--replay", "orders", **gated)["still_waiting"] == 2
    assert both(lake) == ({**REST, 2: -2.0}, [3, 4])
    before = lake.table("orders").metadata, waiting(lake, "orders")
    report = ask(lake, "--replay", "orders", **gated)
    assert (report["waited"], report["still_waiting"], report["snapshot_id"]) == (2, 2, None)
    assert (lake.table("orders").metadata, waiting(lake, "orders")) == before


def test_a_blocking_rule_stops_a_replay_and_all_wait_as_before(
    lake: Lake, gated: dict[str, Any]
) -> None:
    gated |= rules(lake, "orders", LOW, 'ColumnValues "price" > -2.5')
    with pytest.raises(QualityError, match=r"2 of 3 rows fail. Among them: id=3; id=4.") as stopped:
        ask(lake, "--replay", "orders", **gated)
    assert stopped.value.exit_status == 3
    assert both(lake) == ({**REST, 2: 1.0}, [2, 3, 4])
    assert lake.outcomes()[-1]["status"] == "blocked"


def test_a_group_keeps_its_other_rows(lake: Lake) -> None:
    lines = schema(
        "orders",
        {"id": {"type": "integer"}, "at": {"type": "integer"}, "price": {"type": "number"}},
        keys=["id", "at"],
    )
    config = {
        **rules(lake, "orders", SET_ASIDE),
        "streams": {"orders": {"replace_by": ["id"]}},
    }
    rows = [record("orders", id=1, at=at, price=price) for at, price in ((1, 1.0), (2, -2.0))]
    lake.load(lines, *rows, **config)
    ask(lake, "--replay", "orders", **{**config, **rules(lake, "orders", LOW)})
    assert [(row["at"], row["price"]) for row in lake.rows("orders")] == [(1, 1.0), (2, -2.0)]


def keyless(lake: Lake) -> dict[str, Any]:
    config = rules(lake, "events", 'ColumnValues "n" > 1 labels=["policy"="quarantine"]')
    lake.load(EVENTS, *(record("events", n=n) for n in (0, 1, 1, 2, 2, 3)), **config)
    return rules(lake, "events", 'ColumnValues "n" > 0 labels=["policy"="quarantine"]')


def events(lake: Lake) -> tuple[list[int], list[int]]:
    there = [row["n"] for row in lake.rows("events")]
    return sorted(there), sorted(row["n"] for row in waiting(lake, "events"))


def test_rows_without_keys_are_in_one_place_too(lake: Lake) -> None:
    config = keyless(lake)
    assert events(lake) == ([2, 2, 3], [0, 1, 1])
    ask(lake, "--replay", "events", **config)
    ask(lake, "--replay", "events", **config)
    assert events(lake) == ([1, 1, 2, 2, 3], [0])


@pytest.mark.parametrize(("at", "after"), [(1, False), (1, True), (2, True)])
def test_killed_between_its_moves_it_is_finished_by_the_next_one(
    lake: Lake, gated: dict[str, Any], at: int, after: bool
) -> None:
    with at_move(at, die, after=after), pytest.raises(Killed):
        ask(lake, "--replay", "orders", **gated)
    report = ask(lake, "--replay", "orders", **gated)
    assert both(lake) == (REPLAYED, [])
    assert report["waited"] == 0
    assert journals(lake) == []
    assert all(load["status"] == "published" for load in lake.outcomes())


def test_what_another_load_kept_from_coming_in_waits_on(lake: Lake, gated: dict[str, Any]) -> None:
    with at_move(1, die), pytest.raises(Killed):
        ask(lake, "--replay", "orders", **gated)
    with unaware_of_journals():
        lake.load(ORDERS, order(50), **gated)
    lake.load(ORDERS, order(50), **gated)
    assert journals(lake) == []
    assert both(lake) == ({**REST, 2: 1.0, 50: 1.0}, [2, 3, 4])


@pytest.mark.parametrize("after", [False, True])
def test_killed_between_its_moves_it_brings_rows_without_keys_once(lake: Lake, after: bool) -> None:
    config = keyless(lake)
    with at_move(1, die, after=after), pytest.raises(Killed):
        ask(lake, "--replay", "events", **config)
    ask(lake, "--replay", "events", **config)
    assert events(lake) == ([1, 1, 2, 2, 3], [0])


@pytest.mark.parametrize(("at", "fourth"), [(1, {}), (2, {4: -4.0})])
def test_a_newer_version_that_comes_meanwhile_is_never_replaced_by_the_waiting_one(
    lake: Lake, gated: dict[str, Any], at: int, fourth: dict[int, float]
) -> None:
    def load() -> None:
        # a good version that was there before, a good one that is new, a worse one, another
        rows = (order(2), order(3, 3.0), order(4, -40.0), order(20, -20.0))
        with unaware_of_journals():
            lake.load(ORDERS, *rows, **{**gated, "quarantine_limit": "100%"})

    with at_move(at, load):
        ask(lake, "--replay", "orders", **gated)
    assert both(lake) == ({**REST, 2: 1.0, 3: 3.0, **fourth}, [4, 20])


@pytest.mark.parametrize("at", [1, 2])
def test_a_load_that_changes_the_quarantine_alone_is_not_overtaken_either(
    lake: Lake, gated: dict[str, Any], at: int
) -> None:
    def load() -> None:
        with unaware_of_journals():
            lake.load(ORDERS, order(2), **gated)

    with at_move(at, load):
        ask(lake, "--replay", "orders", **gated)
    assert both(lake) == ({**REST, 2: 1.0, 3: -3.0, 4: -4.0}, [])


def test_a_load_that_begins_meanwhile_finishes_the_replay_first(
    lake: Lake, gated: dict[str, Any]
) -> None:
    with at_move(2, lambda: lake.load(ORDERS, order(3, 3.0), **gated)):
        ask(lake, "--replay", "orders", **gated)
    assert both(lake) == ({**REPLAYED, 3: 3.0}, [])
    assert journals(lake) == []


def test_two_replays_at_once_bring_rows_without_keys_once(lake: Lake) -> None:
    config = keyless(lake)
    with at_move(1, lambda: ask(lake, "--replay", "events", **config)):
        ask(lake, "--replay", "events", **config)
    assert events(lake) == ([1, 1, 2, 2, 3], [0])


@pytest.mark.parametrize("at", [1, 2])
def test_rows_without_keys_that_come_meanwhile_wait_too(lake: Lake, at: int) -> None:
    config = {**keyless(lake), "quarantine_limit": "100%"}
    more = (EVENTS, record("events", n=0), record("events", n=5))

    def load() -> None:
        with unaware_of_journals():
            lake.load(*more, **config)

    with at_move(at, load):
        ask(lake, "--replay", "events", **config)
    assert events(lake) == ([1, 1, 2, 2, 3, 5], [0, 0])


def test_a_load_that_died_between_table_and_quarantine_is_finished_before_rows_are_read(
    lake: Lake, gated: dict[str, Any]
) -> None:
    def load_and_die() -> None:
        with unaware_of_journals(), at_move(1, die, after=True), pytest.raises(Killed):
            lake.load(ORDERS, order(3, 3.0), **gated)

    # the replay has looked for journals when it began: this one comes later
    with at_move(1, load_and_die):
        ask(lake, "--replay", "orders", **gated)
    assert both(lake) == ({**REPLAYED, 3: 3.0}, [])


def test_what_cannot_be_replayed_is_a_sentence(lake: Lake) -> None:
    config = rules(lake, "orders", SET_ASIDE)
    with pytest.raises(SettingError, match="There is no lake"):
        ask(lake, "--replay", "orders", **config)
    lake.load(ORDERS, order(1), **config)
    with pytest.raises(SettingError, match=r"'users' has no rules in the setting rules .orders."):
        ask(lake, "--replay", "users", **config)
    with pytest.raises(SettingError, match=r"There is no table 'orders'.*--rebuild"):
        ask(lake, "--replay", "orders", **config, namespace="other")
    with pytest.raises(SettingError, match="--maintain and --replay are commands of their own"):
        ask(lake, "--replay", "orders", "--maintain", **config)
    with pytest.raises(SettingError, match="Option --older-than belongs to --maintain"):
        ask(lake, "--replay", "orders", "--older-than", "2h", **config)
    assert ask(lake, "--replay", "orders", **config)["waited"] == 0
