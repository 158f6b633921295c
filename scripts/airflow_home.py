"""Where Airflow keeps its things in this project, and what it needs there before it starts."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from local_server import ROOT, LocalServer, ServerError, folder_and_port
from locked_environment import locked_environment
from secret_file import write_secret

USER = "admin"
POOL = "warehouse"
"""The DAGs know it by the same name."""
_AIRFLOWS_OWN = ("AIRFLOW", "AWS_", "DEFTUNES_ALERT", "DEFTUNES_ECS", "DEFTUNES_TASK")
"""How the variables begin that Airflow itself and the DAGs read, also from .env."""


@dataclass(frozen=True)
class AirflowHome:
    """The Airflow of this project.

    Attributes:
        folder: Where it keeps everything.
        port: Of its page.
        environment: What its processes get.
    """

    folder: Path
    port: int
    environment: Mapping[str, str]

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> AirflowHome:
        """Find it by what Meltano sets.

        Raises:
            ServerError: It was not Meltano that started us.
        """
        folder, port = folder_and_port(
            environment,
            "AIRFLOW_HOME",
            "AIRFLOW__API__PORT",
            typed="meltano invoke airflow:ui",
            described="orchestrate/orchestrate.meltano.yml",
        )
        url = f"http://127.0.0.1:{port}"
        programs = ROOT / ".cache" / "airflow" / "bin"
        ours = {
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "password.json"),
            # a trigger from the page has the last whole interval, as a schedule's run has
            "AIRFLOW__SCHEDULER__CREATE_CRON_DATA_INTERVALS": "true",
        }
        path = f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
        # a task reads .env itself: what Airflow kept of it would outlive a secret that is changed
        own = dotenv_values(ROOT / ".env")
        kept = {
            name: value
            for name, value in environment.items()
            if name not in own or name.startswith(_AIRFLOWS_OWN)
        }
        # what an operator sets goes before what we would
        return cls(folder, port, {**ours, **kept, "PATH": path})

    @property
    def server(self) -> LocalServer:
        """What listens there."""
        return LocalServer(
            script=Path(__file__).with_name("airflow_server.py"),
            folder=self.folder,
            port=self.port,
            port_variable="AIRFLOW_PORT",
            stop_command="make airflow-down",
            log=self.folder / "airflow.log",
        )

    def make(self) -> str | None:
        """Install it and make its database, its pool and its login, unless they are there.

        Returns:
            The password, if it was made just now.

        Raises:
            ServerError: It could not be.
            subprocess.CalledProcessError: uv could not install it; its own words are above.
        """
        locked_environment("airflow")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._airflow("db", "migrate")
        # one that waits for its container (deferred) is at work, too
        about = "What builds or reads the warehouse."
        self._airflow("pools", "set", POOL, "1", about, "--include-deferred")
        return self._make_login()

    @property
    def password_file(self) -> Path:
        """Where the password is kept."""
        return Path(self.environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])

    def _airflow(self, *words: str) -> None:
        done = subprocess.run(
            ["airflow", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            raise ServerError(f"`airflow {' '.join(words[:2])}` failed; its words are above.")

    def _make_login(self) -> str | None:
        """Make the password, once; only its owner may read it."""
        password = secrets.token_urlsafe(12)
        written = write_secret(self.password_file, json.dumps({USER: password}))
        return password if written else None
