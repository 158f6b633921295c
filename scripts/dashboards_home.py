"""Where Superset keeps its things in this project, and what it needs there before it starts."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_server import LocalServer, ServerError
from locked_environment import locked_environment

ROOT = Path(__file__).resolve().parent.parent
DASHBOARDS = ROOT / "analyze" / "dashboards"
USERS = ("admin", "analyst")
"""Who may log in; their roles are in analyze/dashboards/people.py."""


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
        try:
            folder = Path(environment["SUPERSET_HOME"])
            port = int(environment["DASHBOARDS_PORT"])
        except (KeyError, ValueError) as fault:
            raise ServerError(
                f"{fault} is not set as it should be: type `meltano invoke dashboards:ui`, which "
                "reads it from analyze/dashboards.meltano.yml."
            ) from fault
        ours = {"SUPERSET_CONFIG_PATH": str(DASHBOARDS / "superset_config.py")}
        return cls(folder, port, {**environment, **ours})

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"http://127.0.0.1:{self.port}"

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

    def make(self) -> Mapping[str, str]:
        """Install Superset, and make its key and its passwords, unless they are there.

        Returns:
            The passwords by user, if they were made just now.

        Raises:
            subprocess.CalledProcessError: uv could not install it; its own words are above.
        """
        locked_environment("superset")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_secret(self.folder / "secret_key", secrets.token_urlsafe(42))
        passwords = {user: secrets.token_urlsafe(12) for user in USERS}
        return passwords if _write_secret(self.password_file, json.dumps(passwords)) else {}


def _write_secret(file: Path, text: str) -> bool:
    """Write a file that only its owner may read, whole or not at all, unless it is there."""
    if file.exists():
        return False
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="ascii")
    unfinished.replace(file)
    return True
