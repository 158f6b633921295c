"""An Airflow that is up, asked as its page asks it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from tests.orchestrate.airflows import AirflowProject


class RefusedError(Exception):
    """The server said no; its status is the argument."""


@dataclass
class RunningAirflow:
    """An Airflow that is up.

    Attributes:
        project: Whose it is.
        process: What was typed.
        said: What it has said.
    """

    project: AirflowProject
    process: subprocess.Popen[str]
    said: list[str]
    _token: str | None = None

    @property
    def password(self) -> str:
        (line,) = [line for line in self.said if "with the password" in line]
        return line.split("with the password ")[1].split(";")[0]

    def ask(
        self, path: str, body: Any = None, *, method: str | None = None, token: str | None = None
    ) -> Any:
        """Ask the server; with a body it is told something."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(
            self.project.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers=headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request) as answer:
                content = answer.read()
                is_json = "json" in answer.headers["Content-Type"]
        except urllib.error.HTTPError as refused:
            raise RefusedError(refused.code) from refused
        return json.loads(content) if is_json else content.decode()

    def log_in(self, password: str) -> str:
        """Log in; a token."""
        asked = {"username": "admin", "password": password}
        return str(self.ask("/auth/token", asked)["access_token"])

    def api(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        """Ask Airflow's API as who has logged in."""
        self._token = self._token or self.log_in(self.password)
        return self.ask(f"/api/v2{path}", body, method=method, token=self._token)

    def unpause(self, dag_id: str, *, paused: bool = False) -> None:
        self.api(f"/dags/{dag_id}", {"is_paused": paused}, method="PATCH")

    def trigger(self, dag_id: str) -> str:
        """Start a run without interval; its id."""
        return str(self.api(f"/dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """All runs, in the order of their intervals."""
        found = self.api(f"/dags/{dag_id}/dagRuns")["dag_runs"]
        return sorted(found, key=lambda run: run["data_interval_start"] or "9")

    def tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """The tasks of a run by name, as they are now."""
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances"
        return {each["task_id"]: each for each in self.api(path)["task_instances"]}

    def ended(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """Wait for the end of a run; its tasks."""
        while self._run(dag_id, run_id)["state"] in ("queued", "running"):
            self.wait_a_moment()
        return self.tasks(dag_id, run_id)

    def clear(self, dag_id: str, run_id: str, *tasks: str) -> None:
        """Clear tasks and what comes after them, as a click does."""
        asked = {
            "dag_run_id": run_id,
            "task_ids": list(tasks),
            "include_downstream": True,
            "only_failed": False,
            "dry_run": False,
        }
        self.api(f"/dags/{dag_id}/clearTaskInstances", asked)

    def wait_a_moment(self) -> None:
        """Wait for an Airflow that must not have ended."""
        assert self.process.poll() is None, self.said
        time.sleep(0.5)

    def _run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.api(f"/dags/{dag_id}/dagRuns/{quote(run_id)}")
        return run


def states_of(tasks: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """How each task of a run ended."""
    return {name: str(task["state"]) for name, task in tasks.items()}


def overlapping(tasks: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of tasks, or of runs, that went on at the same time."""
    ordered = sorted(tasks, key=lambda task: str(task["start_date"]))
    return [
        (one["id"], other["id"])
        for one, other in pairwise(ordered)
        if other["start_date"] < one["end_date"]
    ]


def parent_of(pid: int) -> int:
    """The process that started another, as the kernel knows it."""
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return int(stat[1])


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
