"""Which loads a table is made of, and whether that is known well enough to make it anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyiceberg.table import Table

from columnar_target.errors import ConcurrentWriteError, SettingError
from target_s3.lake.past_loads import PastLoad
from target_s3.publishing.preparation import RUN_ID_PROPERTY
from target_s3.recovery.past import (
    RECOVERY_PROPERTY,
    Ancestry,
    is_upkeep,
    lineage,
    summary,
    time_of,
    undone_last,
)

AT_WORK = dt.timedelta(hours=1)
"""How long a load may take from its commit to its record."""


@dataclass(frozen=True)
class Counted:
    """The loads of a table.

    Attributes:
        used: Those to apply, in the order in which they were published.
        needless: Those before them, of which nothing is left in the table.
        rolled_back: How many were undone.
        unpublished: How many were never published.
    """

    used: Sequence[PastLoad]
    needless: Sequence[PastLoad]
    rolled_back: int
    unpublished: int


def count_loads(loads: Sequence[PastLoad], name: str, table: Table | None) -> Counted:
    """Find the loads that a table is made of.

    Args:
        loads: All loads of the table, in order.
        name: The table's name.
        table: The table, if it is there.

    Raises:
        SettingError: There is none, or one of them does not say what it takes to load it again.
    """
    published = [load for load in loads if load.outcome.published]
    standing = published if table is None else _standing(published, table)
    undone = len(published) - len(standing)
    undone += sum(load.outcome.rolled_back is not None for load in loads)
    begin = next(
        (number for number in reversed(range(len(standing))) if _replaces_all(standing[number])), 0
    )
    used = standing[begin:]
    if not used:
        raise SettingError(
            f"No run record tells of a load of table {name!r} that is published: there is nothing "
            "to make it of. Look at the settings lake_url and runs_path."
        )
    for load in used:
        if load.outcome.origin is None and not load.outcome.replay:
            raise SettingError(
                f"The run record {load.record} was written by an earlier version of this target, "
                f"which did not note what it takes to load table {name} once more: the table can "
                "only be read from its source again (a full refresh)."
            )
    return Counted(used, standing[:begin], undone, len(loads) - len(standing) - undone)


def unrecorded(
    loads: Sequence[PastLoad], table: Table, name: str, now: dt.datetime
) -> Iterator[str]:
    """What the table has that no record tells of.

    Args:
        loads: All loads of the table.
        table: The table.
        name: Its name.
        now: The time (UTC).

    Yields:
        Sentences on what will not be in the table that is made anew.

    Raises:
        ConcurrentWriteError: A load seems to be at work.
    """
    recorded = {load.outcome.snapshot_id for load in loads}
    for snapshot in lineage(table, table.metadata.current_snapshot_id):
        said = summary(snapshot)
        if snapshot.snapshot_id in recorded or is_upkeep(snapshot) or RECOVERY_PROPERTY in said:
            continue
        made = time_of(snapshot)
        if RUN_ID_PROPERTY not in said:
            yield (
                f"Snapshot {snapshot.snapshot_id} of {made} is another program's: what it changed "
                "is not in the landing zone."
            )
            continue
        again = any(load.started > made for load in loads)
        age = now - dt.datetime.fromtimestamp(snapshot.timestamp_ms / 1000, dt.timezone.utc)
        if age < AT_WORK and not again:
            raise ConcurrentWriteError(
                f"Run {said[RUN_ID_PROPERTY]} has changed table {name} at {made}, and no record "
                "says so yet: it is at work, or it was killed. Wait for it, or run it again, and "
                "then rebuild."
            )
        yield (
            f"Run {said[RUN_ID_PROPERTY]} was killed at {made} before it was recorded: its rows "
            "come again with the next run of its tap, if they have not yet."
        )


def _standing(published: Sequence[PastLoad], table: Table) -> list[PastLoad]:
    """Those that no roll back has undone, whether it could mark them or not."""
    last, ancestry = undone_last(table), Ancestry(table)
    return [load for load in published if load.name not in last and not ancestry.lacks(load)]


def _replaces_all(load: PastLoad) -> bool:
    """Whether nothing of the table is older than a load: it brought and wrote every row."""
    done, origin = load.outcome, load.outcome.origin
    return (
        origin is not None
        and origin.whole
        and not origin.resumed
        and origin.hard_delete
        and done.snapshot_id is not None
        and not (done.unchanged or done.withheld)
    )
