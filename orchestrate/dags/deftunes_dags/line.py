"""What a task types: the words after `meltano`, and the days that they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from deftunes_dags.schedules import Block

_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """A span of whole days, UTC.

    Attributes:
        first: The first of them.
        last: The last of them.
    """

    first: dt.date
    last: dt.date

    @property
    def name(self) -> str:
        """First day, and first day after: `make backfill` calls a chunk the same."""
        return f"{self.first}_{self.last + _A_DAY}"


@dataclass(frozen=True)
class Line:
    """What is typed.

    Attributes:
        words: The words after `meltano`.
        settings: Variables of the environment that plugins read.
    """

    words: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


def days_to_read(
    start: dt.datetime | None, end: dt.datetime | None, now: dt.datetime, *, always: bool
) -> Days | None:
    """Tell which days a run of a pipeline reads.

    The newest interval is the daily run's: it reads from its bookmark on, which is never less
    than the interval, and looks back for rows that came late. An earlier one, be it caught up,
    back-filled or cleared, reads its own days, and leaves the bookmark alone.

    Args:
        start: Where the run's data interval begins; None if it has none, as when it was triggered.
        end: Where it ends, the first moment that is not in it.
        now: The present.
        always: Whether the newest interval is read by its days as well, as in a back-fill.

    Returns:
        From the day on which the interval begins to the day before the one on which it ends, at
        least one day; None to read on from the bookmark.
    """
    if start is None or end is None or start == end:
        return None
    next_end = end + (end - start)
    if next_end > now and not always:
        return None
    first = start.date()
    return Days(first, max(first, end.date() - _A_DAY))


def line_to_run(block: Block, days: Days | None) -> Line:
    """Give what is typed for a block.

    Args:
        block: The block.
        days: The days to read, where its extractor can; None to read on from the bookmark.
    """
    if days is None or not block.history_by:
        return Line(("run", *block.words))
    # whoever runs an interval once more wants it read once more, whatever its state says
    options = ("--full-refresh", f"--state-id-suffix={days.name}")
    words = (block.history_by.get(word, word) for word in block.words)
    return Line(("run", *options, *words), _settings(block, days))


def line_to_check(run_id: str) -> Line:
    """Give what is typed to see what came of the rules.

    Args:
        run_id: The run whose loads were held to them.
    """
    return Line(("invoke", "runs:quality", "--run", run_id))


def _settings(block: Block, days: Days) -> dict[str, str]:
    settings = {}
    for extractor in block.history_by.values():
        prefix = extractor.replace("-", "_").upper()
        settings[f"{prefix}_START_DATE"] = f"{days.first}"
        settings[f"{prefix}_END_DATE"] = f"{days.last}"
    return settings
