"""How many rows a run of target-s3 landed and changed, from what it says in a log."""

from __future__ import annotations

import re
from pathlib import Path

COUNTED = ("landed", "inserted", "updated", "deleted")

_STREAM = re.compile(r" Stream \S+: \d+ landed; ")


def merged_rows(log: Path) -> dict[str, int]:
    """Add up the rows of all streams.

    Args:
        log: What Meltano said, and its plugins.

    Returns:
        Rows by what became of them, in the order of `COUNTED`; empty when the log has no word of
        it.
    """
    words = log.read_text(encoding="utf-8").splitlines()
    told = [line for line in words if _STREAM.search(line)]
    return {
        what: sum(int(count) for line in told for count in re.findall(rf"(\d+) {what}\b", line))
        for what in COUNTED
        if told
    }
