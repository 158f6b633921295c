"""What tasks have in common wherever they run: the line that they type for a run's days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from deftunes_dags.line import Line, days_to_read, line_to_check, line_to_run
from deftunes_dags.schedules import Block

RUN_ID = "meltano_run_id"
"""The key under which a load's task tells its run id to the task that looks at its quality."""
_BACKFILL = "backfill"

LineOf = Callable[[Mapping[str, Any]], Line]
"""Gives a task's line for Airflow's context."""


def line_of_block(block: Block) -> LineOf:
    """Run a block of a job, for the days of the run."""

    def line_of(context: Mapping[str, Any]) -> Line:
        run = context["dag_run"]
        days = days_to_read(
            run.data_interval_start,
            run.data_interval_end,
            dt.datetime.now(dt.timezone.utc),
            always=run.run_type == _BACKFILL,
        )
        return line_to_run(block, days)

    return line_of


def line_of_check(load: str) -> LineOf:
    """Show what came of the rules of the load that another task made."""

    def line_of(context: Mapping[str, Any]) -> Line:
        run_id = context["ti"].xcom_pull(task_ids=load, key=RUN_ID)
        return line_to_check(f"{run_id}")

    return line_of


def settings_of(line: Line, context: Mapping[str, Any]) -> dict[str, str]:
    """Give the environment of a task: its line's, and its try as the id of Meltano's run.

    Airflow gives each try an id of its own, a UUID: so log, landing record and snapshots of a try
    are found by one name.
    """
    return {**line.settings, "MELTANO_RUN_ID": f"{context['ti'].id}"}
