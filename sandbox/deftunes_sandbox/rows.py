"""Rows ready to be served: encoded once, with what filters and the order need."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import orjson

from deftunes_sandbox.published import Record


class Row(NamedTuple):
    """One record as the API serves it."""

    when: str  # naive ISO-8601 with microseconds: sorts as text
    order: int  # scatters the rows, the same way every time
    body: bytes


def row_of(record: Record, key: str, time: str) -> Row:
    """Encode a record, given the names of its key and of its time."""
    return Row(record[time], zlib.crc32(record[key].encode()), orjson.dumps(record))


@dataclass(frozen=True)
class Span:
    """Days asked for; without a bound, that side is open."""

    start: date | None
    end: date | None
    end_at_midnight: bool = False  # the end day's first instant is the last one that counts

    def holds(self, when: str) -> bool:
        """Tell whether a naive ISO timestamp lies in the span."""
        if self.start is not None and when < self.start.isoformat():
            return False
        if self.end is None:
            return True
        last = "T00:00:00.000000" if self.end_at_midnight else "T23:59:59.999999"
        return when <= self.end.isoformat() + last


def scattered(rows: list[Row]) -> list[Row]:
    """Order rows as the API does: by nothing a reader could rely on, but always the same."""
    return sorted(rows, key=lambda row: (row.order, row.body))
