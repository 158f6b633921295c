"""Every setting, declared once: name, type, description and default.

`SETTINGS` is what the plugin declares to the world (`--about`); `Settings` is the same thing
read once into typed values, at the edge, so that the rest of the package never looks at a
configuration dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast

from singer_sdk import typing as th

from target_s3.errors import SettingError

STREAM_SETTINGS = th.ObjectType(
    th.Property(
        "table",
        th.StringType,
        description="Name of the Iceberg table. Default: the stream's name, made fit for SQL.",
    ),
    th.Property(
        "landing_path",
        th.StringType,
        description="Folder below the lake for the landing files. "
        "Default: `landing_zone/<stream>`.",
    ),
    th.Property(
        "partition_by",
        th.ArrayType(th.StringType),
        description="Iceberg partition fields, such as `month(created_at)` or `country`. "
        "Transforms: year, month, day, hour, identity.",
    ),
    th.Property(
        "keys",
        th.ArrayType(th.StringType),
        description="Columns that identify a row. Default: the stream's own key properties. "
        "Without any, rows are appended.",
    ),
    th.Property(
        "replace_by",
        th.ArrayType(th.StringType),
        description="Columns that name a group of rows, such as `[order_id]`: when a group "
        "arrives, rows of it that are in the table but did not arrive are removed.",
    ),
    th.Property(
        "types",
        th.ObjectType(additional_properties=th.StringType),
        description="Types by column that JSON Schema cannot express, such as "
        "`{price: 'decimal(10,2)'}`: boolean, int, long, float, double, decimal(p,s), date, "
        "time, timestamp, timestamptz, string.",
    ),
    th.Property(
        "source_from",
        th.StringType,
        description="Value of the column `source_from`. Default: the stream's name.",
    ),
)

SETTINGS = th.PropertiesList(
    th.Property(
        "lake_url",
        th.StringType,
        required=True,
        title="Lake URL",
        description="Where everything is kept: `file:///path/to/lake` or `s3://bucket/prefix`.",
    ),
    th.Property(
        "catalog",
        th.ObjectType(additional_properties=True),
        secret=True,
        title="Iceberg catalog",
        description="Properties handed to pyiceberg, such as `{type: glue}`; `name` names the "
        "catalog. Default for a `file://` lake: SQLite in `catalog.db` below the lake. Required "
        "for `s3://`.",
    ),
    th.Property(
        "namespace",
        th.StringType,
        default="default",
        title="Namespace",
        description="Iceberg namespace (a Glue database) of the tables.",
    ),
    th.Property(
        "landing_format",
        th.StringType,
        default="parquet",
        allowed_values=["parquet", "jsonl.gz"],
        title="Landing format",
        description="Format of the landing files.",
    ),
    th.Property(
        "commit_at",
        th.StringType,
        default="end_of_input",
        allowed_values=["end_of_input", "last_state"],
        title="Commit at",
        description="Which rows are merged: all that arrived, or those before the last STATE "
        "message (the rest is landed only). To a target, a tap that died looks like the end of "
        "the input: choose `last_state` when the tap writes STATE at points worth showing.",
    ),
    th.Property(
        "streams",
        th.ObjectType(additional_properties=STREAM_SETTINGS),
        default={},
        title="Streams",
        description="Settings by stream name; see the table of stream settings.",
    ),
    th.Property(
        "tables_path",
        th.StringType,
        default="tables",
        title="Tables path",
        description="Folder below the lake for the Iceberg tables, one folder each.",
    ),
    th.Property(
        "runs_path",
        th.StringType,
        default="landing_zone/_runs",
        title="Runs path",
        description="Folder below the lake for `<run_id>.json`, which says what became of a run.",
    ),
    th.Property(
        "run_id",
        th.StringType,
        title="Run id",
        description="Name of this run in landing files, run record and snapshots. Default: the "
        "environment variable `MELTANO_RUN_ID`, or a new one.",
    ),
    th.Property(
        "s3_endpoint_url",
        th.StringType,
        title="S3 endpoint URL",
        description="For S3-compatible stores. Default: `AWS_ENDPOINT_URL_S3` or "
        "`AWS_ENDPOINT_URL`. Credentials come by the usual AWS chain.",
    ),
    th.Property(
        "s3_region",
        th.StringType,
        title="S3 region",
        description="Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the bucket's own.",
    ),
    th.Property(
        "memory_limit",
        th.StringType,
        default="2GB",
        title="Memory limit",
        description="What the merge may use before it spills to disk (DuckDB's notation).",
    ),
)


@dataclass(frozen=True)
class StreamSettings:
    """How one stream is kept.

    Attributes:
        table: Table name within the namespace.
        landing_path: Folder of its landing files, relative to the lake.
        partition_by: Partition fields as written by the user, such as `month(created_at)`.
        keys: Key columns; None stands for the stream's own.
        replace_by: Columns naming a group of rows that is replaced together.
        types: Type by column, as written by the user.
        source_from: Value of the column `source_from`.
    """

    table: str
    landing_path: str
    partition_by: tuple[str, ...] = ()
    keys: tuple[str, ...] | None = None
    replace_by: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    source_from: str = ""


@dataclass(frozen=True)
class Settings:
    """The whole configuration, read once."""

    lake_url: str
    catalog: dict[str, str]
    namespace: str
    landing_format: Literal["parquet", "jsonl.gz"]
    commit_at: Literal["end_of_input", "last_state"]
    tables_path: str
    runs_path: str
    run_id: str
    s3_endpoint_url: str | None
    s3_region: str | None
    memory_limit: str
    streams: dict[str, StreamSettings]

    def stream(self, name: str) -> StreamSettings:
        """Settings of a stream, configured or by default.

        Args:
            name: The stream's name as the tap gives it.
        """
        return self.streams.get(name) or _stream(name, {})


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
    if lake_url.startswith("s3://") and not catalog:
        raise SettingError(
            "Setting catalog is required for a lake on s3://: name one, such as {type: glue}."
        )
    streams = {
        name: _stream(name, options or {}) for name, options in (config["streams"] or {}).items()
    }
    for name, stream in streams.items():
        _refuse_way_out(f"streams.{name}.landing_path", stream.landing_path)
    for name in ("tables_path", "runs_path"):
        _refuse_way_out(name, config[name])
    run_id = config.get("run_id") or environment.get("MELTANO_RUN_ID") or new_run_id
    return Settings(
        lake_url=lake_url,
        catalog=catalog,
        namespace=config["namespace"],
        landing_format=config["landing_format"],
        commit_at=config["commit_at"],
        tables_path=config["tables_path"].strip("/"),
        runs_path=config["runs_path"].strip("/"),
        run_id=safe_name(str(run_id)),
        s3_endpoint_url=config.get("s3_endpoint_url")
        or environment.get("AWS_ENDPOINT_URL_S3")
        or environment.get("AWS_ENDPOINT_URL"),
        s3_region=config.get("s3_region")
        or environment.get("AWS_REGION")
        or environment.get("AWS_DEFAULT_REGION"),
        memory_limit=config["memory_limit"],
        streams=streams,
    )


def safe_name(name: str) -> str:
    """A name fit for a file: letters, digits, `.`, `_` and `-`; anything else becomes `_`."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_"
        for letter in name
    )


def _stream(name: str, options: dict[str, Any]) -> StreamSettings:
    keys = options.get("keys")
    return StreamSettings(
        table=options.get("table") or safe_name(name).replace("-", "_").replace(".", "_").lower(),
        landing_path=(options.get("landing_path") or f"landing_zone/{safe_name(name)}").strip("/"),
        partition_by=tuple(options.get("partition_by") or ()),
        keys=None if keys is None else tuple(keys),
        replace_by=tuple(options.get("replace_by") or ()),
        types=cast("dict[str, str]", options.get("types") or {}),
        source_from=options.get("source_from") or name,
    )


def _refuse_way_out(setting: str, path: str) -> None:
    if ".." in path.split("/"):
        raise SettingError(f"Setting {setting} is {path!r}, which leads out of the lake.")
