"""The purchase API as a process: start it, wait until it answers, stop it."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
from pathlib import Path

from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.ports import HOST, listen, port_of
from deftunes_sandbox.processes import ProcessId, start, wait_until
from deftunes_sandbox.settings import SandboxSettings, env_of

START_SECONDS = 30.0
GRACE_SECONDS = 3.0


class ApiServer:
    """A running purchase API."""

    def __init__(self, settings: SandboxSettings, log: Path) -> None:
        """Start the API; it answers a little later.

        Raises:
            SandboxError: If its port is taken.
        """
        self._log = log
        listener = listen(settings.api_port, env_of("api_port"), "purchase API")
        with listener:
            self.port = port_of(listener)
            fd = listener.fileno()
            self._process: subprocess.Popen[bytes] = start(
                [sys.executable, "-m", "deftunes_sandbox.serve_api", str(fd), settings.to_json()],
                log,
                dies_by=signal.SIGKILL,
                keep=[fd],
            )
        self.id = ProcessId.of(self._process.pid)

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://{HOST}:{self.port}"

    def wait(self) -> None:
        """Wait until the API answers.

        Raises:
            SandboxError: If it does not come up.
        """
        wait_until(lambda: self.has_ended() or is_healthy(self.port), START_SECONDS)
        if self.has_ended() or not is_healthy(self.port):
            raise SandboxError(f"The purchase API did not start: read the end of {self._log}.")

    def has_ended(self) -> bool:
        """Tell whether the process has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Stop the API."""
        self.id.stop(signal.SIGTERM, GRACE_SECONDS)
        self._process.wait()


def is_healthy(port: int) -> bool:
    """Tell whether a purchase API of ours answers on a port."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/sandbox/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
