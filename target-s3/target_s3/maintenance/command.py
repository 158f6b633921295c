"""The command line of maintenance: `target-s3 --config config.json --maintain`.

What carries it out is imported when it is asked for: every load reads the options.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from columnar_target.errors import SettingError, TargetError
from target_s3.commands import DRY_RUN, Command, Place, tell

_DEFAULT_AGE = "24h"
_AGE = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class MaintenanceRequest:
    """What the command line asks for.

    Attributes:
        older_than: Age from which snapshots and files go.
        dry_run: Whether nothing is to be changed.
        tables: The tables to look after; empty for all.
    """

    older_than: dt.timedelta
    dry_run: bool
    tables: tuple[str, ...]

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> MaintenanceRequest:
        """Read the options.

        Raises:
            SettingError: The age cannot be understood.
        """
        age = _age(values["older_than"] or _DEFAULT_AGE)
        return cls(age, bool(values["dry_run"]), tuple(values["tables"] or ()))

    def carry_out(self, place: Place) -> None:
        """Maintain the lake and print the report.

        Raises:
            TargetError: It could not be maintained, or some of its tables.
        """
        from target_s3.maintenance.maintain import LEAST_AGE, Maintenance  # noqa: PLC0415 - see above

        if self.older_than < LEAST_AGE:
            place.logger.warning("What went out of use within the last hour is kept in any case.")
        now = dt.datetime.now(dt.timezone.utc)
        report = Maintenance(
            place.settings, place.storage, place.logger, now, self.older_than, self.dry_run
        ).run(self.tables)
        tell(report, place.logger)
        if report.failed:
            reasons = " ".join(f"{name}: {reason}" for name, reason in report.failed.items())
            raise TargetError(f"Not every table could be maintained. {reasons}")


def _age(text: str) -> dt.timedelta:
    match = _AGE.fullmatch(text)
    if not match:
        raise SettingError(
            f"Option --older-than is {text!r}: write a number and m, h or d (minutes, hours, "
            "days), such as 24h."
        )
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})


MAINTAIN = Command(
    click.Option(
        ["--maintain"],
        is_flag=True,
        help="Load nothing: compact small files of the tables, expire old snapshots, remove files "
        "that nothing refers to. Prints a JSON report.",
    ),
    (
        click.Option(
            ["--older-than"],
            metavar="AGE",
            help="With --maintain: how long what went out of use is kept, such as 90m, 24h or 7d; "
            "an hour at least.  [default: 24h]",
        ),
        DRY_RUN,
        click.Option(
            ["--table", "tables"],
            multiple=True,
            metavar="NAME",
            help="With --maintain: only this table; may be given several times.",
        ),
    ),
    MaintenanceRequest.read,
)
