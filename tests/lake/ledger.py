"""A table over many loads, and what it must hold after each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .lakes import GlueLake, Message, record, schema, state

TEXT = {"type": ["null", "string"]}
AT = {"type": "string", "format": "date-time"}


@dataclass
class Ledger:
    """One table over many loads: each updates a row, adds one in another month, and a column.

    Attributes:
        lake: Where the table is.
        stream: Its name.
        step: How many loads there were.
        rows: What the table must hold, by key; nulls are left out.
    """

    lake: GlueLake
    stream: str
    step: int = 0
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)

    def next_messages(self) -> list[Message]:
        """The messages of the next load; `rows` is what must be there after it."""
        self.step += 1
        column = f"c{self.step}"
        month = f"2020-{1 + self.step % 12:02}-01T00:00:00+00:00"
        sent = [
            {"id": 0, "title": f"of load {self.step}", "at": "2020-01-01T00:00:00+00:00"},
            {"id": self.step, "title": "new", "at": month, column: "x"},
        ]
        self.rows = {**self.rows, **{int(str(row["id"])): row for row in sent}}
        properties = {"id": {"type": "integer"}, "title": TEXT, "at": AT, column: TEXT}
        return [
            schema(self.stream, properties),
            *(record(self.stream, **row) for row in sent),
            state({"load": self.step}),
        ]

    def load(self, messages: list[Message]) -> None:
        partitions = {self.stream: {"partition_by": ["month(at)"]}}
        self.lake.load(*messages, streams=partitions)

    def seen(self) -> list[dict[str, Any]]:
        """The table's rows as they are, in the form of `rows`."""
        found = []
        for row in self.lake.rows(self.stream):
            values = {key: value for key, value in row.items() if value is not None}
            assert values.pop("source_from") == self.stream
            found.append({**values, "at": values["at"].isoformat()})
        return sorted(found, key=lambda row: int(row["id"]))

    def expected(self) -> list[dict[str, Any]]:
        return [self.rows[key] for key in sorted(self.rows)]
