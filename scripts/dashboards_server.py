"""Superset on this machine: `meltano invoke dashboards:ui`, `dashboards:down`.

Meltano hands over the settings as environment variables; this starts Superset on 127.0.0.1, and
ends all of it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import urllib.request
from functools import partial
from http import HTTPStatus

from dashboards_home import DashboardsHome
from dashboards_publish import PublishError, publish
from server_command import ServerCommand

_ANSWERS_WITHIN = 2.0
"""Seconds; then it is asked again."""
_COMMAND = ServerCommand("dashboards")
_say = _COMMAND.say


def main() -> int:
    """Run a command.

    Returns:
        The exit status, as `ServerCommand` gives it.
    """
    return _COMMAND.main(__doc__, {"up": _up, "down": _down})


def _up() -> None:
    """Install it if need be, and run it until this process is interrupted.

    Raises:
        ServerError: Its port or its folder is taken, it did not come up, or it ended by itself.
    """
    home = DashboardsHome.found(os.environ)
    home.refuse_unknown_warehouse()
    with home.server.alone():
        _serve(home)


def _serve(home: DashboardsHome) -> None:
    started = time.monotonic()
    server = home.server
    passwords = home.make()
    for user, password in passwords.items():
        _say(f"log in as {user} with the password {password}")
    if passwords:
        _say(f"they are not shown again, and kept in {home.password_file}")
    _publish(home)

    def up() -> None:
        _say(f"up ({time.monotonic() - started:.1f} s)")
        _say(f"{server.url}; Ctrl-C or `{server.stop_command}` stops it.")

    server.run(
        home.command,
        home.environment,
        gently=signal.SIGTERM,
        is_healthy=partial(is_healthy, server.url),
        up=up,
    )


def is_healthy(url: str) -> bool:
    """Whether the page answers; a proxy, which may be set for other hosts, is not asked."""
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with directly.open(f"{url}/health", timeout=_ANSWERS_WITHIN) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def _down() -> None:
    """Stop one that runs in this folder, if any does, and wait for its end."""
    stopped = DashboardsHome.found(os.environ).server.stop()
    _say("stopped." if stopped else "nothing to stop.")


def _publish(home: DashboardsHome) -> None:
    """Show what is in the warehouse now; one that cannot be read yet stops nothing."""
    try:
        publish(home.environment)
    except PublishError as fault:
        _say(f"{fault} Then `meltano invoke dashboards:publish`: until then, no chart has data.")


if __name__ == "__main__":
    sys.exit(main())
