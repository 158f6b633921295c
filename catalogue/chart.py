"""One thing that is shown to people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Chart:
    """One thing that is shown.

    Attributes:
        page: The page or dashboard it is on.
        name: Its title there.
        sql: What it asks of the warehouse; all columns in it are needed.
    """

    page: str
    name: str
    sql: str
