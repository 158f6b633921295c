"""The process that serves the purchase API, on a socket that its parent has bound."""

from __future__ import annotations

import socket
import sys

import uvicorn

from deftunes_sandbox.api import make_api
from deftunes_sandbox.settings import SandboxSettings


def main() -> None:
    """Serve until SIGTERM: `python -m deftunes_sandbox.serve_api FD SETTINGS`."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    settings = SandboxSettings.from_json(sys.argv[2])
    config = uvicorn.Config(
        make_api(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
