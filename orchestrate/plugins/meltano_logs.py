"""Airflow shows Meltano's own log of a load, to those who may see the task's log."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Annotated

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse

_ROOT = Path(os.environ.get("DEFTUNES_PROJECT_ROOT") or Path(__file__).resolve().parents[2])
_LOGS = _ROOT / ".meltano" / "state" / "meltano" / "log" / "elt"
_ALLOWED = Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS))

app = FastAPI(title="Meltano's logs")


@app.get("/{dag_id}/{run_id}", dependencies=[_ALLOWED])
def read_log(dag_id: str, run_id: Annotated[uuid.UUID, "of Meltano"]) -> FileResponse:
    """Show the log of a run of Meltano.

    Args:
        dag_id: The DAG whose task it was, by which Airflow decides who may see it.
        run_id: The run, which is a try of a task.

    Raises:
        HTTPException: There is no such log.
    """
    file = next(_LOGS.glob(f"*/{run_id}/elt.log"), None)
    if file is None:
        raise HTTPException(404, f"Meltano has no log of run {run_id} of {dag_id} on this machine.")
    return FileResponse(file, media_type="text/plain; charset=utf-8")


class MeltanoLogs(AirflowPlugin):
    """Adds the page to Airflow's."""

    name = "meltano_logs"
    fastapi_apps = [{"app": app, "url_prefix": "/meltano-logs", "name": "Meltano's logs"}]  # noqa: RUF012 - Airflow's form
