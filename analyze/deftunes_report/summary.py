"""`summary.json`: what a program wants to know of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deftunes_report.dbt_results import DbtResults
    from deftunes_report.quality import Quality
    from deftunes_report.runs import History
    from deftunes_report.warehouse import Totals


def summarize(
    totals: Totals, quality: Quality, history: History, seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Put the summary together.

    Args:
        totals: From the warehouse.
        quality: What came of the rules, from there too.
        history: The published loads.
        seconds: Seconds by step.

    Returns:
        `run_id` (text or null), `totals` (`users`, `sessions`, `items` as numbers, `revenue` as
        an exact text such as "12345.67", US dollars), `quality` (the rules held against the last
        load of each table, by what came of them, and `rows_in_quarantine`), `snapshots` (id by
        table) and `seconds` (by step).
    """
    return {
        "run_id": history.run_id,
        "totals": {
            "users": totals.users,
            "sessions": totals.sessions,
            "items": totals.items,
            "revenue": f"{totals.revenue:.2f}",
        },
        "quality": {
            "rules": {name.replace(" ", "_"): count for name, count in quality.rules.items()},
            "rows_in_quarantine": sum(quality.rows_in_quarantine.values()),
        },
        "snapshots": history.snapshots,
        "seconds": dict(seconds),
    }


def known_seconds(history: History, dbt: DbtResults | None) -> dict[str, float]:
    """Seconds by step as far as the loads and dbt have written them down."""
    return history.seconds | ({f"dbt {dbt.command}": round(dbt.seconds, 1)} if dbt else {})
