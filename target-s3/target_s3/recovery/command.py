"""The command line of recoveries: `--replay`, `--roll-back`, `--rebuild`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from target_s3.commands import Command, Place, tell
from target_s3.recovery.replay import Replay


@dataclass(frozen=True)
class ReplayRequest:
    """Take what waits in a table's quarantine through its rules again.

    Attributes:
        table: The table's name.
    """

    table: str

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> ReplayRequest:
        """Read the options."""
        return cls(values["replay"])

    def carry_out(self, place: Place) -> None:
        """Replay, and print the report."""
        tell(Replay(place, self.table, _now()).run(), place.logger)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


REPLAY = Command(
    click.Option(
        ["--replay"],
        metavar="TABLE",
        help="Load nothing: take the rows that wait in the quarantine of a table through its "
        "rules again; those that keep them come in. Prints a JSON report.",
    ),
    (),
    ReplayRequest.read,
)
RECOVERY = (REPLAY,)
