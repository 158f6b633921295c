"""The command `sandbox`: up, down, status, reset."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from deftunes_sandbox import lifecycle
from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.ports import HOST
from deftunes_sandbox.settings import SandboxSettings
from deftunes_sandbox.songs_address import SongsAddress
from deftunes_sandbox.songs_table import SCHEMA, TABLE
from deftunes_sandbox.state import State

NOT_UP = 3
INTERRUPTED = 130
Command = Callable[[SandboxSettings, Path], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    command = _parser().parse_args(arguments).command
    try:
        settings = SandboxSettings.from_env(os.environ)
        directory = settings.directory or Path(".sandbox").absolute()
        return COMMANDS[command](settings, directory)
    except SandboxError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("sandbox: interrupted\n")
        return INTERRUPTED


def _up(settings: SandboxSettings, directory: Path) -> int:
    """Start the purchase API and the songs database (and AWS, if set), unless they are up."""
    state, started = lifecycle.up(settings, directory)
    if not started:
        _say("The sandbox is up already:")
        _say_what_differs(state.settings, settings)
    _say_where(state)
    if settings.emulated and state.aws is None:
        sys.stderr.write(
            "sandbox: The sources are up without S3, Glue and Redshift: `make sandbox-down`, then "
            "`make sandbox-up EMULATED=1` starts all of them.\n"
        )
        return NOT_UP
    return 0


def _down(_settings: SandboxSettings, directory: Path) -> int:
    """Stop them, and what a crash may have left."""
    stopped = lifecycle.down(directory)
    _say("The sandbox is down." if stopped else "The sandbox was not up: nothing to stop.")
    return 0


def _status(settings: SandboxSettings, directory: Path) -> int:
    """Print what runs as JSON; exit status 3 when not everything does."""
    status = lifecycle.status(settings, directory)
    _say(json.dumps(status, indent=2))
    return 0 if status["up"] else NOT_UP


def _reset(settings: SandboxSettings, directory: Path) -> int:
    """Remove the songs data and begin anew."""
    state = lifecycle.reset(settings, directory)
    if state is None:
        _say("The songs data are removed.")
    else:
        _say("The songs data were made anew:")
        _say_where(state)
    return 0


COMMANDS: Mapping[str, Command] = {
    "up": _up, "down": _down, "status": _status, "reset": _reset,
}  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    settings = "\n".join(
        f"  {item.metadata['env']}\n      {item.metadata['about']} (default: {item.default})"
        for item in dataclasses.fields(SandboxSettings)
    )
    parser = argparse.ArgumentParser(
        prog="sandbox",
        description="Stand-ins for DeFtunes' two sources: purchase API and songs database.",
        epilog=f"settings (environment variables):\n{settings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__)
    return parser


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say_where(state: State) -> None:
    if state.api is not None:
        _say(f"purchase API    http://{HOST}:{state.api.port}")
    if state.songs is not None:
        url = SongsAddress(state.songs.port).url()
        _say(f"songs database  {url}  ({state.settings.songs} rows in {SCHEMA}.{TABLE})")
    if state.aws is not None:
        lake = f"s3://{state.settings.lake_bucket}"
        _say(f"S3 and Glue     http://{HOST}:{state.aws.port}  (emulated, lake {lake})")
    if state.redshift is not None:
        _say(f"Redshift        {HOST}:{state.redshift.port}  (stand-in, database dev)")


def _say_what_differs(running: SandboxSettings, wanted: SandboxSettings) -> None:
    for item in dataclasses.fields(SandboxSettings):
        now, then = getattr(running, item.name), getattr(wanted, item.name)
        if now != then:
            _say(
                f"  {item.metadata['env']} is {now} there, not {then}: `sandbox down`, then "
                "`sandbox up` changes it."
            )
