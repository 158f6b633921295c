"""A schedule of meltano.yml as a DAG: a task for each `meltano run` of its job."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, BaseOperator

from deftunes_dags.alerts import tell_failure, tell_run_failure
from deftunes_dags.outcome import tell_own_failure
from deftunes_dags.schedules import Block, Schedule
from deftunes_dags.typing_task import line_of_block, line_of_check
from deftunes_dags.versions import TWICE_AS_LONG, CronDataIntervalTimetable

WAREHOUSE = "warehouse"
"""The pool of what works on the warehouse: one slot, whichever pipeline it is for."""
WHERE = "DEFTUNES_TASKS"
"""The variable that says where tasks run: `local`, or `ecs`."""

_RETRIES = 3
_RETRY_DELAY = 60
"""Seconds before the first retry; each further one waits twice as long. Together the three are
longer than the five minutes for which Meltano takes a run that was killed for alive."""
_LONGEST_TASK = dt.timedelta(hours=2)
_LONGEST_WAIT = dt.timedelta(minutes=15)

MakeTask = Callable[..., BaseOperator]


def dag_for(schedule: Schedule) -> DAG:
    """Make the DAG of a schedule.

    Raises:
        ValueError: The variable that says where tasks run names no such place.
    """
    where = os.environ.get(WHERE) or "local"
    make_task = _place(where)
    start = dt.datetime.combine(schedule.start_date, dt.time(), dt.timezone.utc)
    times = schedule.interval and CronDataIntervalTimetable(schedule.interval, timezone="UTC")
    default_args: dict[str, Any] = {
        "retries": int(os.environ.get("DEFTUNES_TASK_RETRIES") or _RETRIES),
        "retry_delay": dt.timedelta(
            seconds=float(os.environ.get("DEFTUNES_TASK_RETRY_DELAY") or _RETRY_DELAY)
        ),
        "retry_exponential_backoff": TWICE_AS_LONG,
        "max_retry_delay": _LONGEST_WAIT,
        "execution_timeout": _LONGEST_TASK,
        # a load that keeps no record has no quality to show, and is followed all the same
        "trigger_rule": "none_failed_min_one_success",
        "on_failure_callback": tell_failure,
    }
    with DAG(
        schedule.dag_id,
        description=f"meltano run {schedule.job}",
        schedule=times or None,
        start_date=start,
        catchup=schedule.catchup,
        # two at once would read each other's bookmark
        max_active_runs=1,
        dagrun_timeout=schedule.longest,
        on_failure_callback=tell_run_failure,
        tags=["deftunes"],
        default_args=default_args,
    ) as dag:
        done: list[BaseOperator] = []
        for block in schedule.blocks:
            if block.where not in (None, where):
                continue
            tasks = _tasks(block, make_task)
            if done:
                tasks[0].set_upstream(done)
            done = tasks
        if len(done) > 1:
            # a run is judged by its last tasks: by quality alone, which is skipped of a load that
            # left no record, one whose load failed would be well
            EmptyOperator(task_id="end").set_upstream(done)
    return dag


def _tasks(block: Block, make_task: MakeTask) -> list[BaseOperator]:
    """Make the tasks of a block: its own, and after a load the one that shows its quality."""
    # one folder tells an extractor its bookmark, and one program writes the warehouse
    alone: dict[str, Any] = {"max_active_tis_per_dag": 1} if block.loads else {}
    if block.builds:
        alone["pool"] = WAREHOUSE
    task = make_task(
        task_id=block.task_id,
        job=block.job,
        loads=block.loads,
        line_of=line_of_block(block),
        **alone,
    )
    if not block.loads:
        return [task]
    quality = make_task(
        task_id=f"{block.task_id}_quality",
        job=block.job,  # which may read what it wrote
        loads=False,
        line_of=line_of_check(block.task_id),
        # also of a load that a rule stopped
        trigger_rule="all_done",
        on_failure_callback=tell_own_failure,
    )
    quality.set_upstream(task)
    # what comes next needs both: looking may be skipped, but not fail
    return [task, quality]


def _place(where: str) -> MakeTask:
    """Choose where tasks run; what is not needed is not imported."""
    if where == "local":
        from deftunes_dags.local import LocalTask  # noqa: PLC0415 - one of two

        return LocalTask
    if where == "ecs":
        from deftunes_dags.ecs import EcsTask  # noqa: PLC0415 - one of two

        return EcsTask
    raise ValueError(f"{WHERE}={where} is no place for tasks: it is local or ecs.")
