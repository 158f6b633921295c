"""What Airflow finds in a folder of DAGs, as JSON. Runs in Airflow's own environment.

python structure.py FOLDER
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.orchestrate.ecs_ends import ends, log_link, typed


def refuse_processes(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail if a DAG's file starts a process, as a Meltano would be."""
    if event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}:
        raise AssertionError(f"{event} {arguments[:2]}")


def described(dag: Any) -> dict[str, Any]:
    """A DAG in words that JSON has."""
    return {
        "schedule": getattr(dag.timetable, "expression", None),
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
        "trigger_rule": f"{task.trigger_rule}",
        "tells_failure": bool(task.on_failure_callback),
        "where": {
            name: getattr(task, name, None)
            for name in (
                *("cwd", "cluster", "task_definition", "network_configuration", "container_name"),
                *("awslogs_group", "awslogs_stream_prefix", "deferrable", "launch_type"),
            )
        },
    }


def main() -> None:
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - it starts processes

    sys.path.insert(0, sys.argv[1])  # as Airflow's processes do
    sys.addaudithook(refuse_processes)
    bag = DagBag(sys.argv[1])
    seconds = sum(stat.duration.total_seconds() for stat in bag.dagbag_stats)
    dags = {dag_id: described(dag) for dag_id, dag in bag.dags.items()}
    found: dict[str, Any] = {"errors": bag.import_errors, "seconds": seconds, "dags": dags}
    load = bag.dags["deftunes_api_pipeline_dag"].get_task("api_extract_job")
    if type(load).__name__ == "EcsTask":
        found |= {"ends": ends(load), "typed": typed(load), "log": log_link(load)}
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
