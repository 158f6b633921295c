"""From a task to the log of what it ran."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

from deftunes_dags.versions import conf


class MeltanoLog(BaseOperatorLink):
    """To Meltano's own log of a load on this machine; `orchestrate/plugins` shows it."""

    name = "Meltano log"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's form
        """Give the address; it is made where the task runs, so the try is known."""
        base = conf.get("api", "base_url", fallback="").rstrip("/")
        return f"{base}/meltano-logs/{ti_key.dag_id}/{ti_key.id}"


class ContainerLog(BaseOperatorLink):
    """To the container's log in CloudWatch."""

    name = "CloudWatch log"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Give the address, once a container was started."""
        arn = operator.arn or ti_key.xcom_pull(key="ecs_task_arn", task_ids=ti_key.task_id)
        if not arn:
            return ""
        region = arn.split(":")[3]
        prefix, name = operator.awslogs_stream_prefix, operator.container_name
        stream = f"{prefix}/{name}/{arn.rpartition('/')[2]}"
        place = f"log-groups/log-group/{_twice(operator.awslogs_group)}/log-events/{_twice(stream)}"
        console = f"https://{region}.console.aws.amazon.com/cloudwatch/home"
        return f"{console}?region={region}#logsV2:{place}"


def _twice(text: str) -> str:
    """Encode as AWS's console reads what follows the `#`."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")
