"""What Airflow finds in a folder of DAGs, as JSON. Runs in Airflow's own environment.

python structure.py FOLDER '{"here": {"DEFTUNES_TASKS": "local"}, "there": {…}}'

One process looks at all of them, as importing Airflow takes longer than all else.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from types import SimpleNamespace
from typing import Any

from tests.orchestrate.ecs_ends import ends, log_link, run_ids, typed


def refuse_processes(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail if a DAG's file starts a process, as a Meltano would be."""
    if event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}:
        raise AssertionError(f"{event} {arguments[:2]}")


def described(dag: Any) -> dict[str, Any]:
    """A DAG in words that JSON has."""
    return {
        "schedule": getattr(dag.timetable, "expression", None) or dag.timetable._expression,
        "catchup": dag.catchup,
        "start_date": f"{dag.start_date:%Y-%m-%d}",
        "max_active_runs": dag.max_active_runs,
        "hours": dag.dagrun_timeout.total_seconds() / 3600,
        "tasks": {task.task_id: described_task(task) for task in dag.tasks},
    }


def described_task(task: Any) -> dict[str, Any]:
    """A task in words that JSON has."""
    return {
        "type": type(task).__name__,
        "upstream": sorted(task.upstream_task_ids),
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "max_retry_delay": task.max_retry_delay.total_seconds(),
        "backoff": task.retry_exponential_backoff,
        "hours": task.execution_timeout.total_seconds() / 3600,
        "pool": task.pool,
        "one_at_a_time": task.max_active_tis_per_dag == 1,
        "waits": getattr(task, "waiter_max_attempts", 0) * getattr(task, "waiter_delay", 0),
        "trigger_rule": f"{task.trigger_rule}".rpartition(".")[2].lower(),
        "where": {
            name: getattr(task, name, None)
            for name in (
                *("cwd", "cluster", "task_definition", "network_configuration", "container_name"),
                *("awslogs_group", "awslogs_stream_prefix", "deferrable", "launch_type"),
            )
        },
    }


def fail(dag: Any) -> None:
    """Let everything fail that can be told, as Airflow does."""
    for_good = sys.modules["deftunes_dags.versions"].AirflowFailException
    for task in dag.tasks:
        for fault in (for_good("A rule."), ValueError("A crash.")):
            ti = SimpleNamespace(
                dag_id=dag.dag_id, task_id=task.task_id, run_id="one", try_number=1
            )
            for callback in task.on_failure_callback:
                callback({"ti": ti, "exception": fault})
    dag.on_failure_callback({"dag": dag, "run_id": "one", "reason": "timed_out"})


def main() -> None:
    importlib.import_module("croniter")  # which asks the system what it is
    try:
        from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - it starts processes
    except ImportError:  # Airflow 3.0
        from airflow.models.dagbag import DagBag  # noqa: PLC0415 - it starts processes

    sys.path.insert(0, sys.argv[1])  # as Airflow's processes do
    sys.addaudithook(refuse_processes)
    found = {}
    for name, settings in json.loads(sys.argv[2]).items():
        os.environ.update(settings)
        bag = DagBag(sys.argv[1])
        dags = {dag_id: described(dag) for dag_id, dag in bag.dags.items()}
        found[name] = {"errors": bag.import_errors, "dags": dags}
        songs, api = (bag.dags[f"deftunes_{each}_pipeline_dag"] for each in ("songs", "api"))
        load = api.get_task("api_extract_job")
        if "DEFTUNES_ALERT_WEBHOOK" in settings:
            fail(songs)
        if type(load).__name__ == "EcsTask":
            found[name] |= {"ends": ends(load), "typed": typed(load), "log": log_link(load)}
        if "AWS_ENDPOINT_URL" in settings:
            found[name]["run_ids"] = run_ids(load)
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
