"""Airflow on this machine: `meltano invoke airflow:init`, `airflow:ui`, `airflow:down`.

Meltano hands over Airflow's settings as environment variables; this starts Airflow's processes as
one group on 127.0.0.1, and ends all of them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.request

from airflow_home import USER, AirflowHome
from server_command import ServerCommand

_COMMAND = ServerCommand("airflow")
_say = _COMMAND.say
_NEEDED = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def main() -> int:
    """Run a command.

    Returns:
        The exit status, as `ServerCommand` gives it.
    """
    return _COMMAND.main(__doc__, {"init": _init, "up": _up, "down": _down})


def _init() -> None:
    """Install it, and make what it needs."""
    _make(AirflowHome.found(os.environ))


def _make(home: AirflowHome) -> None:
    started = time.monotonic()
    password = home.make()
    if password:
        _say(f"log in as {USER} with the password {password}; it is not shown again,")
        _say(f"and kept in {home.password_file}")
    _say(f"made ({time.monotonic() - started:.1f} s)")


def _up() -> None:
    """Run it until this process is interrupted.

    Raises:
        ServerError: Its port or its folder is taken, it did not come up, or it ended by itself.
    """
    home = AirflowHome.found(os.environ)
    with home.server.alone():
        _make(home)
        _serve(home)


def _serve(home: AirflowHome) -> None:
    server = home.server
    started = time.monotonic()

    def is_healthy() -> bool:
        address = f"{server.url}/api/v2/monitor/health"
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - ours
                parts = json.load(answer)
        except (OSError, ValueError):
            return False
        return all((parts.get(part) or {}).get("status") == "healthy" for part in _NEEDED)

    def up() -> None:
        _say(f"up ({time.monotonic() - started:.1f} s)")
        _say(f"{server.url}, user {USER}; Ctrl-C or `{server.stop_command}` stops it.")

    server.run(
        ["airflow", "standalone"],
        home.environment,
        gently=signal.SIGINT,
        is_healthy=is_healthy,
        up=up,
    )


def _down() -> None:
    """Stop one that runs in this folder, if any does, and wait for its end."""
    stopped = AirflowHome.found(os.environ).server.stop()
    _say("stopped." if stopped else "nothing to stop.")


if __name__ == "__main__":
    sys.exit(main())
