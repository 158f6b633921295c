"""What the runs did, from the records that target-s3 leaves beside the landing zone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from deftunes_report.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RECORDS = "landing_zone/_runs"
"""Folder of the records below the lake."""


@dataclass(frozen=True)
class TableLoad:
    """What one load did to one table.

    Attributes:
        snapshot_id: The Iceberg snapshot it made; None when nothing had changed.
    """

    run_id: str
    table: str
    started: datetime
    ended: datetime
    landed: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    snapshot_id: int | None


@dataclass(frozen=True)
class History:
    """The published loads, oldest first."""

    loads: tuple[TableLoad, ...]

    @property
    def run_id(self) -> str | None:
        """The run that published last; None before the first."""
        return self.loads[-1].run_id if self.loads else None

    @property
    def latest(self) -> tuple[TableLoad, ...]:
        """The last load of each table, by table name."""
        by_table = {load.table: load for load in self.loads}
        return tuple(by_table[table] for table in sorted(by_table))

    @property
    def snapshots(self) -> dict[str, int]:
        """The snapshot that each table's last change made, by table name."""
        changes = {load.table: load.snapshot_id for load in self.loads if load.snapshot_id}
        return dict(sorted(changes.items()))

    @property
    def seconds(self) -> dict[str, float]:
        """How long the loads took that stand now, by the tables they filled."""
        tables: dict[tuple[datetime, datetime], list[str]] = {}
        for load in self.latest:
            tables.setdefault((load.started, load.ended), []).append(load.table)
        return {
            f"load {', '.join(names)}": round((ended - started).total_seconds(), 1)
            for (started, ended), names in sorted(tables.items())
        }


def read_history(lake: Path) -> History:
    """Read every run record of the lake; none is no fault.

    Raises:
        ReportError: A record cannot be read.
    """
    loads: list[TableLoad] = []
    for file in sorted((lake / RECORDS).glob("*.json")):
        try:
            loads.extend(_loads(json.loads(file.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReportError(
                f"the run record {file} cannot be read ({error!r}): "
                "it is written by target-s3, move a damaged one away"
            ) from error
    return History(tuple(sorted(loads, key=lambda load: (load.ended, load.table))))


def _loads(record: dict[str, Any]) -> Iterable[TableLoad]:
    for load in record["loads"]:
        for stream in load["streams"].values():
            # A load can fail after some of its streams were published.
            if stream.get("published", load["status"] == "published"):
                yield TableLoad(
                    run_id=record["run_id"],
                    table=stream["table"],
                    started=_moment(load["started"]),
                    ended=_moment(load["ended"] or load["started"]),
                    landed=stream["rows_landed"],
                    inserted=stream["inserted"],
                    updated=stream["updated"],
                    deleted=stream["deleted"],
                    unchanged=stream["unchanged"],
                    snapshot_id=stream["snapshot_id"],
                )


def _moment(text: str) -> datetime:
    # Python 3.10 does not read the Z.
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
