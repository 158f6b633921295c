"""Orders with good and bad lines, killed, overtaken, loaded again: what is seen, what waits.

The model is two dictionaries: the lines that the table must show, and those that wait. They come as
RECORDs, or some of them in BATCHes.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from columnar_target.errors import QualityError
from deftunes_sandbox.taps.examples import examples
from deftunes_sandbox.taps.modes import MODE
from target_s3.publishing import audited

from .lakes import Lake, Message, record, schema
from .test_journal import Dying
from .test_rules import SET_ASIDE, rules
from .upkeep import maintain

NUMBER, MAYBE = {"type": "integer"}, {"type": ["null", "integer"]}
LINES = schema(
    "orders",
    {"order": NUMBER, "line": NUMBER, "price": NUMBER, "by": MAYBE},
    keys=["order", "line"],
)
Line = tuple[int, int]

order_numbers = st.integers(0, 2)
lines = st.dictionaries(st.integers(0, 2), st.sampled_from([-2, -1, 1, 2, 3]), min_size=1)


class OrdersLife(RuleBasedStateMachine):
    """What may happen to a table whose lines come by order, with a rule that sets some aside."""

    mode = MODE

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.lake = Lake(Path(self._folder.name) / "lake", mode=self.mode)
        self.lake.config |= {
            **rules(
                self.lake, "orders", SET_ASIDE, 'IsComplete "by"', 'IsPrimaryKey "order" "line"'
            ),
            "quarantine_limit": "100%",
            "streams": {"orders": {"replace_by": ["order"]}},
        }
        self.seen: dict[Line, int] = {}
        self.waiting: dict[Line, int] = {}
        self.last: list[Message] = []

    def teardown(self) -> None:
        self.lake.close()
        self._folder.cleanup()

    @rule(number=order_numbers, versions=st.lists(lines, min_size=1, max_size=2))
    def an_order_comes(self, number: int, versions: list[dict[int, int]]) -> None:
        """Perhaps twice in one load; the second time begins with a line of the first."""
        if len(versions) == 2:  # or a part of it would belong to the first
            again = next(iter(versions[0]))
            versions = [versions[0], {again: versions[1].get(again, 1)} | versions[1]]
        self.last = self.messages(number, versions)
        self.lake.load(*self.last)
        self.come(number, versions)

    @rule(number=order_numbers, version=lines, at=st.integers(1, 2), after=st.booleans())
    def an_order_comes_and_its_load_dies(
        self, number: int, version: dict[int, int], at: int, after: bool
    ) -> None:
        self.last = self.messages(number, [version])
        # it may have fewer moves to make, and be done
        done = contextlib.suppress(pytest.fail.Exception)
        with pytest.MonkeyPatch.context() as patch, done:
            Dying(patch).load(self.lake, *self.last, at=at, after=after)
        # whoever comes next has to finish what began
        maintain(self.lake)
        self.come(number, [version])

    @rule(number=order_numbers, version=lines)
    def an_order_comes_that_is_stopped(self, number: int, version: dict[int, int]) -> None:
        messages = self.messages(number, [version])
        unnamed = record("orders", order=number, line=9, price=1, by=None)
        with pytest.raises(QualityError):
            self.lake.load(*messages, unnamed)

    @rule(number=order_numbers, mine=lines, other=lines)
    def two_come_at_once(self, number: int, mine: dict[int, int], other: dict[int, int]) -> None:
        """The other one is faster: it comes between this one's audit and its first move."""
        real = audited.AuditedPublication._move

        def overtaken(*args: object) -> None:
            with pytest.MonkeyPatch.context() as inner:
                inner.setattr(audited.AuditedPublication, "_move", real)
                self.lake.load(*self.messages(number, [other]))
            real(*args)  # type: ignore[arg-type]  # as it was called

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(audited.AuditedPublication, "_move", overtaken)
            self.lake.load(*self.messages(number, [mine]))
        before = dict(self.seen), dict(self.waiting)
        self.come(number, [mine])
        changes = before != (self.seen, self.waiting)
        # one that had nothing to change has been there first
        self.come(number, [other])
        if changes:
            self.come(number, [mine])
        self.last = self.messages(number, [mine if changes else other])

    @rule()
    def the_last_input_comes_again(self) -> None:
        if self.last:
            before = self.lake.snapshots("orders")
            self.lake.load(*self.last)
            assert self.lake.snapshots("orders") == before

    @invariant()
    def readers_see_what_is_good_and_the_rest_waits(self) -> None:
        if self.last:
            rows = self.lake.rows("orders")
            assert {(row["order"], row["line"]): row["price"] for row in rows} == self.seen
            assert len(rows) == len(self.seen)
            assert self.set_aside() == self.waiting

    def come(self, number: int, versions: list[dict[int, int]]) -> None:
        """What one load of an order's versions does to the model: the last one counts."""
        *earlier, version = versions
        for held in (self.seen, self.waiting):
            for gone in [key for key in held if key[0] == number and key[1] not in version]:
                del held[gone]
        for line, price in version.items():
            key = (number, line)
            good = [each[line] for each in (*earlier, version) if each.get(line, 0) > 0]
            if good:  # or what was seen before stays
                self.seen[key] = good[-1]
            self.waiting.pop(key, None)
            if price <= 0:
                self.waiting[key] = price

    def set_aside(self) -> dict[Line, int]:
        identifier = ("default_quarantine", "orders")
        if not self.lake.catalog.namespace_exists(identifier[0]):
            return {}
        rows = self.lake.catalog.load_table(identifier).scan().to_arrow().to_pylist()
        assert len({(row["order"], row["line"]) for row in rows}) == len(rows)
        return {(row["order"], row["line"]): row["price"] for row in rows}

    @staticmethod
    def messages(number: int, versions: list[dict[int, int]]) -> list[Message]:
        return [
            LINES,
            *(
                record("orders", order=number, line=line, price=price, by=1)
                for version in versions
                for line, price in version.items()
            ),
        ]


class MixedOrdersLife(OrdersLife):
    """The same in a mixture of RECORD and BATCH."""

    mode = "mixed"


@pytest.mark.slow
@pytest.mark.parametrize(
    "life", [pytest.param(OrdersLife, marks=pytest.mark.heavy), MixedOrdersLife]
)
def test_whatever_comes_good_lines_are_seen_and_bad_ones_wait(life: type[OrdersLife]) -> None:
    run_state_machine_as_test(life, settings=examples(2, steps=8))


def test_a_good_version_in_the_same_load_is_not_lost_for_a_bad_one_after_it(lake: Lake) -> None:
    lake.config |= {**rules(lake, "orders", SET_ASIDE), "quarantine_limit": "100%"}
    line = {"order": 1, "line": 1, "by": 1}
    lake.load(LINES, record("orders", **line, price=5), record("orders", **line, price=-1))
    assert [row["price"] for row in lake.rows("orders")] == [5]
    counts = lake.outcomes()[-1]["streams"]["orders"]
    assert (counts["inserted"], counts["unchanged"], counts["withheld"]) == (1, 0, 1)
    before = lake.snapshots("orders")
    lake.load(LINES, record("orders", **line, price=5), record("orders", **line, price=-1))
    assert lake.snapshots("orders") == before
