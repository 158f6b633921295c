"""The dashboards' files, as Superset imports them: each is found again by its uuid."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.engine.url import URL

ASSETS = Path(__file__).parent / "assets"
DATABASE = "databases/DeFtunes.yaml"


def read_assets(environment: Mapping[str, str]) -> dict[str, str]:
    """Read all files; the database is the one that the environment names.

    Returns:
        YAML by the path below the folder of assets.
    """
    files = sorted(ASSETS.rglob("*.yaml"))
    contents = {f"{file.relative_to(ASSETS)}": file.read_text("utf-8") for file in files}
    database = yaml.safe_load(contents[DATABASE])
    database.update(warehouse(environment))
    contents[DATABASE] = yaml.safe_dump(database)
    return contents


def warehouse(environment: Mapping[str, str]) -> dict[str, Any]:
    """Where the warehouse is: DuckDB's published file, or Redshift.

    `DASHBOARDS_DATABASE_URL` says it, if it is set, as SQLAlchemy writes it. Else
    `DASHBOARDS_WAREHOUSE` is `redshift`, which the variables `REDSHIFT_…` describe, or a file.

    Returns:
        What stands in the database's file for it.
    """
    url = environment.get("DASHBOARDS_DATABASE_URL")
    place = environment["DASHBOARDS_WAREHOUSE"]
    if not url and place == "redshift":
        url = _redshift(environment)
    if not url:
        url = f"duckdb:///{Path(place).absolute()}"
    return {"sqlalchemy_uri": url, "extra": _extra(url, environment)}


def _redshift(environment: Mapping[str, str]) -> str:
    url = URL.create(
        "redshift+redshift_connector",
        username=environment.get("REDSHIFT_USER", "awsuser"),
        password=environment.get("REDSHIFT_PASSWORD"),
        host=environment["REDSHIFT_HOST"],
        port=int(environment.get("REDSHIFT_PORT") or 5439),
        database=environment.get("REDSHIFT_DATABASE", "dev"),
    )
    return str(url.render_as_string(hide_password=False))


def _extra(url: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """How to connect: nobody writes, and DuckDB opens no file but its own."""
    arguments: dict[str, Any] = {}
    if url.startswith("duckdb:"):
        arguments = {"read_only": True, "config": {"enable_external_access": False}}
    elif url.startswith("redshift+redshift_connector:"):
        mode = environment.get("REDSHIFT_SSLMODE") or "verify-full"
        arguments = {"ssl": mode != "disable"}
        if mode != "disable":
            arguments["sslmode"] = mode
    engine = {"engine_params": {"connect_args": arguments}} if arguments else {}
    return {"allows_virtual_table_explore": False, **engine}
