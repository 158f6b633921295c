"""What a run's record says of a stream."""

from __future__ import annotations

from target_s3.arrivals.landing import Landed
from target_s3.arrivals.staging import StagedStream
from target_s3.lake.runs import StreamOutcome
from target_s3.merging.arrival import Published


def landed(stream: StagedStream, rows: Landed) -> StreamOutcome:
    """A stream that has landed, and is not published yet."""
    return StreamOutcome(
        table=stream.settings.table,
        files=list(rows.files),
        rows_landed=rows.rows,
        rows_merged=rows.rows_merged,
    )


def note(outcome: StreamOutcome, published: Published, *, published_now: bool) -> None:
    """Add what a stream does to its table.

    Args:
        outcome: The stream's record.
        published: What it does.
        published_now: Whether readers see it.
    """
    difference = published.difference
    outcome.inserted = difference.inserted
    outcome.updated = difference.updated
    outcome.deleted = difference.deleted
    outcome.unchanged = difference.unchanged
    outcome.withheld = difference.withheld
    outcome.snapshot_id = published.snapshot_id
    outcome.published = published_now
