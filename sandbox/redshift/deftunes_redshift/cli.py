"""The command `redshift-sandbox`: serve until interrupted."""

from __future__ import annotations

import os
import signal
import sys

from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.processes import wait_until

_FOREVER = float("inf")


def main() -> int:
    """Start the stand-in in the foreground; Ctrl-C or SIGTERM ends it.

    Returns:
        The exit status: 0 when asked to end, 1 when it could not start or ended by itself.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Redshift(RedshiftSettings.from_env(os.environ)) as redshift:
            print(f"redshift: {redshift.address.url()}", flush=True)  # noqa: T201 - a command
            wait_until(redshift.has_ended, _FOREVER)
    except SandboxError as error:
        print(f"redshift: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 1
    except KeyboardInterrupt:
        return 0
    print("redshift: the server ended by itself.", file=sys.stderr)  # noqa: T201 - a command
    return 1
