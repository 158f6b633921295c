"""A table made anew from its landing files is the table that was, to the last column."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from columnar_target.errors import ConcurrentWriteError, QualityError, SettingError, StorageError
from deftunes_sandbox.taps.examples import examples
from target_s3.iceberg.branches import move_main
from target_s3.lake.runs import LoadOutcome
from target_s3.load import LakeLoad
from target_s3.recovery import counted, rebuild, roll_back
from target_s3.recovery.scratch_lake import ScratchLake

from .lakes import Lake, Message, record, schema, state
from .recoveries import Killed, ask, at_move, die, journals, waiting
from .test_model import Crash, crash_at
from .test_rules import ORDERS, SET_ASIDE, order, prices, rules
from .upkeep import DAY, grow_older, maintain

pytestmark = pytest.mark.slow  # each makes several loads; together they take long

Rows = list[dict[str, Any]]


def content(lake: Lake, name: str = "orders") -> tuple[Rows, Rows]:
    """All that a table and its quarantine say."""
    has_quarantine = lake.catalog.table_exists(("default_quarantine", name))
    return (
        lake.rows(name, load_columns=True) if lake.catalog.table_exists(("default", name)) else [],
        waiting(lake, name) if has_quarantine else [],
    )


def drop(lake: Lake, name: str = "orders") -> None:
    for namespace in ("default", "default_quarantine"):
        if lake.catalog.table_exists((namespace, name)):
            lake.catalog.drop_table((namespace, name))


def assert_rebuilt(lake: Lake, name: str = "orders", **config: Any) -> dict[str, Any]:
    """Drop a table and rebuild it; returns the report."""
    before = content(lake, name)
    columns = lake.table(name).schema().column_names
    drop(lake, name)
    report = ask(lake, "--rebuild", name, **config)
    assert content(lake, name) == before
    assert lake.table(name).schema().column_names == columns
    assert (report["deviations"], journals(lake)) == ([], [])
    return report


def assert_right_already(lake: Lake, name: str = "orders", **config: Any) -> None:
    """Rebuild a table that is as it should be: nothing is committed."""
    before = lake.table(name).metadata
    report = ask(lake, "--rebuild", name, **config)
    assert (report["snapshot_id"], lake.table(name).metadata) == (None, before)


@pytest.fixture
def history(lake: Lake) -> dict[str, Any]:
    """A lake with rows that were replaced, set aside, let in, stopped and killed."""
    gated = rules(lake, "orders", SET_ASIDE, 'IsComplete "who"')
    lake.load(ORDERS, order(1), order(2), order(3, -3.0), run_id="first", **gated)
    lake.load(ORDERS, order(1), order(2, 2.5), order(4, -4.0), run_id="second", **gated)
    with pytest.raises(QualityError):
        lake.load(ORDERS, order(8, who=None), run_id="stopped", **gated)
    lake.load(ORDERS, order(3, 3.0), order(9), run_id="third", **gated)
    return gated


def test_it_is_the_table_that_was_with_its_quarantine(lake: Lake, history: dict[str, Any]) -> None:
    assert_right_already(lake, **history)
    report = assert_rebuilt(lake, **history)
    assert prices(lake) == {1: 1.0, 2: 2.5, 3: 3.0, 9: 1.0}
    assert [row["id"] for row in waiting(lake, "orders")] == [4]
    assert (report["loads"], report["files"], report["unpublished"]) == (3, 3, 1)
    assert report["change"] == {"inserted": 4, "updated": 0, "deleted": 0, "unchanged": 0}
    lake.load(ORDERS, order(9, 9.0), **history)
    assert prices(lake)[9] == 9.0


def test_rules_count_as_they_were_asked_and_a_replay_happens_in_its_turn(
    lake: Lake, history: dict[str, Any]
) -> None:
    lenient = rules(lake, "orders", "RowCount > 0")
    before = content(lake)
    assert_rebuilt(lake, **lenient)
    assert content(lake) == before
    ask(lake, "--replay", "orders", **lenient)
    assert_rebuilt(lake, **lenient)
    assert prices(lake)[4] == -4.0
    assert len(history) == 2


EVERYTHING = {
    "id": {"type": "integer"},
    "amount": {"type": ["null", "string"], "format": "singer.decimal", "precision": 38, "scale": 9},
    "at": {"type": ["null", "string"], "format": "date-time"},
    "day": {"type": ["null", "string"], "format": "date"},
    "clock": {"type": ["null", "string"], "format": "time"},
    "any": {},
    "ratio": {"type": ["null", "number"]},
    "yes": {"type": ["null", "boolean"]},
}
VALUES = {
    "amount": "12345678901234567890123456789.123456789",
    "at": "2020-02-29T23:59:59.999999+05:00",
    "day": "2020-02-29",
    "clock": "23:59:59.5",
    "any": {"nested": [1.10, None, "ü\u2028"], "big": 10**30},
    "ratio": 0.1,
    "yes": True,
}


@pytest.mark.parametrize("landing_format", ["parquet", "jsonl.gz"])
def test_both_landing_formats_keep_all_values_and_the_rows_after_the_last_state_are_left_out(
    lake: Lake, landing_format: str
) -> None:
    options: dict[str, Any] = {
        "landing_format": landing_format,
        "commit_at": "last_state",
        "batch_size_rows": 2,
        "streams": {"orders": {"types": {"ratio": "float"}}},
    }
    narrow = {name: EVERYTHING[name] for name in ("id", "any", "ratio")}
    lake.load(
        schema("orders", narrow),
        *(record("orders", id=number, any=number, ratio=0.5) for number in range(3)),
        schema("orders", EVERYTHING),
        record("orders", id=3, **VALUES),
        record("orders", id=2, any="2", yes=False),
        state(orders=1),
        record("orders", id=0, **VALUES),
        **options,
    )
    assert_rebuilt(lake, **options)
    assert [row["id"] for row in lake.rows("orders") if row["amount"]] == [3]


def test_rows_without_keys_are_there_as_often(lake: Lake) -> None:
    events = schema("events", {"n": {"type": "integer"}}, keys=())
    gated = rules(lake, "events", 'ColumnValues "n" > 1 labels=["policy"="quarantine"]')
    for numbers in ((1, 2, 2), (2, 3), (1, 1, 3, 4)):
        lake.load(events, *(record("events", n=n) for n in numbers), **gated)
    assert_rebuilt(lake, "events", **gated)
    assert [row["n"] for row in lake.rows("events")] == [2, 2, 2, 3, 3, 4]


def test_a_dry_run_tells_what_differs_and_a_rebuild_mends_it(
    lake: Lake, history: dict[str, Any]
) -> None:
    before = content(lake)
    table = lake.table("orders")
    broken = table.scan().to_arrow().to_pylist()
    table.delete("id in (1, 2, 9)")
    (first,) = [row for row in broken if row["id"] == 1]
    strange = [
        {**first, "ingest_on": first["ingest_on"] + timedelta(days=1)},
        {**first, "id": 70},
    ]
    table.append(pa.Table.from_pylist(strange, schema=table.schema().as_arrow()))
    damaged = content(lake)
    expected = {"inserted": 2, "updated": 1, "deleted": 1, "unchanged": 1}
    told = ask(lake, "--rebuild", "orders", "--dry-run", **history)
    assert (told["change"], content(lake)) == (expected, damaged)
    assert "is another program's" in told["notes"][0]
    done = ask(lake, "--rebuild", "orders", **history)
    assert (done["change"], content(lake)) == (expected, before)
    assert done["snapshot_id"] == lake.snapshots("orders")[-1]
    assert ask(lake, "--rebuild", "orders", **history)["snapshot_id"] is None


@pytest.mark.parametrize("dies", [False, True])
def test_what_was_rolled_back_does_not_come_back_and_what_came_again_does(
    lake: Lake, history: dict[str, Any], dies: bool
) -> None:
    if dies:
        with patch.object(roll_back, "mark", lambda *_, **__: die()), pytest.raises(Killed):
            ask(lake, "--roll-back", "orders", **history)
    else:
        ask(lake, "--roll-back", "orders", **history)
    rolled_back = {1: 1.0, 2: 2.5}
    assert prices(lake) == rolled_back
    report = ask(lake, "--rebuild", "orders", **history)
    assert (prices(lake), report["rolled_back"], report["snapshot_id"]) == (rolled_back, 1, None)
    lake.load(ORDERS, order(3, 3.5), order(4), **history)
    if not dies:  # the marks are there when the table is not
        assert_rebuilt(lake, **history)
    assert prices(lake) == {**rolled_back, 3: 3.5, 4: 1.0}


def test_a_roll_back_counts_that_could_not_mark_its_loads_however_long_ago(
    lake: Lake, history: dict[str, Any]
) -> None:
    with patch.object(roll_back, "mark", lambda *_, **__: die()), pytest.raises(Killed):
        ask(lake, "--roll-back", "orders", **history)
    before = content(lake)
    grow_older(lake, 2 * DAY)
    maintain(lake)
    ask(lake, "--rebuild", "orders", **history)
    assert content(lake) == before


def test_so_does_the_roll_back_of_another_program(lake: Lake, history: dict[str, Any]) -> None:
    table = lake.table("orders")
    first, *_, third = (entry.snapshot_id for entry in table.metadata.snapshot_log)
    move_main(lake.catalog, table, base=third, snapshot_id=first, branch=None)
    report = ask(lake, "--rebuild", "orders", **history)
    assert (prices(lake), report["rolled_back"]) == ({1: 1.0, 2: 1.0}, 2)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.heavy
def test_killed_at_its_move_it_is_finished_by_whoever_comes_next(
    lake: Lake, history: dict[str, Any], after: bool
) -> None:
    before = content(lake)
    drop(lake)
    with at_move(1, die, after=after), pytest.raises(Killed):
        ask(lake, "--rebuild", "orders", **history)
    lake.load(schema("users", {"id": {"type": "integer"}}), record("users", id=1))
    assert content(lake) == before
    assert journals(lake) == []


def meanwhile(owner: Any, name: str, happens: Callable[[], object]) -> Any:
    real = getattr(owner, name)

    def late(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        happens()
        return result

    return patch.object(owner, name, late)


@pytest.mark.heavy
def test_a_load_meanwhile_is_never_lost(lake: Lake, history: dict[str, Any]) -> None:
    def load() -> None:
        lake.load(ORDERS, order(50), **history)

    for owner, name in ((rebuild, "past_loads"), (ScratchLake, "rows")):
        with (
            meanwhile(owner, name, load),
            pytest.raises(ConcurrentWriteError, match="was loaded while it was made anew"),
        ):
            ask(lake, "--rebuild", "orders", **history)
        assert prices(lake)[50] == 1.0
        lake.load(ORDERS, order(50, 5.0), **history)


def test_a_run_that_is_not_recorded_yet_is_waited_for(lake: Lake) -> None:
    lake.load(ORDERS, order(1))
    with patch("target_s3.load.write_outcome", lambda *_: die()), pytest.raises(Killed):
        lake.load(ORDERS, order(2), run_id="killed")
    with pytest.raises(ConcurrentWriteError, match="Run killed has changed table orders at"):
        ask(lake, "--rebuild", "orders")
    with patch.object(counted, "AT_WORK", timedelta()):
        report = ask(lake, "--rebuild", "orders", "--dry-run")
    assert report["change"]["deleted"] == 1
    assert "Run killed was killed at" in report["notes"][0]
    lake.load(ORDERS, order(2), run_id="next")
    ask(lake, "--rebuild", "orders")
    assert prices(lake) == {1: 1.0, 2: 1.0}


def records(lake: Lake) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in lake.landed("_runs/*.json"):
        yield path, json.loads(path.read_bytes())


@pytest.mark.heavy
def test_what_cannot_be_rebuilt_is_a_sentence_and_nothing_changes(
    lake: Lake, history: dict[str, Any]
) -> None:
    before = content(lake)
    (landed, *_) = lake.landed("orders/**/orders-second-*.parquet")
    whole = landed.read_bytes()
    landed.unlink()
    with pytest.raises(StorageError, match=rf"landing file .*{landed.name} of run second is gone"):
        ask(lake, "--rebuild", "orders", **history)
    (other, *_) = lake.landed("orders/**/orders-third-*.parquet")
    landed.write_bytes(other.read_bytes())
    with pytest.raises(StorageError, match="hold 2 rows of stream 'orders', and 3 have landed"):
        ask(lake, "--rebuild", "orders", **history)
    landed.write_bytes(whole)
    with pytest.raises(SettingError, match="No run record tells of a load of table 'ordres'"):
        ask(lake, "--rebuild", "ordres", **history)
    for path, one in records(lake):
        if one["run_id"] == "first":
            for name in ("origin", "published_at", "base"):
                del one["loads"][0]["streams"]["orders"][name]
            path.write_text(json.dumps(one), encoding="utf-8")
    with pytest.raises(
        SettingError, match=r"record .*first.json was written by an earlier version"
    ):
        ask(lake, "--rebuild", "orders", **history)
    assert content(lake) == before


def version(number: int, *rows: Message) -> list[Message]:
    return [{**row, "version": number} for row in rows]


def activate(number: int) -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": "orders", "version": number}


def test_whole_reads_remove_what_they_removed_and_no_more(lake: Lake) -> None:
    lake.load(ORDERS, order(1), order(2), order(3))
    # rows of an older read come first, and count for nothing
    lake.load(ORDERS, *version(1, order(8)), *version(2, order(1), order(3)), activate(2))
    # a read that an earlier run began is not whole
    lake.load(ORDERS, *version(3, order(1)))
    lake.load(ORDERS, *version(3, order(4)), activate(3))
    assert_rebuilt(lake)
    marked = {row["id"]: row["_sdc_deleted_at"] is not None for row in lake.rows("orders")}
    assert marked == {1: False, 2: True, 3: False, 4: False}


def test_loads_happen_in_the_order_in_which_they_were_published(lake: Lake) -> None:
    real, others = LakeLoad._write, iter([order(1, 6.0)])

    def late(load: LakeLoad, outcome: LoadOutcome) -> None:
        # another load begins and ends before the first one is recorded
        for other in others:
            lake.load(ORDERS, other)
        real(load, outcome)

    with patch.object(LakeLoad, "_write", late):
        lake.load(ORDERS, order(1, 5.0))
    assert prices(lake) == {1: 6.0}
    assert_rebuilt(lake)


def test_a_load_without_rules_lets_no_row_out_of_quarantine(
    lake: Lake, history: dict[str, Any]
) -> None:
    lake.load(ORDERS, order(4))
    assert [row["id"] for row in waiting(lake, "orders")] == [4]
    assert_rebuilt(lake, **history)


@pytest.mark.heavy
def test_loads_of_which_nothing_is_left_need_not_be_applied(lake: Lake) -> None:
    lake.load(ORDERS, order(1), order(2), run_id="old", hard_delete=True)
    read = version(1, order(1, 2.0), order(3))
    lake.load(ORDERS, *read, activate(1), run_id="whole", hard_delete=True)
    lake.load(ORDERS, order(4), run_id="new", hard_delete=True)
    (landed,) = lake.landed("orders/**/orders-old-*.parquet")
    landed.unlink()
    report = assert_rebuilt(lake, hard_delete=True)
    assert (report["loads"], report["needless"]) == (2, 1)
    assert prices(lake) == {1: 2.0, 3: 1.0, 4: 1.0}


@pytest.mark.heavy
def test_on_s3_it_is_the_same(s3_lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "orders.dqdl"
    file.write_text(f"Rules = [{SET_ASIDE}]", encoding="utf-8")
    gated: dict[str, Any] = {"rules": {"orders": str(file)}, "quarantine_limit": "50%"}
    for landing_format in ("jsonl.gz", "parquet"):
        number = len(landing_format)
        rows = (order(1, number), order(number), order(90 + number, -1.0))
        s3_lake.load(ORDERS, *rows, landing_format=landing_format, **gated)
    assert_rebuilt(s3_lake, **gated)
    assert prices(s3_lake) == {1: 7.0, 7: 1.0, 8: 1.0}


row = st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from([-2, -1, 1, 2, 3]))
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["load", "load", "whole", "rows after the state", "crash", "replay", "back"]
        ),
        st.lists(row, max_size=4),
        st.fixed_dictionaries(
            {
                "hard_delete": st.booleans(),
                "landing_format": st.sampled_from(["parquet", "jsonl.gz"]),
                "strict": st.booleans(),
                "note": st.booleans(),
                "wide": st.booleans(),
                "effect": st.integers(1, 24),
            }
        ),
    ),
    min_size=3,
    max_size=8,
)


@examples(4)
@given(steps)
@pytest.mark.heavy
def test_whatever_has_happened_it_is_the_table_that_was(
    life: list[tuple[str, list[tuple[int, int, int]], dict[str, Any]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder) / "lake")
        config = {
            **rules(lake, "orders", SET_ASIDE),
            "quarantine_limit": "100%",
            "commit_at": "last_state",
            "batch_size_rows": 2,
        }
        for number, (what, rows, options) in enumerate(life):
            live(lake, number, what, rows, {**config, **options})
        if lake.catalog.table_exists(("default", "orders")):
            with patch.object(counted, "AT_WORK", timedelta()):
                assert_right_already(lake, **config)
                assert_rebuilt(lake, **config)
        lake.close()


def live(
    lake: Lake, number: int, what: str, rows: list[tuple[int, int, int]], options: dict[str, Any]
) -> None:
    """Let something happen to a table of lines, of which an order's are replaced together."""
    strict, note, wide, effect = (
        options.pop(name) for name in ("strict", "note", "wide", "effect")
    )
    # rules change from load to load
    options |= rules(lake, "orders", SET_ASIDE if strict else SET_ASIDE.replace("0", "-2"))
    options["quarantine_limit"] = "100%"
    options["streams"] = {
        "orders": {"replace_by": ["id"], "types": {"price": "long" if wide else "int"}}
    }
    columns: dict[str, Any] = {name: {"type": "integer"} for name in ("id", "line", "price")}
    columns |= {"note": {"type": ["null", "string"]}} if note else {}
    head = schema("orders", columns, keys=["id", "line"])
    notes = {"note": f"n{number}"} if note else {}
    sent = [record("orders", id=i, line=line, price=p, **notes) for i, line, p in rows]
    if what == "whole":
        sent = [{**message, "version": number} for message in sent]
        sent.append({"type": "ACTIVATE_VERSION", "stream": "orders", "version": number})
    held_back = sent[1:] if what == "rows after the state" else []
    messages = [head, *sent[: len(sent) - len(held_back)], state(orders=number), *held_back]
    if what == "replay":
        if lake.catalog.table_exists(("default", "orders")):
            ask(lake, "--replay", "orders", **options)
    elif what == "back":
        can = lake.catalog.table_exists(("default", "orders"))
        if can and len(lake.table("orders").metadata.snapshot_log) > 1:
            ask(lake, "--roll-back", "orders", "--to", first_seen(lake), **options)
    elif what == "crash":
        try:
            with crash_at(effect):
                lake.load(*messages, **options)
        except Crash:
            lake.load(*messages, **options)
    else:
        lake.load(*messages, **options)


def first_seen(lake: Lake) -> str:
    return str(lake.table("orders").metadata.snapshot_log[0].snapshot_id)
