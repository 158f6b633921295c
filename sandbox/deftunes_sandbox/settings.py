"""What can be set: declared once, with its environment variable, meaning and default."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from deftunes_sandbox.errors import SandboxError
from deftunes_sandbox.faults import END_DATE_READINGS, Fault
from deftunes_sandbox.terms import FaultError

MAX_SONGS = 1_000_000
MIN_SONGS = 100  # below this, the published songs would crowd out the generated ones
MIN_USERS, MAX_USERS = 10, 1_000_000
MAX_SESSIONS_PER_DAY = 100_000
MAX_SEED = 2**63 - 1
HIGHEST_PORT = 65_535


def _told(env: str, about: str) -> dict[str, str]:
    return {"env": env, "about": about}


@dataclass(frozen=True)
class SandboxSettings:
    """Settings of the sandbox.

    Raises:
        SandboxError: If a value is out of its range; the sentence names the variable.
    """

    directory: Path | None = field(
        default=None,
        metadata=_told(
            "DEFTUNES_SANDBOX_DIR",
            "folder of the state, the logs and the songs data; unset in code: a temporary one, "
            "removed at the end; unset for the command: `.sandbox` in the project",
        ),
    )
    api_port: int = field(
        default=18080,
        metadata=_told("DEFTUNES_API_PORT", "port of the purchase API; 0: a free one"),
    )
    songs_port: int = field(
        default=15432,
        metadata=_told("DEFTUNES_SONGS_PORT", "port of the songs database; 0: a free one"),
    )
    emulated: bool = field(
        default=False,
        metadata=_told(
            "DEFTUNES_EMULATED", "1: S3, Glue and Redshift as well, for the environment `emulated`"
        ),
    )
    aws_port: int = field(
        default=14566,
        metadata=_told("DEFTUNES_AWS_PORT", "port of the emulated S3 and Glue; 0: a free one"),
    )
    redshift_port: int = field(
        default=15439,
        metadata=_told("DEFTUNES_REDSHIFT_PORT", "port of the Redshift stand-in; 0: a free one"),
    )
    lake_bucket: str = field(
        default="deftunes-lake",
        metadata=_told("DEFTUNES_LAKE_BUCKET", "the bucket that the emulated S3 begins with"),
    )
    songs: int = field(
        default=10_000,
        metadata=_told("DEFTUNES_SONGS", f"rows of songs, {MIN_SONGS} to {MAX_SONGS}"),
    )
    users: int = field(
        default=3_000, metadata=_told("DEFTUNES_USERS", f"users, {MIN_USERS} to {MAX_USERS}")
    )
    sessions_per_day: int = field(
        default=140,
        metadata=_told(
            "DEFTUNES_SESSIONS_PER_DAY", f"sessions on an average day, 0 to {MAX_SESSIONS_PER_DAY}"
        ),
    )
    history_start: date = field(
        default=date(2020, 1, 1),
        metadata=_told("DEFTUNES_HISTORY_START", "first day with generated sessions"),
    )
    history_end: date = field(
        default=date(2020, 6, 30),
        metadata=_told("DEFTUNES_HISTORY_END", "last day with generated sessions"),
    )
    seed: int = field(default=2020, metadata=_told("DEFTUNES_SEED", "same seed, same rows"))
    end_date: str = field(
        default="end_of_day",
        metadata=_told(
            "DEFTUNES_API_END_DATE",
            "how the API reads `end_date`: `end_of_day` (the whole day) or `midnight` (its first "
            "instant is the last one served)",
        ),
    )
    fault: str = field(
        default="",
        metadata=_told(
            "DEFTUNES_API_FAULT", "a fault that the API starts with, such as `latency=0.1`"
        ),
    )

    def __post_init__(self) -> None:
        self._check("api_port", 0, HIGHEST_PORT)
        self._check("songs_port", 0, HIGHEST_PORT)
        self._check("aws_port", 0, HIGHEST_PORT)
        self._check("redshift_port", 0, HIGHEST_PORT)
        self._check("songs", MIN_SONGS, MAX_SONGS)
        self._check("users", MIN_USERS, MAX_USERS)
        self._check("sessions_per_day", 0, MAX_SESSIONS_PER_DAY)
        self._check("seed", 0, MAX_SEED)
        if self.history_start > self.history_end:
            raise SandboxError(
                f"{env_of('history_start')} ({self.history_start}) lies after "
                f"{env_of('history_end')} ({self.history_end}): swap them."
            )
        if self.end_date not in END_DATE_READINGS:
            raise SandboxError(
                f"{env_of('end_date')} is {self.end_date!r}: "
                f"choose one of {', '.join(END_DATE_READINGS)}."
            )
        try:
            Fault.parse(self.fault)
        except FaultError as error:
            raise SandboxError(f"{env_of('fault')} cannot be read: {error}") from error

    def _check(self, name: str, low: int, high: int) -> None:
        value = getattr(self, name)
        if not low <= value <= high:
            raise SandboxError(
                f"{env_of(name)} is {value}: choose a whole number from {low} to {high}."
            )

    def to_json(self) -> str:
        """Write the settings as one JSON object."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> SandboxSettings:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        return cls(**{name: _READERS.get(name, _as_is)(value) for name, value in values.items()})

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> SandboxSettings:
        """Read the settings from environment variables; an empty one counts as unset.

        Raises:
            SandboxError: If a value cannot be read or is out of its range.
        """
        values: dict[str, Any] = {}
        for setting in dataclasses.fields(cls):
            text = environ.get(setting.metadata["env"], "")
            if not text:
                continue
            default = _BY_TYPE.get(str(setting.type), _as_is)
            reader = _READERS.get(setting.name, default)
            try:
                values[setting.name] = reader(text)
            except ValueError as error:
                wanted = _WANTED.get(str(setting.type), "a whole number")
                raise SandboxError(
                    f"{setting.metadata['env']} is {text!r}: write {wanted}."
                ) from error
        if "directory" not in values:
            project = Path(environ.get("MELTANO_PROJECT_ROOT") or ".")
            values["directory"] = (project / ".sandbox").absolute()
        return cls(**values)


def env_of(name: str) -> str:
    """Name the environment variable that sets a setting."""
    variables = {item.name: item.metadata["env"] for item in dataclasses.fields(SandboxSettings)}
    return str(variables[name])


def _as_is(value: Any) -> Any:
    return value


def _directory(value: str | None) -> Path | None:
    return None if value is None else Path(value).expanduser().absolute()


def _flag(value: str) -> bool:
    flags = {"1": True, "true": True, "0": False, "false": False}
    if value.lower() not in flags:
        raise ValueError
    return flags[value.lower()]


_WANTED = {"date": "a day (YYYY-MM-DD)", "bool": "1 or 0"}
_BY_TYPE: dict[str, Callable[[Any], Any]] = {"int": int, "bool": _flag}
_READERS: dict[str, Callable[[Any], Any]] = {
    "directory": _directory,
    "history_start": date.fromisoformat,
    "history_end": date.fromisoformat,
}
