"""A lake lives: runs, retries, late and repeated rows, other schemas, restarts, crashes.

The model is a dictionary of rows. After each step the table, read by pyiceberg, must equal it,
whether rows come as RECORDs or some of them in BATCHes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from columnar_target.storage.storage import Storage
from deftunes_sandbox.taps.examples import examples
from deftunes_sandbox.taps.modes import MODE
from target_s3.iceberg.local_catalog import LocalCatalog

from .lakes import Lake, Message, record, schema

Row = dict[str, Any]

TEXT = {"type": ["null", "string"]}
WHOLE = {"type": ["null", "integer"]}
INT_MAX = 2**31 - 1

values = st.none() | st.integers(0, 3)
rows = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 2)), st.tuples(values, values), max_size=5
)
"""New rows: order and line, then how many and a note."""


class Crash(BaseException):
    """The end of a process, as far as one process can play it."""


@contextmanager
def crash_at(effect: int) -> Iterator[None]:
    """Crash at the n-th time that the lake is about to be changed, or just has been."""
    left = [effect]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            tick()
            result = real(*args, **kwargs)
            tick()
            return result

        return call

    def tick() -> None:
        left[0] -= 1
        if not left[0]:
            raise Crash

    with (
        patch.object(Storage, "put", counted(Storage.put)),
        patch.object(LocalCatalog, "create_table", counted(LocalCatalog.create_table)),
        patch.object(LocalCatalog, "commit_table", counted(LocalCatalog.commit_table)),
    ):
        yield


class LakeLife(RuleBasedStateMachine):
    """What may happen to a table of order lines, where an order is replaced as a whole."""

    mode = MODE

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.lake = Lake(Path(self._folder.name) / "lake", mode=self.mode)
        self.model: dict[tuple[int, int], Row] = {}
        self.columns = ["amount"]
        self.kind = "int"
        self.last: list[Message] = []

    def teardown(self) -> None:
        self.lake.close()
        self._folder.cleanup()

    @initialize(new=rows)
    def first_run(self, new: dict[tuple[int, int], tuple[Any, Any]]) -> None:
        self.load(new)

    @rule(new=rows)
    def run(self, new: dict[tuple[int, int], tuple[Any, Any]]) -> None:
        self.load(new)

    @rule()
    def retry(self) -> None:
        before = self.lake.snapshots("lines")
        self.send(self.last)
        assert self.lake.snapshots("lines") == before

    @rule(data=st.data())
    def orders_that_were_read_come_again(self, data: st.DataObject) -> None:
        known = sorted({order for order, _ in self.model})
        chosen = data.draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        again = {
            key: {name: row.get(name) for name in ("order_id", "line", *self.columns)}
            for key, row in self.model.items()
            if key[0] in chosen
        }
        before = self.seen(), self.lake.snapshots("lines")
        self.last = [self.schema(), *(record("lines", **row) for row in again.values())]
        self.send(self.last)
        self.model |= again
        if self.expected() == before[0]:
            assert self.lake.snapshots("lines") == before[1]

    @precondition(lambda self: self.columns == ["amount"])
    @rule()
    def a_column_appears(self) -> None:
        self.columns.append("note")

    @precondition(lambda self: "note" in self.columns)
    @rule()
    def a_column_comes_no_more(self) -> None:
        self.columns.remove("note")

    @precondition(lambda self: self.kind == "int")
    @rule()
    def a_column_becomes_wider(self) -> None:
        self.kind = "long"

    @rule()
    def restart(self) -> None:
        self.lake.close()
        self.lake = Lake(self.lake.folder, mode=self.mode)

    @rule(new=rows, effect=st.integers(1, 12))
    def crash_and_run_again(self, new: dict[tuple[int, int], tuple[Any, Any]], effect: int) -> None:
        before = self.seen()
        messages = self.messages(new)
        try:
            with crash_at(effect):
                self.send(messages)
        except Crash:
            self.take(new)
            assert self.seen() in (before, self.expected())
            self.send(messages)
        else:
            self.take(new)
        self.last = messages

    @invariant()
    def the_table_equals_the_model(self) -> None:
        if self.last:
            assert self.seen() == self.expected()

    def load(self, new: dict[tuple[int, int], tuple[Any, Any]]) -> None:
        self.last = self.messages(new)
        self.send(self.last)
        self.take(new)

    def send(self, messages: list[Message]) -> None:
        stream = {"replace_by": ["order_id"], "types": {"amount": self.kind}}
        self.lake.load(*messages, streams={"lines": stream}, batch_size_rows=2)

    def schema(self) -> Message:
        kinds = {"amount": WHOLE, "note": TEXT}
        columns = {name: kinds[name] for name in self.columns}
        keys = {"order_id": {"type": "integer"}, "line": {"type": "integer"}}
        return schema("lines", {**keys, **columns}, keys=keys)

    def messages(self, new: dict[tuple[int, int], tuple[Any, Any]]) -> list[Message]:
        sent = (record("lines", **self.row(key, pair)) for key, pair in new.items())
        return [self.schema(), *sent]

    def row(self, key: tuple[int, int], pair: tuple[Any, Any]) -> Row:
        amount, note = pair
        if amount is not None and self.kind == "long":
            amount += INT_MAX
        both = {"amount": amount, "note": None if note is None else f"n{note}"}
        sent = {name: both[name] for name in self.columns}
        return {"order_id": key[0], "line": key[1], **sent}

    def take(self, new: dict[tuple[int, int], tuple[Any, Any]]) -> None:
        """What a dictionary does with the same rows: an order that comes is replaced whole."""
        orders = {order for order, _ in new}
        self.model = {key: row for key, row in self.model.items() if key[0] not in orders}
        self.model |= {key: self.row(key, pair) for key, pair in new.items()}

    def seen(self) -> list[Row]:
        return [_filled(row) for row in self.lake.rows("lines")]

    def expected(self) -> list[Row]:
        return [_filled(row) for _, row in sorted(self.model.items())]


def _filled(row: Row) -> Row:
    return {name: row.get(name) for name in ("order_id", "line", "amount", "note")}


class MixedLakeLife(LakeLife):
    """The same in a mixture of RECORD and BATCH."""

    mode = "mixed"


@pytest.mark.slow
@pytest.mark.parametrize("life", [pytest.param(LakeLife, marks=pytest.mark.heavy), MixedLakeLife])
def test_whatever_happens_the_table_equals_a_dictionary(life: type[LakeLife]) -> None:
    run_state_machine_as_test(life, settings=examples(3, steps=10))
