"""The command line: `target-s3 --config config.json --maintain`."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
from dataclasses import dataclass
from typing import Any

import click

from target_s3.errors import SettingError, TargetS3Error
from target_s3.lake.storage import Storage
from target_s3.maintenance.maintain import LEAST_AGE, Maintenance
from target_s3.settings import Settings

OPTIONS = (
    click.Option(
        ["--maintain"],
        is_flag=True,
        help="Load nothing: compact small files of the tables, expire old snapshots, remove files "
        "that nothing refers to. Prints a JSON report.",
    ),
    click.Option(
        ["--older-than"],
        metavar="AGE",
        help="With --maintain: how long what went out of use is kept, such as 90m, 24h or 7d; an "
        "hour at least.  [default: 24h]",
    ),
    click.Option(
        ["--dry-run"], is_flag=True, help="With --maintain: change nothing, say what would be."
    ),
    click.Option(
        ["--table", "tables"],
        multiple=True,
        metavar="NAME",
        help="With --maintain: only this table; may be given several times.",
    ),
)

_DEFAULT_AGE = "24h"
_AGE = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Request:
    """What the command line asks for.

    Attributes:
        older_than: Age from which snapshots and files go.
        dry_run: Whether nothing is to be changed.
        tables: The tables to look after; empty for all.
    """

    older_than: dt.timedelta
    dry_run: bool
    tables: tuple[str, ...]

    def carry_out(self, settings: Settings, storage: Storage, logger: logging.Logger) -> None:
        """Maintain the lake and print the report.

        Raises:
            TargetS3Error: It could not be maintained, or some of its tables.
        """
        if self.older_than < LEAST_AGE:
            logger.warning("What went out of use within the last hour is kept in any case.")
        now = dt.datetime.now(dt.timezone.utc)
        maintenance = Maintenance(settings, storage, logger, now, self.older_than, self.dry_run)
        report = maintenance.run(self.tables)
        for sentence in report.sentences():
            logger.info("%s", sentence)
        sys.stdout.write(json.dumps(report.as_json()) + "\n")
        sys.stdout.flush()
        if report.failed:
            reasons = " ".join(f"{name}: {reason}" for name, reason in report.failed.items())
            raise TargetS3Error(f"Not every table could be maintained. {reasons}")


def take_request(options: dict[str, Any]) -> Request | None:
    """Take the options of maintenance out of those of the command line.

    Args:
        options: By name; what belongs to maintenance is removed.

    Returns:
        What is asked for; None to load as ever.

    Raises:
        SettingError: An option is not understood, or asks for nothing without `--maintain`.
    """
    maintain = options.pop("maintain", False)
    age, dry_run = options.pop("older_than", None), options.pop("dry_run", False)
    tables = tuple(options.pop("tables", ()))
    if maintain:
        return Request(_age(age or _DEFAULT_AGE), dry_run, tables)
    if age or dry_run or tables:
        raise SettingError("Options --older-than, --dry-run and --table belong to --maintain.")
    return None


def _age(text: str) -> dt.timedelta:
    match = _AGE.fullmatch(text)
    if not match:
        raise SettingError(
            f"Option --older-than is {text!r}: write a number and m, h or d (minutes, hours, "
            "days), such as 24h."
        )
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})
