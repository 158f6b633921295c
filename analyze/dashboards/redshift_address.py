"""Where Redshift is, and how to get in, as Superset wants to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine.url import URL

_DRIVER = "redshift+redshift_connector"


def redshift(environment: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Read the variables `REDSHIFT_…`, which target-redshift reads as well.

    `REDSHIFT_LOGIN` is `password`; or `iam` for a cluster and `serverless` for a workgroup, whose
    credentials AWS gives, to whom it knows by the usual variables.

    Returns:
        The address, and the driver's arguments.
    """
    way = environment.get("REDSHIFT_LOGIN") or "password"
    database = environment.get("REDSHIFT_DATABASE") or "dev"
    user = environment.get("REDSHIFT_USER") or "awsuser"
    mode = environment.get("REDSHIFT_SSLMODE") or "verify-full"
    safe: dict[str, Any] = {"ssl": False} if mode == "disable" else {"ssl": True, "sslmode": mode}
    if way == "password":
        url = URL.create(
            _DRIVER,
            username=user,
            password=environment.get("REDSHIFT_PASSWORD"),
            host=environment["REDSHIFT_HOST"],
            port=int(environment.get("REDSHIFT_PORT") or 5439),
            database=database,
        )
        return str(url.render_as_string(hide_password=False)), safe
    region = environment.get("AWS_REGION")
    known = {"iam": True, "database": database, **safe, **({"region": region} if region else {})}
    if way == "serverless":
        workgroup = {
            "is_serverless": True,
            "serverless_work_group": environment["REDSHIFT_WORKGROUP"],
        }
        return f"{_DRIVER}://", {**known, **workgroup}
    cluster = {"cluster_identifier": environment["REDSHIFT_CLUSTER_ID"], "db_user": user}
    return f"{_DRIVER}://", {**known, **cluster}
