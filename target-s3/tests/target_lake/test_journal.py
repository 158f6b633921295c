"""A publication that began is finished, by whoever comes next; one that others overtook is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from columnar_target.errors import QualityError
from target_s3.iceberg import branches
from target_s3.publishing import audited
from target_s3.publishing.journal import Journals

from .lakes import Lake, Message, record, schema, state
from .test_rules import ORDERS, SET_ASIDE, USERS, order, prices, quarantine, rules
from .upkeep import DAY, grow_older, maintain

pytestmark = pytest.mark.slow  # each makes several loads; together they take long

EVENTS = schema("events", {"n": {"type": "integer"}}, keys=())
BOB = record("users", name="bob")


class Killed(BaseException):
    """What a process dies of in these tests: nothing after it is done."""


class Dying:
    """Lets the publication of a load die at its n-th move, before or after it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def load(self, lake: Lake, *messages: Message, at: int, after: bool, **config: Any) -> None:
        real, calls = branches.move_main, iter(range(1, 100))

        def move(*args: Any, **kwargs: Any) -> None:
            number = next(calls)
            if number == at and not after:
                raise Killed
            real(*args, **kwargs)
            if number == at:
                raise Killed

        with self._patch.context() as patch:
            patch.setattr(audited, "move_main", move)
            with pytest.raises(Killed):
                lake.load(*messages, **config)


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Dying:
    return Dying(monkeypatch)


def journals(lake: Lake) -> list[str]:
    return sorted(path.name for path in (lake.folder / "_publish").glob("*"))


def gated(lake: Lake) -> dict[str, Any]:
    return rules(lake, "orders", 'IsComplete "who"', SET_ASIDE)


SECOND = (ORDERS, order(1, 5.0), order(2), order(3, -1.0), USERS, BOB, state(orders=2))


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True])
def test_the_next_load_finishes_what_a_killed_one_began(
    lake: Lake, dying: Dying, capsys: pytest.CaptureFixture[str], at: int, after: bool
) -> None:
    lake.load(ORDERS, order(1), run_id="first", **gated(lake))
    dying.load(lake, *SECOND, at=at, after=after, run_id="killed", **gated(lake))
    assert journals(lake) == ["killed.json"]
    assert capsys.readouterr().out == ""

    lake.load(ORDERS, order(9), run_id="next")
    assert prices(lake) == {1: 5.0, 2: 1.0, 9: 1.0}
    assert lake.rows("users") == [{"name": "bob"}]
    assert [row["id"] for row in quarantine(lake)] == [3]
    assert journals(lake) == []
    statuses = {load["started"]: load["status"] for load in lake.outcomes()}
    assert list(statuses.values()) == ["published"] * 3
    assert all(
        stream["published"] for load in lake.outcomes() for stream in load["streams"].values()
    )


def test_maintenance_finishes_it_too_and_a_dry_run_only_says_so(lake: Lake, dying: Dying) -> None:
    lake.load(ORDERS, order(1), **gated(lake))
    dying.load(lake, *SECOND, at=1, after=False, **gated(lake))
    assert maintain(lake, dry_run=True).journals_finished == 1
    assert prices(lake) == {1: 1.0}
    assert maintain(lake).journals_finished == 1
    assert prices(lake) == {1: 5.0, 2: 1.0}
    assert maintain(lake).journals_finished == 0


def test_the_same_input_once_more_changes_nothing_after_that(lake: Lake, dying: Dying) -> None:
    dying.load(lake, *SECOND, at=1, after=True, run_id="killed", **gated(lake))
    lake.load(*SECOND, run_id="again", **gated(lake))
    assert prices(lake) == {1: 5.0, 2: 1.0}
    assert [row["_quarantine_run_id"] for row in quarantine(lake)] == ["killed"]
    assert {len(lake.snapshots(name)) for name in ("orders", "users")} == {1}


def test_a_table_that_changed_since_is_left_to_the_next_run(lake: Lake, dying: Dying) -> None:
    lake.load(ORDERS, order(1), **gated(lake))
    dying.load(lake, *SECOND, at=1, after=False, run_id="killed", **gated(lake))
    journal = lake.folder / "_publish" / "killed.json"
    content = journal.read_bytes()
    journal.unlink()
    lake.load(ORDERS, order(1, 7.0))
    journal.write_bytes(content)
    lake.load(USERS, record("users", name="eve"))
    assert prices(lake) == {1: 7.0}
    assert lake.rows("users") == [{"name": "bob"}, {"name": "eve"}]
    record_of_killed = next(
        load
        for load in lake.outcomes()
        if "users" in load["streams"] and "orders" in load["streams"]
    )
    assert record_of_killed["status"] == "failed"
    assert record_of_killed["streams"]["orders"]["published"] is False
    assert record_of_killed["streams"]["users"]["published"] is True


def test_rows_without_keys_are_left_to_the_run_that_brings_them_again(
    lake: Lake, dying: Dying
) -> None:
    load = (EVENTS, record("events", n=1), *SECOND)
    dying.load(lake, *load, at=2, after=True, **gated(lake))
    lake.load(*load, **gated(lake))
    assert lake.rows("events") == [{"n": 1}]
    assert prices(lake) == {1: 5.0, 2: 1.0}


