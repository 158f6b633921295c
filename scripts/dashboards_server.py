"""Superset on this machine: `meltano invoke dashboards:ui`, `dashboards:down`.

Meltano hands over the settings as environment variables; this starts Superset on 127.0.0.1, and
ends all of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.request
from functools import partial

from dashboards_home import ROOT, DashboardsHome
from dashboards_publish import publish
from dies_with_parent import die_with
from interruption import Interrupted, raise_interruptions
from local_server import ServerError
from process_group import process_group

_PATIENCE = 120.0
"""Seconds until it must be up."""


def main() -> int:
    """Run a command.

    Returns:
        The exit status: 0 when it is done, or what ran was stopped; 1 when it failed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["up", "down"])
    command = parser.parse_args().command
    raise_interruptions()
    try:
        if command == "up":
            die_with(os.getppid())  # which Meltano, when it is interrupted, does not see to
        home = DashboardsHome.found(os.environ)
        if command == "down":
            _say("stopped." if home.server.stop() else "nothing to stop.")
        else:
            _run(home)
    except ServerError as fault:
        return _fail(f"{fault}")
    except subprocess.CalledProcessError as failure:
        return _fail(
            f"it could not be installed (uv's exit status {failure.returncode}, its own words are "
            "above): see that the package index is in reach and the disk has room."
        )
    except Interrupted:
        _say("stopped.")
    return 0


def _run(home: DashboardsHome) -> None:
    """Run it until this process is interrupted; then nothing of it is left.

    Raises:
        ServerError: Its port is taken, it did not come up, or it ended by itself.
    """
    started = time.monotonic()
    server = home.server
    server.refuse_taken_port()
    passwords = home.make()
    for user, password in passwords.items():
        _say(f"log in as {user} with the password {password}")
    if passwords:
        _say(f"they are not shown again, and kept in {home.password_file}")
    _publish(home)
    with (
        server.log.open("w", encoding="utf-8") as words,
        process_group(
            home.command,
            cwd=ROOT,
            env=home.environment,
            gently=signal.SIGTERM,
            stdout=words.fileno(),
            stderr=subprocess.STDOUT,
            begin=partial(die_with, os.getpid()),
        ) as process,
        server.noted(),
    ):
        server.await_health(process, partial(_is_healthy, home), _PATIENCE)
        _say(f"up ({time.monotonic() - started:.1f} s)")
        _say(f"{home.url}; Ctrl-C or `make dashboards-down` stops it.")
        status = process.wait()
    raise ServerError(f"it ended by itself, with exit status {status}: {server.log} says why.")


def _publish(home: DashboardsHome) -> None:
    """Show what is in the warehouse now; one that cannot be read yet stops nothing."""
    try:
        publish(home.environment)
    except ServerError as fault:
        _say(f"{fault} Then `meltano invoke dashboards:publish`: until then, no chart has data.")


def _is_healthy(home: DashboardsHome) -> bool:
    try:
        with urllib.request.urlopen(f"{home.url}/health") as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's
    except OSError:
        return False


def _say(sentence: str) -> None:
    print(f"dashboards: {sentence}", flush=True)


def _fail(sentence: str) -> int:
    print(f"dashboards: {sentence}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
