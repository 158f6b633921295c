"""How a task on ECS ends for each exit status of its container. Runs in Airflow's environment."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

REASON = 'target-s3: Table songs: IsComplete "title" (block): 2 of 9 rows fail.'


class FakeEcs:
    """Stands for ECS, which runs nowhere here: a task that has stopped with a status."""

    def __init__(self, status: int | None) -> None:
        self._status = status

    def describe_tasks(self, **_: Any) -> dict[str, Any]:
        container: dict[str, Any] = {"name": "meltano", "lastStatus": "STOPPED"}
        if self._status is not None:
            container["exitCode"] = self._status
        task = {"containers": [container], "stopCode": "TaskFailedToStart" * (self._status is None)}
        return {"failures": [], "tasks": [{**task, "stoppedReason": "no image"}]}


def ends(task: Any) -> dict[str, list[str]]:
    """Name and text of the exception for each exit status of its container."""
    found = {}
    task.arn = "arn:aws:ecs:eu-west-1:123456789012:task/deftunes-test/0123"
    task._get_task_log_fetcher = lambda: SimpleNamespace(get_last_log_message=lambda: REASON)
    for status in (0, 1, 3, 4, 99, None):
        task.__dict__["client"] = FakeEcs(status)
        try:
            task._check_success_task()
        except Exception as end:  # noqa: BLE001 - each kind is what is asked for
            found[f"{status}"] = [type(end).__name__, f"{end}"]
        else:
            found[f"{status}"] = ["none", ""]
    return found


def typed(task: Any, try_id: str = "01a2008c", try_number: int = 1) -> dict[str, Any]:
    """What the container is told for an interval that has passed."""
    start = dt.datetime(2020, 1, 5, 6, tzinfo=dt.timezone.utc)
    run = SimpleNamespace(
        data_interval_start=start,
        data_interval_end=start + dt.timedelta(days=1),
        run_type="scheduled",
    )
    ti = SimpleNamespace(id=try_id, try_number=try_number)
    task.render_template_fields({"dag_run": run, "ti": ti})
    told: dict[str, Any] = task.overrides
    return told


def run_ids(task: Any) -> list[str]:
    """Which run each of three tries says it is: one that starts, one that finds it, one anew."""
    from airflow.sdk.exceptions import TaskDeferred  # noqa: PLC0415 - it starts processes

    told: dict[str, Any] = {}
    found = []
    for number, try_id in enumerate(("first", "second", "third"), start=1):
        task.arn = None  # a try is a process of its own
        task.__dict__.pop("client", None)
        typed(task, try_id, number)
        key = {"dag_id": task.dag_id, "task_id": task.task_id, "run_id": "one", "map_index": -1}
        ti = SimpleNamespace(**key, id=try_id, try_number=number)
        ti.xcom_push = lambda key, value: told.update({key: value})
        try:
            task.execute({"ti": ti})
        except TaskDeferred:
            found.append(told["meltano_run_id"])
        if number == 2:
            task.client.stop_task(cluster=task.cluster, task=task.arn)
    return found


def log_link(task: Any) -> str:
    """Where the container's log is."""
    (link,) = task.operator_extra_links
    return str(link.get_link(task, ti_key=SimpleNamespace()))
