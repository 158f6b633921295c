"""The purchase API as a process."""

from __future__ import annotations

from pathlib import Path

from deftunes_sandbox.http_server import HttpServer
from deftunes_sandbox.settings import SandboxSettings, env_of

HEALTH = "/sandbox/health"


class ApiServer(HttpServer):
    """A running purchase API."""

    def __init__(self, settings: SandboxSettings, log: Path) -> None:
        """Start the API; it answers a little later.

        Raises:
            SandboxError: If its port is taken.
        """
        super().__init__(
            "purchase API",
            "deftunes_sandbox.serve_api",
            [settings.to_json()],
            port=settings.api_port,
            variable=env_of("api_port"),
            health=HEALTH,
            log=log,
        )
