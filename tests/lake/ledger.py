"""A table over many loads, and what it must hold after each of them, with what waits beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .lakes import GlueLake, Message, record, schema, state

TEXT = {"type": ["null", "string"]}
AT = {"type": "string", "format": "date-time"}
RULES = (
    'IsComplete "title"',
    'ColumnValues "title" != "bad" labels=["policy"="quarantine"]',
    'IsPrimaryKey "id"',
)
BEGUN = "2020-01-01T00:00:00+00:00"


@dataclass
class Ledger:
    """One table over many loads: each updates a row, adds one in another month, and a column.

    With rules, each brings a row, too, that has to wait until the next one brings it anew.

    Attributes:
        lake: Where the table is.
        stream: Its name.
        gated: Whether there are rules.
        step: How many loads there were.
        rows: What the table must hold, by key; nulls are left out.
        waiting: What its quarantine must hold.
    """

    lake: GlueLake
    stream: str
    gated: bool = True
    step: int = 0
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    waiting: dict[int, dict[str, Any]] = field(default_factory=dict)

    def next_messages(self) -> list[Message]:
        """The messages of the next load; what must be there after it is in `rows`, `waiting`."""
        self.step += 1
        column = f"c{self.step}"
        month = f"2020-{1 + self.step % 12:02}-01T00:00:00+00:00"
        good = [
            {"id": 0, "title": f"of load {self.step}", "at": BEGUN},
            {"id": self.step, "title": "new", "at": month, column: "x"},
            *({**row, "title": "mended"} for row in self.waiting.values()),
        ]
        bad = [{"id": -self.step, "title": "bad", "at": month}] if self.gated else []
        self.rows = {**self.rows, **{int(str(row["id"])): row for row in good}}
        self.waiting = {int(str(row["id"])): row for row in bad}
        properties = {"id": {"type": "integer"}, "title": TEXT, "at": AT, column: TEXT}
        return [
            schema(self.stream, properties),
            *(record(self.stream, **row) for row in (*good, *bad)),
            state({"load": self.step}),
        ]

    def load(self, messages: list[Message]) -> None:
        self.lake.load(*messages, **self.options())

    def options(self) -> dict[str, Any]:
        """Settings of its loads."""
        return {
            "streams": {self.stream: {"partition_by": ["month(at)"]}},
            **(self.lake.rules(self.stream, *RULES) if self.gated else {}),
        }

    def seen(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The table's rows as they are, in the form of `rows`, and those that wait."""
        waiting = self._rows(self.lake.quarantine(self.stream))
        assert {row.pop("_quarantine_rules") for row in waiting} <= {RULES[1].split(" labels")[0]}
        return self._rows(self.lake.rows(self.stream)), waiting

    def _rows(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = []
        for row in found:
            values = {key: value for key, value in row.items() if value is not None}
            assert values.pop("source_from") == self.stream
            rows.append({**values, "at": values["at"].isoformat()})
        return sorted(rows, key=lambda row: int(row["id"]))

    def expected(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return [self.rows[key] for key in sorted(self.rows)], list(self.waiting.values())
