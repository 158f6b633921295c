"""The command line of recoveries: `--replay`, `--roll-back`, `--rebuild`.

What carries them out is imported when it is asked for: every load reads the options.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from target_s3.commands import DRY_RUN, Command, Place, tell


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
        from target_s3.recovery.replay import Replay  # noqa: PLC0415 - see above

        tell(Replay(place, self.table, _now()).run(), place.logger)


@dataclass(frozen=True)
class RollBackRequest:
    """Let a table show what it showed before.

    Attributes:
        table: The table's name.
        to: The snapshot to show; None for the one before the latest load.
        dry_run: Whether it is only told what would be done.
    """

    table: str
    to: int | None
    dry_run: bool

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> RollBackRequest:
        """Read the options."""
        return cls(values["roll_back"], values["to"], bool(values["dry_run"]))

    def carry_out(self, place: Place) -> None:
        """Roll back, and print the report."""
        from target_s3.recovery.roll_back import RollBack  # noqa: PLC0415 - see above

        tell(RollBack(place, self.table, self.to, self.dry_run, _now()).run(), place.logger)


@dataclass(frozen=True)
class RebuildRequest:
    """Make a table anew from the landing zone.

    Attributes:
        table: The table's name.
        dry_run: Whether it is only told what would be done.
    """

    table: str
    dry_run: bool

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> RebuildRequest:
        """Read the options."""
        return cls(values["rebuild"], bool(values["dry_run"]))

    def carry_out(self, place: Place) -> None:
        """Rebuild, and print the report."""
        from target_s3.recovery.rebuild import Rebuild  # noqa: PLC0415 - see above

        tell(Rebuild(place, self.table, self.dry_run, _now()).run(), place.logger)


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
ROLL_BACK = Command(
    click.Option(
        ["--roll-back"],
        metavar="TABLE",
        help="Load nothing: let a table show what it showed before its latest load, and say what "
        "will come again. Prints a JSON report.",
    ),
    (
        click.Option(
            ["--to"],
            type=int,
            metavar="SNAPSHOT_ID",
            help="With --roll-back: the snapshot to show.",
        ),
        DRY_RUN,
    ),
    RollBackRequest.read,
)
REBUILD = Command(
    click.Option(
        ["--rebuild"],
        metavar="TABLE",
        help="Load nothing: make a table anew from the landing files of all loads that are "
        "published. Prints a JSON report.",
    ),
    (DRY_RUN,),
    RebuildRequest.read,
)
RECOVERY = (REPLAY, ROLL_BACK, REBUILD)
