"""A table shows what it showed before; what that undoes is told, and comes again once."""

from __future__ import annotations

import json
import logging
from typing import Any
from unittest.mock import patch

import pytest

from columnar_target.errors import ConcurrentWriteError, SettingError, StorageError
from target_s3.iceberg import branches
from target_s3.recovery import roll_back

from .lakes import Lake, state
from .recoveries import Killed, ask, die, waiting
from .test_rules import ORDERS, SET_ASIDE, order, prices, rules
from .upkeep import DAY, grow_older, maintain

pytestmark = pytest.mark.slow  # each makes several loads; together they take long

LOADS = {
    "first": (order(1), order(2)),
    "same": (order(1),),
    "second": (order(2, 2.5), order(3)),
    "third": (order(2, 2.5), order(4)),
}
AFTER = {
    "first": {1: 1.0, 2: 1.0},
    "second": {1: 1.0, 2: 2.5, 3: 1.0},
    "third": {1: 1.0, 2: 2.5, 3: 1.0, 4: 1.0},
}


@pytest.fixture
def history(lake: Lake) -> dict[str, int]:
    """A lake with four loads; the snapshots of those that made one."""
    snapshots = {}
    for run_id, rows in LOADS.items():
        lake.load(ORDERS, *rows, state(orders=run_id), run_id=run_id)
        snapshots[run_id] = lake.snapshots("orders")[-1]
    del snapshots["same"]
    return snapshots


def marks(lake: Lake) -> dict[str, bool]:
    """Whether each run's load counts, as its record says."""
    records = [json.loads(path.read_bytes()) for path in lake.landed("_runs/*.json")]
    return {
        one["run_id"]: stream["published"] and stream["rolled_back"] is None
        for one in records
        for load in one["loads"]
        for stream in load["streams"].values()
    }


def test_readers_see_what_was_before_the_latest_load_and_its_rows_come_again_once(
    lake: Lake, history: dict[str, int]
) -> None:
    report = ask(lake, "--roll-back", "orders")
    assert prices(lake) == AFTER["second"]
    assert (report["before"]["snapshot_id"], report["after"]["snapshot_id"]) == (
        history["third"],
        history["second"],
    )
    assert [(load["run_id"], load["inserted"]) for load in report["undone"]] == [("third", 1)]
    assert report["after"]["rows"] == 3
    assert report["state_then"] == {"bookmarks": {"orders": "second"}}
    assert report["state_now"] == {"bookmarks": {"orders": "third"}}
    assert marks(lake) == {"first": True, "same": True, "second": True, "third": False}

    lake.load(ORDERS, *LOADS["third"], run_id="again")
    lake.load(ORDERS, *LOADS["third"], run_id="and again")
    assert prices(lake) == AFTER["third"]
    counts = [load["streams"]["orders"]["inserted"] for load in lake.outcomes()]
    assert counts == [2, 0, 1, 1, 1, 0]


def test_it_goes_back_to_any_snapshot_that_readers_saw_and_forth_again(
    lake: Lake, history: dict[str, int]
) -> None:
    report = ask(lake, "--roll-back", "orders", "--to", str(history["first"]))
    assert prices(lake) == AFTER["first"]
    assert [load["run_id"] for load in report["undone"]] == ["second", "third"]
    assert marks(lake) == {"first": True, "same": True, "second": False, "third": False}

    report = ask(lake, "--roll-back", "orders", "--to", str(history["third"]))
    assert prices(lake) == AFTER["third"]
    assert [load["run_id"] for load in report["restored"]] == ["second", "third"]
    assert all(marks(lake).values())
    assert [choice["snapshot_id"] for choice in report["choices"]] == [*reversed(history.values())]


def test_a_load_that_changed_nothing_is_undone_with_the_one_that_it_repeated(
    lake: Lake, history: dict[str, int]
) -> None:
    lake.load(ORDERS, *LOADS["third"], run_id="repeated")
    report = ask(lake, "--roll-back", "orders", "--to", str(history["second"]))
    assert [load["run_id"] for load in report["undone"]] == ["third", "repeated"]


def test_a_dry_run_tells_the_same_and_changes_nothing(lake: Lake, history: dict[str, int]) -> None:
    before = lake.table("orders").metadata, lake.outcomes()
    told = ask(lake, "--roll-back", "orders", "--dry-run")
    assert (lake.table("orders").metadata, lake.outcomes()) == before
    done = ask(lake, "--roll-back", "orders")
    assert {**told, "dry_run": False} == done
    assert done["after"]["snapshot_id"] == history["second"]


def test_maintenance_does_not_count_as_a_load_and_keeps_what_readers_see(
    lake: Lake, history: dict[str, int]
) -> None:
    with patch("target_s3.merging.publish.SMALL_FILE_BYTES", 0):
        lake.load(ORDERS, order(5), run_id="fourth")
    maintain(lake)
    assert len(lake.snapshots("orders")) == 5
    ask(lake, "--roll-back", "orders")
    assert prices(lake) == AFTER["third"]
    grow_older(lake, 2 * DAY)
    maintain(lake)
    assert lake.snapshots("orders") == [history["third"]]
    lake.load(ORDERS, order(6))
    assert prices(lake) == {**AFTER["third"], 6: 1.0}
    with pytest.raises(
        SettingError, match=f"expired it. There are, newest first: .*{history['third']}"
    ):
        ask(lake, "--roll-back", "orders", "--to", str(history["first"]))


