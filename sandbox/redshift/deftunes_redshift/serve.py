"""The process: PostgreSQL as its child, and the proxy on a socket that its parent has bound.

`python -m deftunes_redshift.serve FD` reads its settings, one JSON object, from standard input's
place in the environment (`DEFTUNES_REDSHIFT_SETTINGS`): a command line can be read by others.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

from deftunes_redshift.backend import Aws
from deftunes_redshift.settings import RedshiftSettings
from deftunes_redshift.warehouse import Warehouse
from deftunes_redshift.wire.proxy import Proxy
from deftunes_sandbox.errors import SandboxError

SETTINGS = "DEFTUNES_REDSHIFT_SETTINGS"
_WATCH = 0.5  # seconds
_DEPTH = 20_000  # Python's calls in each other: a long sum is a deep tree


def main() -> int:
    """Serve until SIGTERM, or until PostgreSQL ends."""
    sys.setrecursionlimit(_DEPTH)
    settings = RedshiftSettings.from_json(os.environ.pop(SETTINGS))
    if settings.directory is None:
        raise SystemExit("a process needs to be told its folder")
    listener = socket.socket(fileno=int(sys.argv[1]))
    try:
        warehouse = Warehouse(settings.directory, settings.directory / "postgresql.log")
    except SandboxError as error:
        print(error, file=sys.stderr)  # noqa: T201 - into the log that the parent names
        return 1
    aws = Aws(
        settings.aws_endpoint,
        settings.aws_region,
        settings.aws_access_key,
        settings.aws_secret_key,
    )
    try:
        asyncio.run(_serve(warehouse, Proxy(warehouse.port, aws), listener))
    finally:
        warehouse.stop()
    return 0


async def _serve(warehouse: Warehouse, proxy: Proxy, listener: socket.socket) -> None:
    serving = asyncio.create_task(proxy.serve(listener))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    while not serving.done() and not warehouse.has_ended():
        await asyncio.wait([serving], timeout=_WATCH)
    serving.cancel()


if __name__ == "__main__":
    sys.exit(main())