def test_a_damaged_journal_is_kept_aside_and_stops_nobody(lake: Lake, dying: Dying) -> None:
    dying.load(lake, *SECOND, at=1, after=False, run_id="killed", **gated(lake))
    journal = lake.folder / "_publish" / "killed.json"
    journal.write_bytes(journal.read_bytes()[:-40])
    lake.load(*SECOND, **gated(lake))
    assert prices(lake) == {1: 5.0, 2: 1.0}
    assert journals(lake) == ["killed.json.damaged"]


def test_a_journal_of_a_run_that_is_at_work_does_no_harm(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load(ORDERS, order(1), USERS, record("users", name="ann"), **gated(lake))
    real = branches.move_main

    def meanwhile(*args: Any, **kwargs: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(audited, "move_main", real)
            if journals(lake) == ["slow.json"]:
                lake.load(ORDERS, order(2, 8.0), run_id="quick", **gated(lake))
        real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(audited, "move_main", meanwhile)
        lake.load(*SECOND, run_id="slow", **gated(lake))
    assert prices(lake) == {1: 5.0, 2: 8.0}
    assert lake.rows("users") == [{"name": "ann"}, {"name": "bob"}]
    assert journals(lake) == []
    assert [load["status"] for load in lake.outcomes()] == ["published"] * 3


@pytest.fixture
def before_moving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Have something done once between a load's audit and its first move."""

    def install(act: Callable[[], None]) -> None:
        real = Journals.begin

        def begin(*args: Any) -> str:
            monkeypatch.setattr(Journals, "begin", real)
            act()
            return real(*args)

        monkeypatch.setattr(Journals, "begin", begin)

    return install


def test_a_load_that_is_overtaken_is_compared_and_audited_anew(
    lake: Lake, before_moving: Callable[..., None]
) -> None:
    lake.load(ORDERS, order(1), **gated(lake))
    before_moving(lambda: lake.load(ORDERS, order(1, 2.0), order(4, 2.0)))
    lake.load(*SECOND, **gated(lake))
    assert prices(lake) == {1: 5.0, 2: 1.0, 4: 2.0}
    assert [row["id"] for row in quarantine(lake)] == [3]
    assert list(lake.table("orders").metadata.refs) == ["main"]


def test_a_load_that_fails_its_second_audit_leaves_that_table_as_it_is(
    lake: Lake, before_moving: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    limited = rules(lake, "orders", 'Sum "price" < 10')
    before_moving(lambda: lake.load(ORDERS, order(4, 6.0)))
    with pytest.raises(QualityError, match=r"Published before, or unchanged: users"):
        lake.load(USERS, BOB, ORDERS, order(1, 5.0), state(orders=1), **limited)
    assert prices(lake) == {4: 6.0}
    assert lake.rows("users") == [{"name": "bob"}]
    assert '"orders"' not in capsys.readouterr().out


def test_branches_of_stopped_loads_go_with_maintenance(lake: Lake) -> None:
    lake.load(ORDERS, order(1), **gated(lake))
    with pytest.raises(QualityError):
        lake.load(ORDERS, order(2, who=None), run_id="stopped", **gated(lake))
    assert maintain(lake).tables["orders"].audits_dropped == 0
    assert "audit_stopped" in lake.table("orders").metadata.refs

    assert list(lake.folder.glob("tables/orders/data/**/stopped-*.parquet"))
    grow_older(lake, 2 * DAY)
    told = maintain(lake, dry_run=True).tables["orders"]
    done = maintain(lake).tables["orders"]
    assert (told.audits_dropped, told.snapshots_expired) == (1, 1)
    assert (done.audits_dropped, done.snapshots_expired) == (1, 1)
    assert list(lake.table("orders").metadata.refs) == ["main"]
    assert not list(lake.folder.glob("tables/orders/data/**/stopped-*.parquet"))
    assert prices(lake) == {1: 1.0}


def test_tags_and_branches_of_others_stay_whatever_they_are_called(lake: Lake) -> None:
    lake.load(ORDERS, order(1))
    snapshot_id = lake.snapshots("orders")[0]
    with lake.table("orders").manage_snapshots() as references:
        references.create_tag(snapshot_id, "audit_2025")
        references.create_branch(snapshot_id, "audit_trail")
    lake.load(ORDERS, order(2))
    grow_older(lake, 2 * DAY)
    assert maintain(lake).tables["orders"].audits_dropped == 0
    assert set(lake.table("orders").metadata.refs) == {"main", "audit_2025", "audit_trail"}


def test_quarantine_and_results_are_looked_after_too(lake: Lake) -> None:
    for number in range(3):
        lake.load(ORDERS, order(number), order(10 + number, -1.0), **gated(lake))
    grow_older(lake, 2 * DAY)
    tables = maintain(lake).tables
    assert tables["default_quarantine.orders"].snapshots_expired == 2
    assert tables["default_quality.results"].compacted.files_before == 3
    assert [row["id"] for row in quarantine(lake)] == [10, 11, 12]
    results = lake.catalog.load_table(("default_quality", "results")).scan().to_arrow()
    assert results.num_rows == 6


def test_a_journal_names_no_value_of_a_row(lake: Lake, dying: Dying) -> None:
    dying.load(lake, *SECOND, at=1, after=False, run_id="killed", **gated(lake))
    journal = json.loads((lake.folder / "_publish" / "killed.json").read_bytes())
    assert [(move["table"], move["base"]) for move in journal["moves"]] == [
        ("orders", None),
        ("orders", None),
        ("users", None),
    ]
    assert "ann" not in json.dumps(journal)
