"""Every setting, declared once: name, type, description and default (`target-redshift --about`)."""

from __future__ import annotations

from singer_sdk import typing as th

from columnar_target.declaration import (
    HARD_DELETE,
    KEYS,
    QUARANTINE_LIMIT,
    REPLACE_BY,
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
        description="Name of the table. Default: the stream's name, made fit for SQL.",
    ),
    KEYS,
    REPLACE_BY,
    TYPES,
    SOURCE_FROM,
    STREAM_SCHEMA_CHANGES,
    STREAM_HARD_DELETE,
    th.Property(
        "dist_style",
        th.StringType,
        allowed_values=["auto", "even", "all", "key"],
        description="How a new table is spread over the slices. Default: `key` with a `dist_key`, "
        "else `auto`.",
    ),
    th.Property(
        "dist_key",
        th.StringType,
        description="Column by which a new table is spread: the one that large joins use.",
    ),
    th.Property(
        "sort_keys",
        th.ArrayType(th.StringType),
        description="Columns by which a new table is sorted: those that filters use. Default: "
        "Redshift decides.",
    ),
)

SETTINGS = th.PropertiesList(
    th.Property(
        "host",
        th.StringType,
        title="Host",
        description="Endpoint of the cluster or workgroup. May be left out when "
        "`cluster_identifier` or `workgroup` names it.",
    ),
    th.Property(
        "port",
        th.CustomType({"type": ["integer", "string"], "pattern": r"^\d+$"}),
        default=5439,
        title="Port",
        description="Its port.",
    ),
    th.Property(
        "database",
        th.StringType,
        required=True,
        title="Database",
        description="The database.",
    ),
    th.Property(
        "schema",
        th.StringType,
        default="public",
        title="Schema",
        description="Schema of the tables; it is made if it is not there. Rows that a rule sets "
        "aside go to `<schema>_quarantine`.",
    ),
    th.Property(
        "user",
        th.StringType,
        title="User",
        description="Who logs in. With `login: iam`, the database user that credentials are asked "
        "for; left out, the one that IAM decides.",
    ),
    th.Property(
        "password",
        th.StringType,
        secret=True,
        title="Password",
        description="Its password; only with `login: password`.",
    ),
    th.Property(
        "login",
        th.StringType,
        default="password",
        allowed_values=["password", "iam", "serverless"],
        title="Login",
        description="`password`; `iam`: temporary credentials of a cluster; `serverless`: those "
        "of a workgroup. The last two use the usual AWS chain (environment, profile, container, "
        "instance).",
    ),
    th.Property(
        "cluster_identifier",
        th.StringType,
        title="Cluster identifier",
        description="Name of the cluster; needed with `login: iam`.",
    ),
    th.Property(
        "workgroup",
        th.StringType,
        title="Workgroup",
        description="Name of the workgroup; needed with `login: serverless`.",
    ),
    th.Property(
        "aws_profile",
        th.StringType,
        title="AWS profile",
        description="Profile of the shared AWS configuration, for the login.",
    ),
    th.Property(
        "sslmode",
        th.StringType,
        default="verify-full",
        allowed_values=["verify-full", "verify-ca", "disable"],
        title="SSL mode",
        description="`verify-full` checks the certificate and its host name, `verify-ca` the "
        "certificate; `disable` sends all in clear text.",
    ),
    th.Property(
        "staging_url",
        th.StringType,
        required=True,
        title="Staging URL",
        description="Where files wait for COPY: `s3://bucket/prefix`. They are removed after the "
        "load, and what a killed one left by the next.",
    ),
    th.Property(
        "iam_role",
        th.StringType,
        default="default",
        title="IAM role",
        description="Role with which Redshift reads the staging files: an ARN, several separated "
        "by commas, or `default` for the cluster's default role.",
    ),
    S3_ENDPOINT_URL,
    S3_REGION,
    th.Property(
        "commit_at",
        th.StringType,
        default="end_of_input",
        allowed_values=["end_of_input", "last_state"],
        title="Commit at",
        description="Which rows are loaded: all that arrived, or those before the last STATE "
        "message. To a target, a tap that died looks like the end of the input: choose "
        "`last_state` when the tap writes STATE at points worth showing.",
    ),
    th.Property(
        "schema_changes",
        th.StringType,
        default="evolve",
        allowed_values=["evolve", "freeze", "discard"],
        title="Schema changes",
        description="What becomes of a column that is new or wider than the table's: `evolve` "
        "changes the table, `freeze` stops the load, `discard` leaves new columns out of the table "
        "and stops only at a value that does not fit.",
    ),
    HARD_DELETE,
    th.Property(
        "rules",
        th.ObjectType(additional_properties=th.StringType),
        default={},
        title="Rules",
        description="Rule files by table, such as `{orders: quality/orders.dqdl}`, in AWS Glue's "
        "Data Quality Definition Language. The rows of every load are held against them before "
        "its transaction commits; when a rule stops it, no table changes, no state is written and "
        "the exit status is 3.",
    ),
    QUARANTINE_LIMIT,
    th.Property(
        "streams",
        th.ObjectType(additional_properties=STREAM_SETTINGS),
        default={},
        title="Streams",
        description="Settings by stream name; see the table of stream settings.",
    ),
    th.Property(
        "run_id",
        th.StringType,
        title="Run id",
        description="Name of this run in `target_redshift_loads`. Default: the environment "
        "variable `MELTANO_RUN_ID`, or a new one.",
    ),
    th.Property(
        "memory_limit",
        th.StringType,
        default="2GB",
        title="Memory limit",
        description="What finding the latest version of each row may use before it spills to disk "
        "(DuckDB's notation).",
    ),
)
