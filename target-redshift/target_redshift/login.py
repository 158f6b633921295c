"""How to get into the warehouse, read once into typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from columnar_target.errors import SettingError

_NEEDED = {"password": "host", "iam": "cluster_identifier", "serverless": "workgroup"}


@dataclass(frozen=True)
class Login:
    """How to get into the warehouse.

    Attributes:
        way: By password, or by IAM credentials of a cluster or of a workgroup.
        host: Endpoint; None: found by the name of cluster or workgroup.
        port: Its port.
        database: The database.
        user: Who logs in.
        password: Never shown.
        cluster_identifier: The cluster's name.
        workgroup: The workgroup's name.
        profile: Of the shared AWS configuration.
        region: Of cluster or workgroup.
        sslmode: How the connection is made safe.
    """

    way: Literal["password", "iam", "serverless"]
    host: str | None
    port: int
    database: str
    user: str | None
    password: str | None
    cluster_identifier: str | None
    workgroup: str | None
    profile: str | None
    region: str | None
    sslmode: str

    def __repr__(self) -> str:
        return f"Login({self.described})"

    @property
    def described(self) -> str:
        """Where it leads, for people."""
        name = self.host or self.cluster_identifier or self.workgroup
        return f"{name}/{self.database}"

    @property
    def address(self) -> str:
        """Where it leads, by what tells one warehouse from another."""
        return f"{self.described}:{self.port}"


def read_login(config: Mapping[str, Any], region: str | None) -> Login:
    """Read how to log in.

    Args:
        config: The plugin's configuration, already valid against `SETTINGS`.
        region: Of cluster or workgroup.

    Raises:
        SettingError: Something is missing for it.
    """
    way = config["login"]
    needed = _NEEDED[way]
    if not config.get(needed):
        raise SettingError(f"Setting {needed} is missing: login {way} needs it.")
    if way == "password" and not (config.get("user") and config.get("password")):
        raise SettingError("Settings user and password are missing: login password needs both.")
    if way != "password" and config["sslmode"] == "disable":
        raise SettingError(
            f"Setting sslmode is disable: login {way} needs TLS, so that nobody reads what AWS "
            "gives. Set it to verify-full."
        )
    return Login(
        way=way,
        host=config.get("host"),
        port=int(config["port"]),
        database=config["database"],
        user=config.get("user"),
        password=config.get("password"),
        cluster_identifier=config.get("cluster_identifier"),
        workgroup=config.get("workgroup"),
        profile=config.get("aws_profile"),
        region=region,
        sslmode=config["sslmode"],
    )
