"""Every setting, declared once: name, type, description and default (`target-s3 --about`)."""

from __future__ import annotations

from singer_sdk import typing as th

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
    th.Property(
        "schema_changes",
        th.StringType,
        allowed_values=["evolve", "freeze", "discard"],
        description="For this stream, instead of the setting of the same name.",
    ),
    th.Property(
        "hard_delete",
        th.BooleanType,
        description="For this stream, instead of the setting of the same name.",
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
        "schema_changes",
        th.StringType,
        default="evolve",
        allowed_values=["evolve", "freeze", "discard"],
        title="Schema changes",
        description="What becomes of a column that is new or wider than the table's: `evolve` "
        "changes the table, `freeze` stops the load, `discard` leaves new columns out of the table "
        "(not out of the landing zone) and stops only at a value that does not fit.",
    ),
    th.Property(
        "hard_delete",
        th.BooleanType,
        default=False,
        title="Hard delete",
        description="How a row goes that its source says is gone (an ACTIVATE_VERSION after the "
        "records did not see it, or it comes with `_sdc_deleted_at`): removed, or kept with the "
        "moment in the column `_sdc_deleted_at`.",
    ),
    th.Property(
        "rules",
        th.ObjectType(additional_properties=th.StringType),
        default={},
        title="Rules",
        description="Rule files by table, such as `{orders: quality/orders.dqdl}`, in AWS Glue's "
        "Data Quality Definition Language. Every load is then held against them before readers "
        "see it; when a rule stops it, no table changes, no state is written and the exit status "
        "is 3.",
    ),
    th.Property(
        "quarantine_limit",
        th.StringType,
        default="10%",
        title="Quarantine limit",
        description="How many of a stream's rows may be set aside for breaking a rule whose "
        "policy is quarantine: a share of those that arrived, such as `5%`, or a number. A load "
        "that would set more aside is stopped.",
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
