"""What Airflow finds in the folder of the DAGs, asked in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.project import ROOT

ADDED = {
    "jobs": [
        {"name": "both", "tasks": ["tap-postgres target-s3 dbt:run", "dbt:test"]},
        {"name": "load", "tasks": ["tap-deftunes-api target-s3"]},
    ],
    "schedules": [
        {"name": "added", "job": "both", "interval": "@weekly"},
        {"name": "thin", "job": "load", "interval": "@weekly"},
    ],
}
AFTER_THE_LOAD = ["dbt_build_job", "publish_report", "publish_dashboards"]
PLATFORM = {
    "DEFTUNES_TASKS": "ecs",
    "DEFTUNES_ECS_NAME": "deftunes-test",
    "DEFTUNES_ECS_SUBNETS": "subnet-a,subnet-b",
    "DEFTUNES_ECS_SECURITY_GROUPS": "sg-tasks",
}


def found(programs: Path, project: Path, **places: dict[str, str]) -> dict[str, Any]:
    """What Airflow finds in the folder of the DAGs; that starts no process, or it fails."""
    done = subprocess.run(
        [
            *(str(programs / "python"), str(ROOT / "tests/orchestrate/structure.py")),
            *(str(ROOT / "orchestrate/dags"), json.dumps(places)),
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AIRFLOW_HOME": str(project / "home"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "DEFTUNES_PROJECT_ROOT": str(project),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def dag(of: dict[str, Any], name: str) -> dict[str, Any]:
    """One DAG of those that were found."""
    assert of["errors"] == {}
    described: dict[str, Any] = of["dags"][name]
    return described