@pytest.mark.usefixtures("history")
def test_a_load_meanwhile_makes_it_a_sentence_and_stays(lake: Lake) -> None:
    real = branches.move_main

    def late(*args: Any, **kwargs: Any) -> None:
        lake.load(ORDERS, order(7))
        real(*args, **kwargs)

    with (
        patch.object(roll_back, "move_main", late),
        pytest.raises(ConcurrentWriteError, match="A load changed table orders just now"),
    ):
        ask(lake, "--roll-back", "orders")
    assert prices(lake) == {**AFTER["third"], 7: 1.0}
    assert all(marks(lake).values())


@pytest.mark.parametrize("options", [[], ["--to"]])
def test_killed_after_its_move_it_is_completed_and_not_repeated(
    lake: Lake, history: dict[str, int], options: list[str]
) -> None:
    options = [*options, *(str(history["second"]) for _ in options)]
    with patch.object(roll_back, "mark", lambda *_, **__: die()), pytest.raises(Killed):
        ask(lake, "--roll-back", "orders", *options)
    assert marks(lake)["third"]
    report = ask(lake, "--roll-back", "orders", *options)
    assert prices(lake) == AFTER["second"]
    assert [load["run_id"] for load in report["undone"]] == ["third"]
    assert marks(lake) == {"first": True, "same": True, "second": True, "third": False}


def test_the_quarantine_goes_back_with_its_table(lake: Lake) -> None:
    gated = rules(lake, "orders", SET_ASIDE)
    lake.load(ORDERS, order(1), order(2, -2.0), order(3), run_id="first", **gated)
    lake.load(ORDERS, order(2), order(4, -4.0), order(5), order(6), run_id="second", **gated)
    lenient = rules(lake, "orders", "RowCount > 0")
    ask(lake, "--replay", "orders", **lenient, run_id="replay")
    assert (sorted(prices(lake)), waiting(lake, "orders")) == ([1, 2, 3, 4, 5, 6], [])

    report = ask(lake, "--roll-back", "orders")
    assert [(load["run_id"], load["replay"]) for load in report["undone"]] == [("replay", True)]
    assert sorted(prices(lake)) == [1, 2, 3, 5, 6]
    assert [row["id"] for row in waiting(lake, "orders")] == [4]

    ask(lake, "--roll-back", "orders")
    assert prices(lake) == {1: 1.0, 3: 1.0}
    assert [row["id"] for row in waiting(lake, "orders")] == [2]
    ask(lake, "--replay", "orders", **lenient)
    assert prices(lake) == {1: 1.0, 2: -2.0, 3: 1.0}


def test_what_cannot_be_rolled_back_is_a_sentence_that_lists_what_can(
    lake: Lake, history: dict[str, int]
) -> None:
    gated = rules(lake, "orders", 'IsComplete "who"')
    assert lake.run(ORDERS, order(9, who=None), **gated, run_id="stopped").returncode == 3
    (unseen,) = set(lake.snapshots("orders")) - set(history.values())
    for number in (unseen, 7):
        with pytest.raises(SettingError) as fault:
            ask(lake, "--roll-back", "orders", "--to", str(number))
        assert f"cannot go back to snapshot {number}: readers never saw it" in str(fault.value)
        assert [str(choice) in str(fault.value) for choice in history.values()] == [True] * 3
    ask(lake, "--roll-back", "orders", "--to", str(history["first"]))
    with pytest.raises(SettingError, match="cannot go back to the one before its last load"):
        ask(lake, "--roll-back", "orders")
    with pytest.raises(SettingError, match="There is no table 'ordres'"):
        ask(lake, "--roll-back", "ordres")
    with pytest.raises(SettingError, match="Option --to belongs to --roll-back"):
        ask(lake, "--replay", "orders", "--to", "7")


def test_people_are_told_what_comes_again(
    lake: Lake, history: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "target-s3")
    ask(lake, "--roll-back", "orders", "--to", str(history["second"]))
    told = "\n".join(caplog.messages)
    assert f"went from snapshot {history['third']} (" in told
    assert "run third, 4 rows) to " in told
    assert "Undone: run third of " in told
    assert ": 1 inserted, 0 updated, 0 deleted, 0 set aside." in told
    assert 'State then: {"bookmarks": {"orders": "second"}}' in told


@pytest.mark.usefixtures("history")
def test_a_damaged_record_is_named(lake: Lake) -> None:
    (lake.folder / "landing_zone/_runs/broken.json").write_text("{", encoding="utf-8")
    before = lake.table("orders").metadata
    with pytest.raises(StorageError, match=r"record .*broken.json is damaged"):
        ask(lake, "--roll-back", "orders")
    assert lake.table("orders").metadata == before
