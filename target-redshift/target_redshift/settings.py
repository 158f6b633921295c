"""The configuration, read once into typed values at the edge.

The rest of the package never looks at a configuration dictionary. What each setting means stands
in `declaration`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from columnar_target.errors import SettingError
from columnar_target.settings import (
    CommitAt,
    Limit,
    StreamDefaults,
    StreamSettings,
    limit_of,
    run_id_of,
    s3_endpoint_of,
    s3_region_of,
)
from target_redshift.columns.names import fitting
from target_redshift.login import Login, read_login

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
DistStyle = Literal["auto", "even", "all", "key"]

LOADS = "target_redshift_loads"
"""The table of a schema's loads, which is no stream's."""


@dataclass(frozen=True)
class WarehouseStream(StreamSettings):
    """How one stream is kept in the warehouse.

    Attributes:
        dist_style: How a new table is spread over the slices.
        dist_key: By which column.
        sort_keys: By which columns it is sorted; none: Redshift decides.
    """

    dist_style: DistStyle = "auto"
    dist_key: str | None = None
    sort_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """The whole configuration, read once."""

    login: Login
    schema: str
    staging_url: str
    iam_role: str
    s3_endpoint_url: str | None
    s3_region: str | None
    commit_at: CommitAt
    defaults: StreamDefaults
    rules: dict[str, str]
    quarantine_limit: Limit
    streams: dict[str, WarehouseStream]
    run_id: str
    memory_limit: str

    def stream(self, name: str) -> WarehouseStream:
        """Settings of a stream, configured or by default.

        Args:
            name: The stream's name as the tap gives it.
        """
        return self.streams.get(name) or _stream(name, {}, self.defaults)


def read_settings(
    config: dict[str, Any], *, environment: dict[str, str], new_run_id: str
) -> Settings:
    """Read the configuration into typed values.

    Args:
        config: The plugin's configuration, already valid against `SETTINGS`.
        environment: Process environment; only AWS's and Meltano's own names are looked at.
        new_run_id: The run id to use when nobody gives one.

    Raises:
        SettingError: A value contradicts another or cannot be understood.
    """
    staging_url = str(config["staging_url"]).rstrip("/")
    if not re.fullmatch(r"s3://[^/?#]+(/[^?#]*)?", staging_url):
        raise SettingError(
            "Setting staging_url must be an S3 place such as s3://bucket/prefix, without ? and #."
        )
    iam_role = str(config["iam_role"]).strip()
    if iam_role != "default" and not all(map(_ROLE.fullmatch, iam_role.split(","))):
        raise SettingError(
            "Setting iam_role must be `default` or the ARN of a role, such as "
            "arn:aws:iam::123456789012:role/loader (several: with commas, without blanks)."
        )
    defaults = StreamDefaults(config["schema_changes"], bool(config["hard_delete"]))
    return Settings(
        login=read_login(config, s3_region_of(config, environment)),
        schema=fitting(config["schema"]),
        staging_url=staging_url,
        iam_role=iam_role,
        s3_endpoint_url=s3_endpoint_of(config, environment),
        s3_region=s3_region_of(config, environment),
        commit_at=config["commit_at"],
        defaults=defaults,
        rules={fitting(table): file for table, file in (config["rules"] or {}).items()},
        quarantine_limit=limit_of(config["quarantine_limit"]),
        streams={
            name: _stream(name, options or {}, defaults)
            for name, options in (config["streams"] or {}).items()
        },
        run_id=run_id_of(config, environment, new_run_id),
        memory_limit=config["memory_limit"],
    )


def _stream(name: str, options: Mapping[str, Any], defaults: StreamDefaults) -> WarehouseStream:
    dist_key = options.get("dist_key")
    dist_style: DistStyle = options.get("dist_style") or ("key" if dist_key else "auto")
    if (dist_style == "key") != bool(dist_key):
        raise SettingError(
            f"Settings streams.{name}.dist_style and dist_key contradict each other: `key` needs "
            "a dist_key, and a dist_key the style `key`."
        )
    common = defaults.of(name, options)
    # names are folded here, so that two streams of one table are seen to be that
    common["table"] = fitting(common["table"])
    if common["table"] == LOADS:
        raise SettingError(
            f"Stream {name!r} would load into table {LOADS}, where this target keeps its own "
            f"account: give it another in streams.{name}.table."
        )
    return WarehouseStream(
        **common,
        dist_style=dist_style,
        dist_key=dist_key,
        sort_keys=tuple(options.get("sort_keys") or ()),
    )
