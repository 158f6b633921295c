"""The configuration, read once into typed values at the edge.

The rest of the package never looks at a configuration dictionary. What each setting means stands
in `declaration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from columnar_target.errors import SettingError
from columnar_target.settings import (
    CommitAt,
    Limit,
    SchemaChanges,
    StreamDefaults,
    StreamSettings,
    limit_of,
    run_id_of,
    s3_endpoint_of,
    s3_region_of,
    safe_name,
)


@dataclass(frozen=True)
class LakeStream(StreamSettings):
    """How one stream is kept in the lake.

    Attributes:
        landing_path: Folder of its landing files, relative to the lake.
        partition_by: Partition fields as written by the user, such as `month(created_at)`.
    """

    landing_path: str = ""
    partition_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """The whole configuration, read once."""

    lake_url: str
    catalog: dict[str, str]
    namespace: str
    landing_format: Literal["parquet", "jsonl.gz"]
    commit_at: CommitAt
    tables_path: str
    runs_path: str
    run_id: str
    s3_endpoint_url: str | None
    s3_region: str | None
    memory_limit: str
    schema_changes: SchemaChanges
    hard_delete: bool
    rules: dict[str, str]
    quarantine_limit: Limit
    streams: dict[str, LakeStream]

    def stream(self, name: str) -> LakeStream:
        """Settings of a stream, configured or by default.

        Args:
            name: The stream's name as the tap gives it.
        """
        defaults = StreamDefaults(self.schema_changes, self.hard_delete)
        return self.streams.get(name) or _stream(name, {}, defaults)

    def stream_of(self, table: str) -> str:
        """The configured stream that fills a table; without one, the table's own name."""
        names = (name for name, stream in self.streams.items() if stream.table == table)
        return next(names, table)


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
    lake_url = str(config["lake_url"]).rstrip("/")
    if not lake_url.startswith(("file:///", "s3://")):
        raise SettingError(
            f"Setting lake_url must begin with file:/// or s3://, not with {lake_url[:12]!r}."
        )
    if any(letter in lake_url for letter in "?#"):
        raise SettingError("Setting lake_url holds ? or #, which no reader of the lake takes.")
    catalog = {key: str(value) for key, value in (config.get("catalog") or {}).items()}
    if lake_url.startswith("s3://") and not catalog.keys() - {"name"}:
        raise SettingError(
            "Setting catalog is required for a lake on s3://: name one, such as {type: glue}."
        )
    defaults = StreamDefaults(config["schema_changes"], bool(config["hard_delete"]))
    streams = {
        name: _stream(name, options or {}, defaults)
        for name, options in (config["streams"] or {}).items()
    }
    for name, stream in streams.items():
        _refuse_way_out(f"streams.{name}.landing_path", stream.landing_path)
    for name in ("tables_path", "runs_path"):
        _refuse_way_out(name, config[name])
    return Settings(
        lake_url=lake_url,
        catalog=catalog,
        namespace=config["namespace"],
        landing_format=config["landing_format"],
        commit_at=config["commit_at"],
        tables_path=config["tables_path"].strip("/"),
        runs_path=config["runs_path"].strip("/"),
        run_id=run_id_of(config, environment, new_run_id),
        s3_endpoint_url=s3_endpoint_of(config, environment),
        s3_region=s3_region_of(config, environment),
        memory_limit=config["memory_limit"],
        schema_changes=defaults.schema_changes,
        hard_delete=defaults.hard_delete,
        rules=dict(config["rules"] or {}),
        quarantine_limit=limit_of(config["quarantine_limit"]),
        streams=streams,
    )


def _stream(name: str, options: Mapping[str, Any], defaults: StreamDefaults) -> LakeStream:
    return LakeStream(
        **defaults.of(name, options),
        landing_path=(options.get("landing_path") or f"landing_zone/{safe_name(name)}").strip("/"),
        partition_by=tuple(options.get("partition_by") or ()),
    )


def _refuse_way_out(setting: str, path: str) -> None:
    if ".." in path.split("/"):
        raise SettingError(f"Setting {setting} is {path!r}, which leads out of the lake.")
