"""The configuration, read once into typed values at the edge.

The rest of the package never looks at a configuration dictionary. What each setting means stands
in `declaration`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, cast

from target_s3.errors import SettingError

LONGEST_NAME = 100
"""Characters of a stream's or run's name that become part of a file's."""

_LIMIT = re.compile(r"(\d+(?:\.\d+)?)(%?)", re.ASCII)

SchemaChanges = Literal["evolve", "freeze", "discard"]


@dataclass(frozen=True)
class Limit:
    """How many of some rows are few enough.

    Attributes:
        text: As written by the user.
        number: The number, or the share in hundredths.
        is_share: Which of them it is.
    """

    text: str
    number: Decimal
    is_share: bool

    def allows(self, rows: int, *, of: int) -> bool:
        """Whether so many rows are few enough.

        Args:
            rows: How many there are.
            of: Of how many.
        """
        return rows <= (self.number * of / 100 if self.is_share else self.number)


NO_LIMIT = Limit("100%", Decimal(100), is_share=True)


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
        schema_changes: What becomes of a column that is new or wider than the table's.
        hard_delete: Whether rows that are gone at the source are removed, or marked.
    """

    table: str
    landing_path: str
    partition_by: tuple[str, ...] = ()
    keys: tuple[str, ...] | None = None
    replace_by: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    source_from: str = ""
    schema_changes: SchemaChanges = "evolve"
    hard_delete: bool = False


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
    schema_changes: SchemaChanges
    hard_delete: bool
    rules: dict[str, str]
    quarantine_limit: Limit
    streams: dict[str, StreamSettings]

    def stream(self, name: str) -> StreamSettings:
        """Settings of a stream, configured or by default.

        Args:
            name: The stream's name as the tap gives it.
        """
        return self.streams.get(name) or _stream(
            name, {}, schema_changes=self.schema_changes, hard_delete=self.hard_delete
        )

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
    schema_changes: SchemaChanges = config["schema_changes"]
    hard_delete = bool(config["hard_delete"])
    streams = {
        name: _stream(name, options or {}, schema_changes=schema_changes, hard_delete=hard_delete)
        for name, options in (config["streams"] or {}).items()
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
        schema_changes=schema_changes,
        hard_delete=hard_delete,
        rules=dict(config["rules"] or {}),
        quarantine_limit=_limit(config["quarantine_limit"]),
        streams=streams,
    )


def safe_name(name: str) -> str:
    """A name fit for a file: letters, digits, `.`, `_` and `-`; anything else becomes `_`.

    A longer one is cut; one of dots alone, which would name a folder above, becomes `_`.
    """
    safe = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_"
        for letter in name[:LONGEST_NAME]
    )
    return safe if safe.strip(".") else "_" * max(len(safe), 1)


def _stream(
    name: str, options: dict[str, Any], *, schema_changes: SchemaChanges, hard_delete: bool
) -> StreamSettings:
    keys, own_hard_delete = options.get("keys"), options.get("hard_delete")
    return StreamSettings(
        table=options.get("table") or safe_name(name).replace("-", "_").replace(".", "_").lower(),
        landing_path=(options.get("landing_path") or f"landing_zone/{safe_name(name)}").strip("/"),
        partition_by=tuple(options.get("partition_by") or ()),
        keys=None if keys is None else tuple(keys),
        replace_by=tuple(options.get("replace_by") or ()),
        types=cast("dict[str, str]", options.get("types") or {}),
        source_from=options.get("source_from") or name,
        schema_changes=options.get("schema_changes") or schema_changes,
        hard_delete=hard_delete if own_hard_delete is None else own_hard_delete,
    )


def _limit(text: str) -> Limit:
    match = _LIMIT.fullmatch(text.strip())
    if not match:
        raise SettingError(
            f"Setting quarantine_limit is {text!r}: write a share such as 5%, or a number of rows."
        )
    return Limit(text.strip(), Decimal(match[1]), is_share=match[2] == "%")


def _refuse_way_out(setting: str, path: str) -> None:
    if ".." in path.split("/"):
        raise SettingError(f"Setting {setting} is {path!r}, which leads out of the lake.")
