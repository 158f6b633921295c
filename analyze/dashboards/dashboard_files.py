"""The dashboards' files, as Superset imports them: each is found again by its uuid."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from redshift_address import redshift

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
    arguments: dict[str, Any] = {}
    if not url and place == "redshift":
        url, arguments = redshift(environment)
    elif not url:
        # nobody writes, and DuckDB opens no file but this one
        url = f"duckdb:///{Path(place).absolute()}"
        arguments = {"read_only": True, "config": {"enable_external_access": False}}
    engine = {"engine_params": {"connect_args": arguments}} if arguments else {}
    return {
        "sqlalchemy_uri": url,
        "extra": {"allows_virtual_table_explore": False, **engine},
    }
