"""A source that changes, read whole, in parts, again: rows go when a read was whole, never before.

The model is a dictionary of the rows that the table must show as alive. They come as RECORDs, or
some of them in BATCHes, which carry no version.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from deftunes_sandbox.taps.examples import examples
from deftunes_sandbox.taps.modes import MODE

from .lakes import Lake, Message, record, schema

SONGS = schema("songs", {"id": {"type": "integer"}, "v": {"type": "integer"}})
ids = st.integers(0, 4)


class VersionedLife(RuleBasedStateMachine):
    """What may happen to a table whose source is read by versions."""

    hard = True
    mode = MODE

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.lake = Lake(Path(self._folder.name) / "lake", {"hard_delete": self.hard}, self.mode)
        self.source: dict[int, int] = {}
        self.alive: dict[int, int] = {}
        self.version = 0
        self.seen: int | None = None
        self.left: list[int] = []
        self.last: tuple[list[Message], dict[int, int]] = ([], {})

    def teardown(self) -> None:
        self.lake.close()
        self._folder.cleanup()

    @rule(number=ids, value=st.integers(0, 2))
    def a_row_comes_or_changes(self, number: int, value: int) -> None:
        self.source[number] = value

    @rule(number=ids)
    def a_row_goes(self, number: int) -> None:
        self.source.pop(number, None)

    @rule(announced=st.booleans(), order=st.randoms(use_true_random=False))
    def read_whole(self, announced: bool, order: object) -> None:
        self.version += 1
        numbers = self.shuffled(order)
        # without a row, only a second activation says that there is none
        twice = announced or not numbers
        self.send(([self.activation()] if twice else []), numbers, [self.activation()])
        self.alive = dict(self.source)

    @rule(cut=st.integers(0, 5), order=st.randoms(use_true_random=False))
    def read_and_die(self, cut: int, order: object) -> None:
        self.version += 1
        numbers = self.shuffled(order)
        self.left = numbers[cut:]
        self.send([self.activation()], numbers[:cut], [])
        self.alive |= {number: self.source[number] for number in numbers[:cut]}

    @rule()
    def go_on_with_the_version(self) -> None:
        """Whether its first part came, or nothing of it did: then its rows are not all either."""
        numbers = [number for number in self.left if number in self.source]
        if self.seen != self.version or not numbers:
            return
        self.send([], numbers, [self.activation()])
        self.alive |= {number: self.source[number] for number in numbers}

    @rule()
    def read_as_the_sdk_does(self) -> None:
        self.version += 1
        self.send([self.activation()], list(self.source), [])
        self.alive |= self.source

    @rule()
    def the_last_input_comes_again(self) -> None:
        messages, rows = self.last
        if messages:
            self.lake.load(*messages)
            self.alive |= rows

    @invariant()
    def the_table_shows_what_is_alive(self) -> None:
        if self.last[0]:
            rows = self.lake.rows("songs")
            shown = {row["id"]: row["v"] for row in rows if row.get("_sdc_deleted_at") is None}
            assert shown == self.alive
            assert len({row["id"] for row in rows}) == len(rows)

    def send(self, before: list[Message], numbers: list[int], after: list[Message]) -> None:
        rows = {number: self.source[number] for number in numbers}
        records = [
            {**record("songs", id=number, v=value), "version": self.version}
            for number, value in rows.items()
        ]
        messages = [SONGS, *before, *records, *after]
        self.lake.load(*messages, batch_size_rows=2)
        self.last = messages, rows
        if rows or after:
            self.seen = self.version

    def activation(self) -> Message:
        return {"type": "ACTIVATE_VERSION", "stream": "songs", "version": self.version}

    def shuffled(self, order: object) -> list[int]:
        numbers = list(self.source)
        order.shuffle(numbers)  # type: ignore[attr-defined]  # hypothesis's own random.Random
        return numbers


class MarkedLife(VersionedLife):
    """The same with rows that are marked."""

    hard = False


class MixedVersionedLife(VersionedLife):
    """The same in a mixture of RECORD and BATCH."""

    mode = "mixed"


class MixedMarkedLife(MarkedLife):
    """And that with rows that are marked."""

    mode = "mixed"


@pytest.mark.slow
@pytest.mark.parametrize("life", [VersionedLife, MarkedLife, MixedVersionedLife, MixedMarkedLife])
def test_whatever_a_source_does_its_rows_are_alive_and_no_others(
    life: type[VersionedLife],
) -> None:
    run_state_machine_as_test(life, settings=examples(3, steps=12))
