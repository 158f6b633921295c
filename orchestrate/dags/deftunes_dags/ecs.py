"""Tasks on ECS: the same line as on this machine, in a container of the project's image."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator

from deftunes_dags.line import Line
from deftunes_dags.links import ContainerLog
from deftunes_dags.outcome import judge
from deftunes_dags.typing_task import RUN_ID, LineOf, settings_of

CONTAINER = "meltano"
"""The container of each task definition whose command is replaced."""
VARIABLES = ("DEFTUNES_ECS_NAME", "DEFTUNES_ECS_SUBNETS", "DEFTUNES_ECS_SECURITY_GROUPS")
"""Where containers run; the last two with commas."""
LIMIT = "DEFTUNES_LINE_SECONDS"
"""What a container is told so that it ends itself: Airflow's own limit ends no deferred task."""
_GRACE = dt.timedelta(minutes=15)
"""For how much longer Airflow waits: a container has to be started first."""


@dataclass(frozen=True)
class Platform:
    """What terraform/ has made, by the names that it gives.

    Attributes:
        name: Of the cluster, and what the names of all else begin with: `deftunes-prod`.
        subnets: Where containers run.
        security_groups: What they may reach.
    """

    name: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> Platform:
        """Find it by the environment of Airflow.

        Raises:
            ValueError: Something is not set.
        """
        values = [environment.get(name, "") for name in VARIABLES]
        missing = [name for name, value in zip(VARIABLES, values, strict=True) if not value]
        if missing:
            raise ValueError(
                f"Tasks run on ECS, and {', '.join(missing)} is not set: `make aws-env` prints "
                "what terraform/ has made."
            )
        name, subnets, groups = values
        return cls(name, tuple(subnets.split(",")), tuple(groups.split(",")))

    @property
    def network(self) -> dict[str, Any]:
        """The network as ECS takes it."""
        return {
            "awsvpcConfiguration": {
                "subnets": list(self.subnets),
                "securityGroups": list(self.security_groups),
                "assignPublicIp": "DISABLED",
            }
        }


class EcsTask(EcsRunTaskOperator):
    """Types a line of Meltano in a container, and waits for it without a process of its own.

    Args:
        line_of: Gives the line.
        job: The task definition, as terraform/ names it after the platform.
        loads: Whether it leaves a record; a container's log is there for all.
        options: Those of every operator.
    """

    operator_extra_links = (ContainerLog(),)

    def __init__(self, *, line_of: LineOf, job: str, loads: bool, **options: Any) -> None:
        platform = Platform.found(os.environ)
        super().__init__(
            task_definition=f"{platform.name}-{job}",
            cluster=platform.name,
            region_name=os.environ.get("AWS_REGION"),
            overrides={},
            launch_type="FARGATE",
            network_configuration=platform.network,
            awslogs_group=f"/{platform.name}/{CONTAINER}",
            awslogs_stream_prefix=job,
            container_name=CONTAINER,
            deferrable=True,
            # a worker that is started anew finds its task again instead of starting another
            reattach=True,
            do_xcom_push=True,
            **options,
        )
        self._line_of = line_of
        self._loads = loads
        self._limit: dt.timedelta = self.execution_timeout
        self.waiter_max_attempts = int((self._limit + _GRACE).total_seconds() // self.waiter_delay)

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Make the line of this run, then render as ever."""
        self.overrides = overrides(self._line_of(context), context, self._limit)
        super().render_template_fields(context, jinja_env)

    def execute(self, context: Any) -> Any:
        """Start the container; `execute_complete` goes on when it has ended."""
        if self._loads:
            self._tell_run = partial(context["ti"].xcom_push, RUN_ID)
            self._tell_run(f"{context['ti'].id}")
        return super().execute(context)

    def _try_reattach_task(self, started_by: str) -> None:
        """Look for a container of an earlier try, whose run it is then that is looked at."""
        super()._try_reattach_task(started_by)
        if self.arn and self._loads:
            answer = self.client.describe_tasks(cluster=self.cluster, tasks=[self.arn])
            run_id = told(answer).get("MELTANO_RUN_ID")
            if run_id:
                self._tell_run(run_id)

    def _check_success_task(self) -> None:
        """Judge by the container's exit status, which the operator knows as one failure of many.

        Raises:
            AirflowFailException: A rule stopped the load.
            AirflowSkipException: There was nothing to do.
            AirflowException: It failed otherwise, or never ran.
        """
        answer = self.client.describe_tasks(cluster=self.cluster, tasks=[self.arn])
        status = exit_status(answer)
        if status is not None:
            judge(status, self._last_words() if status else "")
        # what has no exit status never ran: the operator knows why
        super()._check_success_task()

    def _last_words(self) -> str:
        """Give the last line of the container's log: of a failure, its reason."""
        fetcher = self._get_task_log_fetcher()
        return str(fetcher.get_last_log_message() or "The container left no word in its log.")


def overrides(line: Line, context: Mapping[str, Any], limit: dt.timedelta) -> dict[str, Any]:
    """Give a line as ECS takes it: the container's command and its environment."""
    settings = {**settings_of(line, context), LIMIT: f"{limit.total_seconds():.0f}"}
    return {
        "containerOverrides": [
            {
                "name": CONTAINER,
                "command": list(line.words),
                "environment": [
                    {"name": name, "value": value} for name, value in sorted(settings.items())
                ],
            }
        ]
    }


def told(answer: Mapping[str, Any]) -> dict[str, str]:
    """Read what our container was told by `overrides` from what ECS says of a task."""
    containers = [
        each
        for task in answer["tasks"]
        for each in task.get("overrides", {}).get("containerOverrides", [])
    ]
    ours = (each["environment"] for each in containers if each.get("name") == CONTAINER)
    return {each["name"]: each["value"] for each in next(ours, [])}


def exit_status(answer: Mapping[str, Any]) -> int | None:
    """Read the exit status of our container from what ECS says of a task; None if it has none."""
    containers = [each for task in answer["tasks"] for each in task.get("containers", [])]
    ours = (each.get("exitCode") for each in containers if each.get("name") == CONTAINER)
    return next(ours, None)
