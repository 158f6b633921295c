"""What a run's record says of a stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from columnar_target.arrivals.staging import StagedStream
from columnar_target.arrivals.versions import Whole
from columnar_target.records.columns import Column
from columnar_target.records.types import name_of
from target_s3.arrivals.landing import Landed
from target_s3.lake.runs import Origin, StreamOutcome, timestamp
from target_s3.merging.arrival import Published
from target_s3.merging.difference import Removal


def landed(stream: StagedStream, rows: Landed, whole: Whole | None) -> StreamOutcome:
    """A stream that has landed, and is not published yet.

    Args:
        stream: The stream.
        rows: Its rows.
        whole: The whole read of the source that they are, if they are.
    """
    settings = stream.settings
    return StreamOutcome(
        table=settings.table,
        files=list(rows.files),
        rows_landed=rows.rows,
        rows_merged=rows.rows_merged,
        origin=Origin(
            keys=list(stream.keys),
            replace_by=list(settings.replace_by),
            source_from=settings.source_from,
            schema_changes=settings.schema_changes,
            hard_delete=settings.hard_delete,
            columns=_types(stream.columns.values()),
            first_columns=_types(stream.first_columns),
            file_columns=[
                {field.name: name_of(field.type) for field in part.schema} if part.json_path else {}
                for part in stream.parts
            ],
            first_row=whole.first_row if whole else 0,
            whole=whole is not None,
        ),
    )


def _types(columns: Iterable[Column]) -> dict[str, str]:
    return {column.name: name_of(column.type.arrow) for column in columns}


def note_removal(outcome: StreamOutcome, removal: Removal) -> None:
    """Add whether a whole read of the source removes what it did not see."""
    if outcome.origin is not None:
        resumed = outcome.origin.whole and not removal.whole
        outcome.origin = replace(outcome.origin, resumed=resumed)


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
    outcome.base = published.base
    outcome.published_at = timestamp(published.compared_at)
    outcome.published = published_now
