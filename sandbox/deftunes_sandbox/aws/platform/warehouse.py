"""Where the Redshift stand-in is, once somebody has told it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Warehouse:
    """The one warehouse of an emulated AWS: what all of its clusters are, and run SQL on.

    Attributes:
        url: Such as `postgresql://user:password@127.0.0.1:15439/dev`; empty: there is none, and
            SQL is taken without being run.
        forgotten_until: The statements that were run before are told no more, as on AWS after a
            day; seconds since 1970.
    """

    url: str = ""
    forgotten_until: float = 0.0


WAREHOUSE = Warehouse()
"""Moto's classes are global, so this is, too: one process, one AWS."""
