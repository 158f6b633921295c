"""A server of ours as a process: start it, wait until it answers, stop it."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.ports import HOST, listen, port_of
from deftunes_sandbox.processes import ProcessId, start, wait_until

START_SECONDS = 30.0
GRACE_SECONDS = 3.0


class HttpServer:
    """A running server, which gets its socket from us: its port is known before it is up.

    Args:
        what: What it is, for sentences, such as `purchase API`.
        module: What to run; its arguments are the socket's file descriptor and `arguments`.
        arguments: What it is told besides.
        port: Where it shall listen; 0: a free one.
        variable: What changes the port, for the sentence.
        health: The path that answers once requests are served.
        log: File that its output is appended to.

    Raises:
        SandboxError: If its port is taken.
    """

    def __init__(
        self,
        what: str,
        module: str,
        arguments: Sequence[str] = (),
        *,
        port: int,
        variable: str,
        health: str,
        log: Path,
    ) -> None:
        self._what = what
        self._health = health
        self._log = log
        with listen(port, variable, what) as listener:
            self.port = port_of(listener)
            fd = listener.fileno()
            self._process: subprocess.Popen[bytes] = start(
                [sys.executable, "-m", module, str(fd), *arguments],
                log,
                dies_by=signal.SIGKILL,
                keep=[fd],
            )
        self.id = ProcessId.of(self._process.pid)

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://{HOST}:{self.port}"

    def wait(self) -> None:
        """Wait until the server answers.

        Raises:
            SandboxError: If it does not come up.
        """
        wait_until(lambda: self.has_ended() or self._is_healthy(), START_SECONDS)
        if self.has_ended() or not self._is_healthy():
            raise SandboxError(f"The {self._what} did not start: read the end of {self._log}.")

    def has_ended(self) -> bool:
        """Tell whether the process has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Stop the server."""
        self.id.stop(signal.SIGTERM, GRACE_SECONDS)
        self._process.wait()

    def _is_healthy(self) -> bool:
        return is_healthy(self.port, self._health)


def is_healthy(port: int, path: str) -> bool:
    """Tell whether a server of ours answers on a port.

    Args:
        port: Where it is.
        path: What it answers with 200 when it is ready.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
