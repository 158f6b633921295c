"""A source that changes, read whole, in parts, again, in groups: the table equals a dictionary.

The model is Python's own: it applies the rows one by one, as they came. They come as RECORDs, or
some of them in BATCHes.
"""

from __future__ import annotations

import io
import itertools
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from deftunes_sandbox.taps.examples import examples
from deftunes_sandbox.taps.modes import Batches, Mode

from .messages import Message, activate, record, schema
from .warehouses import Warehouse

_NUMBERS = itertools.count(1)
_PROPERTIES = {
    "id": {"type": "integer"},
    "v": {"type": ["null", "string"]},
    "d": {"type": ["null", "object"]},
    "n": {"type": ["null", "integer"]},
}
ids = st.integers(0, 3)
texts = st.none() | st.sampled_from(["", " ", "a", "a ", "ä" * 40, "'\\\""])
DOCUMENTS: dict[str, Any] = {
    "none": None,
    "empty": {},
    "number": {"a": 1},
    "list": {"a": [1.5, None]},
    "long": {"t": "x" * 70_000},
}
documents = st.sampled_from(sorted(DOCUMENTS))
values = st.tuples(texts, documents, st.none() | st.integers(0, 2))
rows = st.lists(st.tuples(ids, values), max_size=5)


class Life(RuleBasedStateMachine):
    """What may happen to a table whose source is read in parts and as a whole."""

    redshift: ClassVar[Warehouse]
    hard: ClassVar[bool]
    mode: ClassVar[Mode]

    def __init__(self) -> None:
        super().__init__()
        self.warehouse = replace(self.redshift, schema=f"model_{next(_NUMBERS)}")
        self.folder = tempfile.TemporaryDirectory()
        self.alive: dict[int, dict[str, Any]] = {}
        self.kind = "int"
        self.version = 0
        self.last: list[Message] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(new=rows)
    def some_rows_come(self, new: list[tuple[int, tuple[Any, ...]]]) -> None:
        self.send([self.record(*each) for each in new])
        self.alive |= {number: self.row(number, value) for number, value in new}

    @rule(new=rows)
    def the_source_is_read_whole(self, new: list[tuple[int, tuple[Any, ...]]]) -> None:
        self.version += 1
        come = [{**self.record(*each), "version": self.version} for each in new]
        # without a row, only a second activation says that there is none
        before = [] if come else [activate(self.version, "s")]
        self.send([*before, *come, activate(self.version, "s")])
        self.alive = {number: self.row(number, value) for number, value in new}

    @rule()
    def the_same_input_comes_again(self) -> None:
        before = self.warehouse.everything()
        if self.last:
            self.load()
            long = any(len(json.dumps(each)) > 65_535 for each in self.last)
            # such a document is written again, for Redshift cannot compare it
            assert long or self.warehouse.everything() == before

    @rule()
    def a_column_becomes_wider(self) -> None:
        self.kind = "long"

    @invariant()
    def the_table_shows_what_is_alive(self) -> None:
        if self.last:
            shown = self.warehouse.rows("s")
            alive = [each for each in shown if each.pop("_sdc_deleted_at", None) is None]
            assert sorted(alive, key=lambda each: int(each["id"])) == [
                row for _, row in sorted(self.alive.items())
            ]
            assert len({each["id"] for each in shown}) == len(shown)

    def row(self, number: int, value: tuple[Any, ...]) -> dict[str, Any]:
        text, document, amount = value
        more = 2**40 if self.kind == "long" else 0
        return {"id": number, "v": text, "d": DOCUMENTS[document], "n": amount and amount + more}

    def record(self, number: int, value: tuple[Any, ...]) -> Message:
        return record("s", **self.row(number, value))

    def send(self, messages: list[Message]) -> None:
        self.last = [schema("s", _PROPERTIES), *messages]
        self.load()

    def load(self) -> None:
        lines = b"".join(json.dumps(each).encode() + b"\n" for each in self.last)
        sent = Batches(Path(self.folder.name), self.mode).of(lines)
        self.warehouse.load(
            *io.TextIOWrapper(io.BytesIO(sent), encoding="utf-8").read().splitlines(),
            hard_delete=self.hard,
            streams={"s": {"types": {"n": self.kind}}},
        )


LIVES = [
    pytest.param(True, "mixed", id="removed, mixed"),
    pytest.param(False, "records", id="marked, records", marks=pytest.mark.heavy),
    pytest.param(False, "mixed", id="marked, mixed", marks=pytest.mark.heavy),
]


@pytest.mark.parametrize(("hard", "mode"), LIVES)
def test_whatever_a_source_does_the_table_equals_a_dictionary(
    redshift: Warehouse, *, hard: bool, mode: Mode
) -> None:
    life = type("OneLife", (Life,), {"redshift": redshift, "hard": hard, "mode": mode})
    run_state_machine_as_test(life, settings=examples(2, steps=6))
