"""What can be set: declared once, with its environment variable, meaning and default."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deftunes_sandbox.errors import SandboxError

_HIGHEST_PORT = 65_535

USER, PASSWORD, DATABASE = "awsuser", "Deftunes1", "dev"
"""The administrator and the first database, named as Redshift names them by default."""


def _told(env: str, about: str) -> dict[str, str]:
    return {"env": env, "about": about}


@dataclass(frozen=True)
class RedshiftSettings:
    """Settings of the stand-in.

    Raises:
        SandboxError: If a value cannot be; the sentence names the variable.
    """

    directory: Path | None = field(
        default=None,
        metadata=_told(
            "DEFTUNES_REDSHIFT_DIR",
            "folder of the data and the log; unset in code: a temporary one, removed at the end; "
            "unset for the command: `.sandbox/redshift` in the project",
        ),
    )
    port: int = field(
        default=15439,
        metadata=_told("DEFTUNES_REDSHIFT_PORT", "port that clients connect to; 0: a free one"),
    )
    aws_endpoint: str = field(
        default="",
        metadata=_told(
            "AWS_ENDPOINT_URL", "where S3 and Glue are, such as `http://127.0.0.1:5000`"
        ),
    )
    aws_region: str = field(
        default="us-east-1", metadata=_told("AWS_REGION", "the region of the warehouse")
    )
    aws_access_key: str = field(
        default="sandbox", metadata=_told("AWS_ACCESS_KEY_ID", "the key's id; it opens nothing")
    )
    aws_secret_key: str = field(
        default="sandbox", metadata=_told("AWS_SECRET_ACCESS_KEY", "its secret"), repr=False
    )

    def __post_init__(self) -> None:
        if not 0 <= self.port <= _HIGHEST_PORT:
            raise SandboxError(
                f"{env_of('port')} is {self.port}: choose a whole number from 0 to {_HIGHEST_PORT}."
            )

    def to_json(self) -> str:
        """Write the settings as one JSON object."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> RedshiftSettings:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        if values["directory"] is not None:
            values["directory"] = Path(values["directory"])
        return cls(**values)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> RedshiftSettings:
        """Read the settings from environment variables; an empty one counts as unset.

        Raises:
            SandboxError: If a value cannot be read.
        """
        project = Path(environ.get("MELTANO_PROJECT_ROOT") or ".")
        values: dict[str, Any] = {"directory": (project / ".sandbox" / "redshift").absolute()}
        for setting in dataclasses.fields(cls):
            text = environ.get(setting.metadata["env"], "")
            if text:
                values[setting.name] = _read(setting, text)
        return cls(**values)


def env_of(name: str) -> str:
    """Name the environment variable that sets a setting."""
    variables = {item.name: item.metadata["env"] for item in dataclasses.fields(RedshiftSettings)}
    return str(variables[name])


def _read(setting: dataclasses.Field[Any], text: str) -> Any:
    if setting.name == "directory":
        return Path(text).expanduser().absolute()
    if setting.name != "port":
        return text
    try:
        return int(text)
    except ValueError as error:
        raise SandboxError(f"{env_of('port')} is {text!r}: write a whole number.") from error
