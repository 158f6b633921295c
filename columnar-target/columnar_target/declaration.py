"""The settings that such targets share, each declared once; a target chooses those it has."""

from __future__ import annotations

from singer_sdk import typing as th

KEYS = th.Property(
    "keys",
    th.ArrayType(th.StringType),
    description="Columns that identify a row. Default: the stream's own key properties. "
    "Without any, rows are appended.",
)
REPLACE_BY = th.Property(
    "replace_by",
    th.ArrayType(th.StringType),
    description="Columns that name a group of rows, such as `[order_id]`: when a group "
    "arrives, rows of it that are in the table but did not arrive are removed.",
)
TYPES = th.Property(
    "types",
    th.ObjectType(additional_properties=th.StringType),
    description="Types by column that JSON Schema cannot express, such as "
    "`{price: 'decimal(10,2)'}`: boolean, int, long, float, double, decimal(p,s), date, "
    "time, timestamp, timestamptz, string.",
)
SOURCE_FROM = th.Property(
    "source_from",
    th.StringType,
    description="Value of the column `source_from`. Default: the stream's name.",
)
STREAM_SCHEMA_CHANGES = th.Property(
    "schema_changes",
    th.StringType,
    allowed_values=["evolve", "freeze", "discard"],
    description="For this stream, instead of the setting of the same name.",
)
STREAM_HARD_DELETE = th.Property(
    "hard_delete",
    th.BooleanType,
    description="For this stream, instead of the setting of the same name.",
)

HARD_DELETE = th.Property(
    "hard_delete",
    th.BooleanType,
    default=False,
    title="Hard delete",
    description="How a row goes that its source says is gone (an ACTIVATE_VERSION after the "
    "records did not see it, or it comes with `_sdc_deleted_at`): removed, or kept with the "
    "moment in the column `_sdc_deleted_at`.",
)
RULES = th.Property(
    "rules",
    th.ObjectType(additional_properties=th.StringType),
    default={},
    title="Rules",
    description="Rule files by table, such as `{orders: quality/orders.dqdl}`, in AWS Glue's "
    "Data Quality Definition Language. Every load is then held against them before readers "
    "see it; when a rule stops it, no table changes, no state is written and the exit status "
    "is 3.",
)
QUARANTINE_LIMIT = th.Property(
    "quarantine_limit",
    th.StringType,
    default="10%",
    title="Quarantine limit",
    description="How many of a stream's rows may be set aside for breaking a rule whose "
    "policy is quarantine: a share of those that arrived, such as `5%`, or a number. A load "
    "that would set more aside is stopped.",
)
S3_ENDPOINT_URL = th.Property(
    "s3_endpoint_url",
    th.StringType,
    title="S3 endpoint URL",
    description="For S3-compatible stores. Default: `AWS_ENDPOINT_URL_S3` or "
    "`AWS_ENDPOINT_URL`. Credentials come by the usual AWS chain.",
)
S3_REGION = th.Property(
    "s3_region",
    th.StringType,
    title="S3 region",
    description="Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the bucket's own.",
)
