"""What dbt said of its last build, from its `run_results.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deftunes_report.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

BUILDING = ("build", "run", "test")
"""Commands whose results tell of the warehouse; docs and the like overwrite the file too."""


@dataclass(frozen=True)
class DbtResults:
    """Models and tests of the last build, counted.

    Attributes:
        seconds: How long it took, without dbt's own start.
    """

    command: str
    ok: int
    warnings: int
    failed: int
    skipped: int
    seconds: float


def read_dbt_results(target: Path) -> DbtResults | None:
    """Read the results of dbt's last build.

    Args:
        target: dbt's target folder.

    Returns:
        The results, or None when the last command was no build.

    Raises:
        ReportError: The file is there and cannot be read.
    """
    file = target / "run_results.json"
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        command = content["args"]["which"]
        statuses = [
            result["status"]
            for result in content["results"]
            # Hooks are listed among the results.
            if not result["unique_id"].startswith("operation.")
        ]
        seconds = float(content["elapsed_time"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(
            f"dbt's results {file} cannot be read ({error!r}): run `meltano invoke dbt:build` again"
        ) from error
    if command not in BUILDING:
        return None
    return DbtResults(
        command=command,
        ok=sum(status in {"success", "pass"} for status in statuses),
        warnings=statuses.count("warn"),
        failed=sum(status in {"error", "fail", "runtime error"} for status in statuses),
        skipped=statuses.count("skipped"),
        seconds=seconds,
    )
