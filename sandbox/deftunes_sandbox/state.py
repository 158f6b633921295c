"""The state file: which processes serve the sandbox of a folder, and how they were set."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.processes import ProcessId
from deftunes_sandbox.settings import SandboxSettings, env_of


@dataclass(frozen=True)
class Service:
    """A service that was started."""

    process: ProcessId
    port: int


@dataclass(frozen=True)
class State:
    """What a supervisor has started; without services, it is still at it."""

    supervisor: ProcessId
    settings: SandboxSettings
    api: Service | None = None
    songs: Service | None = None
    aws: Service | None = None
    redshift: Service | None = None

    def services(self) -> list[Service]:
        """List the services that were started."""
        return [service for service in self._all() if service]

    def _all(self) -> tuple[Service | None, ...]:
        return (self.api, self.songs, self.aws, self.redshift)

    def is_up(self) -> bool:
        """Tell whether every process still lives."""
        services = self.services()
        return (
            bool(services)
            and self.supervisor.is_alive()
            and all(service.process.is_alive() for service in services)
        )


def state_file(directory: Path) -> Path:
    """Tell where the state of a sandbox folder is kept."""
    return directory / "state.json"


def write_state(directory: Path, state: State) -> None:
    """Write the state at one stroke, so that no reader meets half of it.

    Raises:
        SandboxError: If the folder cannot be written.
    """
    content = {**dataclasses.asdict(state), "settings": json.loads(state.settings.to_json())}
    draft = state_file(directory).with_suffix(".draft")
    try:
        draft.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
        draft.replace(state_file(directory))
    except OSError as error:
        raise SandboxError(
            f"{draft} cannot be written ({error.strerror}): make room there or set "
            f"{env_of('directory')} to another folder."
        ) from error


def read_state(directory: Path) -> State | None:
    """Read the state; None if there is none."""
    try:
        content = json.loads(state_file(directory).read_text("utf-8"))
        return State(
            supervisor=ProcessId(**content["supervisor"]),
            settings=SandboxSettings.from_json(json.dumps(content["settings"])),
            api=_service(content["api"]),
            songs=_service(content["songs"]),
            aws=_service(content.get("aws")),
            redshift=_service(content.get("redshift")),
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise SandboxError(
            f"{state_file(directory)} cannot be read: remove it and try again."
        ) from error
    except OSError as error:
        raise SandboxError(
            f"{state_file(directory)} cannot be read ({error.strerror}): set "
            f"{env_of('directory')} to a folder of yours."
        ) from error


def _service(content: dict[str, dict[str, int]] | None) -> Service | None:
    if content is None:
        return None
    return Service(ProcessId(**content["process"]), int(str(content["port"])))
