"""What was measured, kept as JSON: each contest by its case and size, the newest only."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from paired.contest import Contest, Run

Results = dict[str, dict[str, Any]]
"""By `<case> <size>`: what `record_of` gives."""


def read(file: Path) -> Results:
    """All that was kept; nothing, where nothing was."""
    if not file.exists():
        return {}
    kept: Results = json.loads(file.read_text(encoding="utf-8"))
    return kept


def keep(
    file: Path, contest: Contest, runs: Sequence[Run], load: float, order: Sequence[str]
) -> None:
    """Put a contest's runs in the place of its earlier ones.

    Args:
        file: The JSON file.
        contest: What was measured.
        runs: Those that count.
        load: The machine's load when it began, from others.
        order: The cases, in the order to tell them in.
    """
    results = read(file)
    results[f"{contest.case} {contest.size}"] = record_of(contest, runs, load)
    places = {case: place for place, case in enumerate(order)}
    ordered = dict(
        sorted(
            results.items(),
            key=lambda item: (places.get(item[1]["case"], len(places)), item[1]["size"]),
        )
    )
    file.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def record_of(contest: Contest, runs: Sequence[Run], load: float) -> dict[str, Any]:
    """A contest and its runs as JSON keeps them."""
    ran = {run.contestant for run in runs}
    return {
        "case": contest.case,
        "size": contest.size,
        "title": contest.title,
        "excludes": contest.excludes,
        "when": datetime.now(timezone.utc).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "load": round(load, 1),
        "steps": dict(contest.steps),
        "idle": list(contest.idle),
        "content": dict(contest.expected),
        "goals": [asdict(goal) for goal in contest.goals],
        "contestants": {each.name: each.words for each in contest.contestants if each.name in ran},
        "runs": [
            {
                "contestant": run.contestant,
                "step": run.step,
                **{name: round(value, 3) for name, value in asdict(run.cost).items()},
                "committed": run.committed,
            }
            for run in runs
        ],
    }
