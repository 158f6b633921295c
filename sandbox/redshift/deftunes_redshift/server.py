"""The stand-in, for as long as a block of code runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from deftunes_redshift.address import RedshiftAddress
from deftunes_redshift.serve import SETTINGS
from deftunes_redshift.settings import RedshiftSettings, env_of
from deftunes_redshift.warehouse import KIND
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.folders import working_folder
from deftunes_sandbox.ports import HOST, listen, port_of
from deftunes_sandbox.processes import ProcessId, start, wait_until

if TYPE_CHECKING:
    from typing_extensions import Self

START_SECONDS = 60.0
_GRACE_SECONDS = 25.0  # PostgreSQL's own, and some
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
_WHAT = "Redshift stand-in"


class Redshift:
    """Starts the stand-in on entering, and ends it on leaving.

    Example:
        >>> with Redshift(RedshiftSettings(port=0)) as redshift:
        ...     redshift_connector.connect(**redshift.address.keywords())

    Args:
        settings: Where it listens, and where S3 and Glue are; with no directory, a temporary one.
    """

    def __init__(self, settings: RedshiftSettings | None = None) -> None:
        self._settings = settings or RedshiftSettings()
        self._cleanup = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            SandboxError: If it cannot be started; nothing is left running then.
        """
        with ExitStack() as cleanup:
            directory = working_folder(
                self._settings.directory, "redshift", env_of("directory"), cleanup, KIND
            )
            log = directory / "redshift.log"
            self._start(RedshiftSettings(**{**vars(self._settings), "directory": directory}), log)
            cleanup.callback(self._stop)
            wait_until(lambda: self.has_ended() or _answers(self._port), START_SECONDS)
            if self.has_ended() or not _answers(self._port):
                raise SandboxError(f"The {_WHAT} did not start: read the end of {log}.")
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._cleanup.__exit__(kind, error, trace)

    @property
    def address(self) -> RedshiftAddress:
        """Where it is, and as whom to connect."""
        return RedshiftAddress(self._port)

    @property
    def id(self) -> ProcessId:
        """Its process."""
        if self._process is None:
            raise SandboxError(f"The {_WHAT} is not up: enter it first.")
        return ProcessId.of(self._process.pid)

    def has_ended(self) -> bool:
        """Tell whether the process has ended."""
        return self._process is None or self._process.poll() is not None

    def _start(self, settings: RedshiftSettings, log: Path) -> None:
        with listen(settings.port, env_of("port"), _WHAT) as listener:
            self._port = port_of(listener)
            fd = listener.fileno()
            self._process = start(
                [sys.executable, "-m", "deftunes_redshift.serve", str(fd)],
                log,
                dies_by=signal.SIGTERM,
                keep=[fd],
                environ={**os.environ, SETTINGS: settings.to_json()},
            )

    def _stop(self) -> None:
        if self._process is not None and not self.has_ended():
            self.id.stop(signal.SIGTERM, _GRACE_SECONDS)
            self._process.wait()


def _answers(port: int) -> bool:
    """Tell whether sessions can be opened: the proxy answers only when PostgreSQL does."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as client:
            client.sendall(_SSL_REQUEST)
            return client.recv(1) == b"N"
    except OSError:
        return False
