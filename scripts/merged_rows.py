"""What became of the rows that a run of target-s3 landed, from what it says in a log."""

from __future__ import annotations

import re
from pathlib import Path

FATES = ("inserted", "updated", "deleted", "unchanged", "set aside")

_STREAM = re.compile(r" Stream \S+: \d+ landed; ")


def merged_rows(log: Path) -> str:
    """Add up the rows of all streams.

    Args:
        log: What Meltano said, and its plugins.

    Returns:
        Such as `20,540 landed: 20,495 inserted, 45 set aside`; empty when the log has no word of
        it.
    """
    words = log.read_text(encoding="utf-8").splitlines()
    told = "\n".join(line for line in words if _STREAM.search(line))
    counts = {fate: _count(fate, told) for fate in FATES}
    fates = ", ".join(f"{count:,} {fate}" for fate, count in counts.items() if count)
    landed = f"{_count('landed', told):,} landed" if told else ""
    return f"{landed}: {fates}" if fates else landed


def _count(fate: str, told: str) -> int:
    return sum(int(count) for count in re.findall(rf"(\d+) {fate}\b", told))
