"""What dbt makes once a process: validators, packers, the dialects' macros.

It takes dbt longer than to read the project: made before the forks, all of them have it.
"""

from __future__ import annotations

import os
import tempfile
from unittest.mock import patch

from dbt.cli.main import dbtRunner

NOWHERE = {
    "DEFTUNES_WAREHOUSE": "nowhere.duckdb",
    "REDSHIFT_HOST": "127.0.0.1",
    "REDSHIFT_USER": "nobody",
    "REDSHIFT_PASSWORD": "none",
}
"""Where no run builds: reading the project opens nothing."""


def fill() -> None:
    """Read the project once for each kind of warehouse, and keep nothing else of it.

    Raises:
        RuntimeError: It cannot be read.
    """
    for target in ("local", "emulated"):
        with tempfile.TemporaryDirectory(prefix="dbt-caches-") as folder:
            written = dict.fromkeys(("DBT_TARGET_PATH", "DBT_LOG_PATH"), folder)
            with patch.dict(os.environ, NOWHERE | written | {"DBT_TARGET": target}):
                done = dbtRunner().invoke(
                    ["parse", "--no-static-parser"]
                )  # its threads do not survive a fork
        if not done.success:
            raise RuntimeError(f"dbt cannot read the project for {target}") from done.exception
