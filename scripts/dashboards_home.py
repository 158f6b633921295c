"""Where Superset keeps its things in this project, and what it needs there before it starts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_server import ROOT, LocalServer, ServerError, folder_and_port
from locked_environment import fitting_python, locked_environment
from secret_file import write_secret

DASHBOARDS = ROOT / "analyze" / "dashboards"
USERS = ("admin", "analyst")
"""Who may log in; their roles are in analyze/dashboards/people.py."""
_FOUND_BY = {
    "password": "REDSHIFT_HOST",
    "iam": "REDSHIFT_CLUSTER_ID",
    "serverless": "REDSHIFT_WORKGROUP",
}
"""By what Redshift is found, by the way of logging in."""


@dataclass(frozen=True)
class DashboardsHome:
    """The Superset of this project.

    Attributes:
        folder: Where it keeps everything.
        port: Of its page.
        environment: What its process gets.
    """

    folder: Path
    port: int
    environment: Mapping[str, str]

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> DashboardsHome:
        """Find it by what Meltano sets.

        Raises:
            ServerError: It was not Meltano that started us.
        """
        folder, port = folder_and_port(
            environment,
            "SUPERSET_HOME",
            "DASHBOARDS_PORT",
            typed="meltano invoke dashboards:ui",
            described="analyze/dashboards.meltano.yml",
        )
        ours = {"SUPERSET_CONFIG_PATH": str(DASHBOARDS / "superset_config.py")}
        return cls(folder, port, {**environment, **ours})

    @property
    def server(self) -> LocalServer:
        """What listens there."""
        return LocalServer(
            script=Path(__file__).with_name("dashboards_server.py"),
            folder=self.folder,
            port=self.port,
            port_variable="DASHBOARDS_PORT",
            stop_command="make dashboards-down",
            log=self.folder / "superset.log",
        )

    @property
    def command(self) -> list[str]:
        """What makes its database, imports the dashboards and serves them, in one process."""
        return [str(ROOT / ".cache/superset/bin/python"), str(DASHBOARDS / "serve.py")]

    @property
    def password_file(self) -> Path:
        """Where the passwords are kept."""
        return self.folder / "passwords.json"

    def refuse_unknown_warehouse(self) -> None:
        """Refuse before Superset does, at length.

        Raises:
            ServerError: Redshift is to be read, and nothing says where it is.
        """
        known = self.environment.get
        if known("DASHBOARDS_DATABASE_URL") or known("DASHBOARDS_WAREHOUSE") != "redshift":
            return
        way = known("REDSHIFT_LOGIN") or "password"
        if way not in _FOUND_BY:
            raise ServerError(f"REDSHIFT_LOGIN is {way!r}: set it to {', '.join(_FOUND_BY)}.")
        if not known(_FOUND_BY[way]):
            raise ServerError(
                f"the dashboards are to read Redshift, and {_FOUND_BY[way]} is not set: "
                "analyze/dashboards/README.md lists what says where it is."
            )

    def make(self) -> Mapping[str, str]:
        """Install Superset, and make its key and its passwords, unless they are there.

        Returns:
            The passwords by user, if they were made just now.

        Raises:
            ServerError: No Python of this machine fits it, or its users' passwords are lost.
            subprocess.CalledProcessError: uv could not install it; its own words are above.
        """
        if (self.folder / "superset.db").exists() and not self.password_file.exists():
            raise ServerError(
                f"Superset's users are in {self.folder}, and their passwords are no longer: put "
                f"{self.password_file.name} back, or remove the folder to begin anew."
            )
        python = fitting_python("3.10", "3.13")
        if python is None:
            raise ServerError(
                "Superset 6.1 runs on Python 3.10 to 3.12, and this machine has none of these: "
                "install one beside this one, and run the same command again."
            )
        locked_environment("superset", compiled=False, python=python)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        write_secret(self.folder / "secret_key", secrets.token_urlsafe(42))
        passwords = {user: secrets.token_urlsafe(12) for user in USERS}
        return passwords if write_secret(self.password_file, json.dumps(passwords)) else {}
