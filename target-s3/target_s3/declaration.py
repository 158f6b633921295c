"""Every setting, declared once: name, type, description and default (`target-s3 --about`)."""

from __future__ import annotations

from singer_sdk import typing as th

from columnar_target.declaration import (
    HARD_DELETE,
    KEYS,
    QUARANTINE_LIMIT,
    REPLACE_BY,
    RULES,
    S3_ENDPOINT_URL,
    S3_REGION,
    SOURCE_FROM,
    STREAM_HARD_DELETE,
    STREAM_SCHEMA_CHANGES,
    TYPES,
)

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
    KEYS,
    REPLACE_BY,
    TYPES,
    SOURCE_FROM,
    STREAM_SCHEMA_CHANGES,
    STREAM_HARD_DELETE,
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
        "schema_changes",
        th.StringType,
        default="evolve",
        allowed_values=["evolve", "freeze", "discard"],
        title="Schema changes",
        description="What becomes of a column that is new or wider than the table's: `evolve` "
        "changes the table, `freeze` stops the load, `discard` leaves new columns out of the table "
        "(not out of the landing zone) and stops only at a value that does not fit.",
    ),
    HARD_DELETE,
    RULES,
    QUARANTINE_LIMIT,
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
    S3_ENDPOINT_URL,
    S3_REGION,
    th.Property(
        "memory_limit",
        th.StringType,
        default="2GB",
        title="Memory limit",
        description="What the merge may use before it spills to disk (DuckDB's notation).",
    ),
)
